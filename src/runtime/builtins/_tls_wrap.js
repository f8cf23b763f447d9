const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  '_tls_wrap',
  `
  Server TLSSocket connect createServer
  `,
);
