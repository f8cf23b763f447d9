const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  'readline',
  `
  Interface clearLine clearScreenDown createInterface cursorTo emitKeypressEvents moveCursor
  `,
  {
    get promises() {
      return require('readline/promises');
    },
  },
);
