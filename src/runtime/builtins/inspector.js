const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  'inspector',
  `
  Session close open waitForDebugger
  `,
  {
    url: () => undefined,
    get console() {
      return globalThis.console;
    },
  },
);
