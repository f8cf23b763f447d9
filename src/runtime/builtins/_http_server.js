const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  '_http_server',
  `
  Server ServerResponse _connectionListener httpServerPreClose setupConnectionsTracking
  storeHTTPOptions
  `,
);
