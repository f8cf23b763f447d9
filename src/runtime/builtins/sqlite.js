const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  'sqlite',
  `
  DatabaseSync Session StatementSync backup
  `,
  {
    constants: {},
  },
);
