const { CODES, NAMES } = require('../internal/dns');
const { unavailableModule } = require('../internal/unavailable');

module.exports = unavailableModule('dns/promises', NAMES, CODES);
