const { unavailableModule } = require('./internal/unavailable');
const { unavailableClass } = require('./internal/unavailable');

module.exports = unavailableModule(
  'worker_threads',
  `
  BroadcastChannel MessageChannel MessagePort getEnvironmentData isMarkedAsUntransferable
  markAsUncloneable markAsUntransferable moveMessagePortToContext postMessageToThread
  receiveMessageOnPort setEnvironmentData
  `,
  {
    Worker: unavailableClass(
      'worker_threads',
      'Worker',
      'Start it in the main process: a task is on a thread of its own already.',
    ),
    isMainThread: true,
    isInternalThread: false,
    parentPort: null,
    workerData: null,
    threadId: 0,
    threadName: '',
    resourceLimits: {},
    SHARE_ENV: Symbol.for('nodejs.worker_threads.SHARE_ENV'),
  },
);
