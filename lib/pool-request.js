// @ts-check
'use strict';

const { errorOf } = require('./errors.js');
const { hold, release } = require('./keep-alive.js');
const { withoutOwnFrames } = require('./stack.js');
const { Outcome, nextTaskId, tasks } = require('./task.js');

/**
 * Asks the native side for something about a pool's isolates as a whole. It is answered like a task,
 * under an id of the same kind, and keeps the process alive like one.
 * @param {(id: number) => void} ask
 * @returns {Promise<void>}
 */
function requestOf(ask) {
  return new Promise((resolve, reject) => {
    const id = nextTaskId();
    tasks.set(id, {
      host: NO_CONSOLE,
      settle(outcome, value) {
        if (!tasks.delete(id)) return false;
        release();
        if (outcome === Outcome.VALUE) resolve();
        else reject(withoutOwnFrames(errorOf(value[0], value[1])));
        return true;
      },
    });
    hold();
    ask(id);
  });
}

const NO_CONSOLE = Object.freeze({ forwardsConsole: false });

exports.requestOf = requestOf;
