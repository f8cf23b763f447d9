const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  'repl',
  `
  REPLServer Recoverable isValidSyntax start writer
  `,
  {
    REPL_MODE_SLOPPY: Symbol('repl-sloppy'),
    REPL_MODE_STRICT: Symbol('repl-strict'),
  },
);
