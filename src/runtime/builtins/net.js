const { unavailableModule } = require('./internal/unavailable');
const ip = require('./internal/ip');

module.exports = unavailableModule(
  'net',
  `
  BlockList BoundSocket Server Socket SocketAddress Stream _TransferredBoundSocket
  _createServerHandle _normalizeArgs _setSimultaneousAccepts connect createConnection
  createServer getDefaultAutoSelectFamily getDefaultAutoSelectFamilyAttemptTimeout
  setDefaultAutoSelectFamily setDefaultAutoSelectFamilyAttemptTimeout
  `,
  {
    ...ip,
  },
);
