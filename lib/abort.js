// @ts-check
'use strict';

/** @typedef {import('./task.js').Task} Task */

// One listener per signal, however many tasks share it: no MaxListenersExceededWarning, and a
// signal that outlives its tasks is left as it was.

/**
 * @typedef {object} Watch
 * @property {Set<Task>} tasks
 * @property {() => void} listener
 */

/** @type {WeakMap<AbortSignal, Watch>} */
const watches = new WeakMap();

/**
 * Calls `task.abort(reason)` when the signal aborts.
 * @param {AbortSignal} signal
 * @param {Task} task
 */
function watch(signal, task) {
  const known = watches.get(signal);
  if (known !== undefined) {
    known.tasks.add(task);
    return;
  }
  /** @type {Set<Task>} */
  const tasks = new Set([task]);
  const listener = () => {
    watches.delete(signal);
    signal.removeEventListener('abort', listener);
    for (const waiting of tasks) waiting.abort(signal.reason);
  };
  watches.set(signal, { tasks, listener });
  signal.addEventListener('abort', listener);
}

/**
 * @param {AbortSignal} signal
 * @param {Task} task
 */
function unwatch(signal, task) {
  const known = watches.get(signal);
  if (known === undefined || !known.tasks.delete(task) || known.tasks.size > 0) return;
  watches.delete(signal);
  signal.removeEventListener('abort', known.listener);
}

exports.watch = watch;
exports.unwatch = unwatch;
