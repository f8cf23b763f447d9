const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  '_tls_common',
  `
  SecureContext createSecureContext translatePeerCertificate
  `,
);
