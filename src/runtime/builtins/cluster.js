const { unavailableModule } = require('./internal/unavailable');

module.exports = unavailableModule(
  'cluster',
  `
  Worker _maxListeners disconnect fork setupMaster setupPrimary
  `,
  {
    isMaster: true,
    isPrimary: true,
    isWorker: false,
    worker: undefined,
    workers: {},
    settings: {},
    SCHED_NONE: 1,
    SCHED_RR: 2,
    schedulingPolicy: 2,
  },
);
