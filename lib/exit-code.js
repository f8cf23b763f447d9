// @ts-check
'use strict';

const { isMainThread } = require('node:worker_threads');

const native = require('./native.js');

// With a thread in an isolate that nobody can dispose of, offloop's exit hook ends the process itself,
// and Node does not tell it the code.

process.on('exit', (code) => native.setExitCode(code));

// Without an `exit` event there is only this; with one, listeners may have changed the code since. A
// Worker's own function ends the Worker, not the process.
if (isMainThread) {
  const { reallyExit } = /** @type {any} */ (process);
  /** @param {any[]} args */
  const withCode = (...args) => {
    const [code] = args;
    if (typeof code === 'number' || typeof code === 'string') native.setExitCode(Number(code) | 0);
    return Reflect.apply(reallyExit, process, args);
  };
  // Where it cannot be set, the code of a direct call may get lost.
  Reflect.set(process, 'reallyExit', withCode);
}
