const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  'wasi',
  `
  WASI
  `,
  'WebAssembly itself works in a task; what WASI reads and writes does not.',
);
