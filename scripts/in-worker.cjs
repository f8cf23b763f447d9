'use strict';

// A test file that runs in a Worker instead of on the main thread. `node --test` starts one process for each file that it
// is given; what it is given is a stub that calls this.

const { Worker } = require('node:worker_threads');

/** @param {string} file an absolute path */
module.exports = function runInWorker(file) {
  const worker = new Worker(file, { env: { ...process.env, OFFLOOP_TEST_THREAD: 'worker' } });
  worker.on('error', (error) => {
    console.error(error);
    process.exitCode = 1;
  });
  // A failed test sets the exit code of the thread that it ran on.
  worker.on('exit', (code) => {
    process.exitCode ||= code;
  });
};
