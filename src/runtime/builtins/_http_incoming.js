const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  '_http_incoming',
  `
  IncomingMessage readStart readStop
  `,
);
