const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  'domain',
  `
  Domain create createDomain
  `,
  'Catch errors in the task, or let it reject.',
);
