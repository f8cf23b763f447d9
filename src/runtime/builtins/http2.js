const { unavailableModule } = require('./internal/unavailable');
const { constants } = require('./internal/constants/http2');

module.exports = unavailableModule(
  'http2',
  `
  Http2ServerRequest Http2ServerResponse connect createSecureServer createServer
  getDefaultSettings getPackedSettings getUnpackedSettings performServerHandshake
  `,
  {
    constants,
    sensitiveHeaders: Symbol('nodejs.http2.sensitiveHeaders'),
  },
);
