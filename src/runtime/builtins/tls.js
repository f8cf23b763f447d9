const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  'tls',
  `
  SecureContext Server TLSSocket checkServerIdentity connect convertALPNProtocols
  createSecureContext createSecurePair createServer getCACertificates
  getCertificateCompressionAlgorithms getCiphers setDefaultCACertificates
  `,
  {
    DEFAULT_MIN_VERSION: 'TLSv1.2',
    DEFAULT_MAX_VERSION: 'TLSv1.3',
    DEFAULT_ECDH_CURVE: 'auto',
    rootCertificates: [],
  },
);
