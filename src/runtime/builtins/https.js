const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  'https',
  `
  Agent Server createServer get request
  `,
);
