'use strict';

const tasks = require('../tasks.js');
const { version } = require('../../package.json');

module.exports = {
  version,
  async load() {
    const { Pool } = require('../..');
    return {
      /** @type {import('../measure.js').CreatePool} */
      create({ threads }) {
        const pool = new Pool({ maxThreads: threads });
        return {
          task: (name) => pool.offload(tasks[name]),
          abortable(name, argument) {
            const controller = new AbortController();
            const { signal } = controller;
            const result = pool.run(tasks[name], [argument], { signal });
            return { result, abort: () => controller.abort() };
          },
          end: () => pool.destroy(),
        };
      },
    };
  },
};
