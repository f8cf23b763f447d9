const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  'tty',
  `
  ReadStream WriteStream
  `,
  {
    isatty: () => false,
  },
);
