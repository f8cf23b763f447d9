'use strict';

const { installedVersion } = require('../install.js');

const filename = require.resolve('../tasks.js');

module.exports = {
  version: installedVersion('piscina'),
  async load() {
    const { Piscina } = require('piscina');
    return {
      /** @type {import('../measure.js').CreatePool} */
      create({ threads, eager }) {
        const minThreads = eager ? threads : 1;
        const pool = new Piscina({ filename, minThreads, maxThreads: threads });
        return {
          task(name) {
            const options = { name };
            return (argument) => pool.run(argument, options);
          },
          abortable(name, argument) {
            const controller = new AbortController();
            const { signal } = controller;
            const result = pool.run(argument, { name, signal });
            return { result, abort: () => controller.abort() };
          },
          end: () => pool.destroy(),
        };
      },
    };
  },
};
