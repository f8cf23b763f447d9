const { unavailableModule } = require('../internal/unavailable');

module.exports = unavailableModule(
  'test/reporters',
  `
  dot junit spec tap
  `,
  'Run tests in the main process.',
);
