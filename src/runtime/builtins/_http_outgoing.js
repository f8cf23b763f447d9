const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  '_http_outgoing',
  `
  OutgoingMessage parseUniqueHeadersOption validateHeaderName validateHeaderValue
  `,
);
