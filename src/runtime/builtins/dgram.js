const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  'dgram',
  `
  Socket _createSocketHandle createSocket
  `,
);
