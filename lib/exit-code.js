// @ts-check
'use strict';

const { isMainThread } = require('node:worker_threads');

const native = require('./native.js');

// With a thread in an isolate that nobody can dispose of, offloop's exit hook ends the process itself,
// and Node does not tell it the code.

/**
 * In the main thread, where it may have to run without this module.
 *
 * @param {NodeJS.Process} main
 * @param {(code: number) => void} setExitCode
 */
function watchMainThread(main, setExitCode) {
  main.on('exit', (code) => setExitCode(code));
  // Without an `exit` event there is only this; with one, listeners may have changed the code since.
  const { reallyExit } = /** @type {any} */ (main);
  /** @param {any[]} args */
  const withCode = (...args) => {
    const [code] = args;
    if (typeof code === 'number' || typeof code === 'string') setExitCode(Number(code) | 0);
    return Reflect.apply(reallyExit, main, args);
  };
  // Where it cannot be set, the code of a direct call may get lost.
  Reflect.set(main, 'reallyExit', withCode);
}

if (isMainThread) {
  watchMainThread(process, native.setExitCode);
} else {
  // A Worker's own `reallyExit` ends the Worker, not the process.
  process.on('exit', (code) => native.setExitCode(code));
  native.reachMainThread(`(${watchMainThread})`);
}
