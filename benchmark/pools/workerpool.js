'use strict';

const { isMainThread } = require('node:worker_threads');

const { installedVersion } = require('../install.js');
const tasks = require('../tasks.js');

// This file is its own worker file: workerpool's fastest way, the functions are registered once.
if (!isMainThread) {
  require('workerpool').worker(tasks);
}

module.exports = {
  version: installedVersion('workerpool'),
  async load() {
    const workerpool = require('workerpool');
    return {
      /** @type {import('../measure.js').CreatePool} */
      create({ threads, eager }) {
        const pool = workerpool.pool(__filename, {
          minWorkers: eager ? threads : 1,
          maxWorkers: threads,
          workerType: 'thread',
        });
        return {
          task: (name) => (argument) => pool.exec(name, [argument]),
          abortable(name, argument) {
            const result = pool.exec(name, [argument]);
            return { result, abort: () => void result.cancel() };
          },
          end: () => pool.terminate(true),
        };
      },
    };
  },
};
