const { unavailableModule } = require('../internal/unavailable');

module.exports = unavailableModule(
  'readline/promises',
  `
  Interface Readline createInterface
  `,
);
