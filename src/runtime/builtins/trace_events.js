const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  'trace_events',
  `
  createTracing getEnabledCategories
  `,
);
