const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  '_http_agent',
  `
  Agent
  `,
);
