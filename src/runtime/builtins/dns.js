const { CODES, NAMES } = require('./internal/dns');
const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule('dns', NAMES, {
  ...CODES,
  ADDRCONFIG: 32,
  ALL: 16,
  V4MAPPED: 8,
  get promises() {
    return require('dns/promises');
  },
});
