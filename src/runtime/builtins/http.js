const { unavailableModule } = require('./internal/unavailable');
const { METHODS, STATUS_CODES } = require('./internal/constants/http');

module.exports = unavailableModule(
  'http',
  `
  Agent ClientRequest CloseEvent IncomingMessage MessageEvent OutgoingMessage Server
  ServerResponse WebSocket _connectionListener createServer get request setGlobalProxyFromEnv
  setMaxIdleHTTPParsers
  `,
  {
    METHODS: [...METHODS].sort(),
    STATUS_CODES,
    maxHeaderSize: 16384,
  },
);
