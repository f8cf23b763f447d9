'use strict';

const { pathToFileURL } = require('node:url');

const { installedVersion } = require('../install.js');

const filename = pathToFileURL(require.resolve('../tasks.js')).href;

module.exports = {
  version: installedVersion('tinypool'),
  async load() {
    const { Tinypool } = await import('tinypool');
    return {
      /** @type {import('../measure.js').CreatePool} */
      create({ threads, eager }) {
        const minThreads = eager ? threads : 1;
        const pool = new Tinypool({ filename, minThreads, maxThreads: threads });
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
