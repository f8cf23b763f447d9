// @ts-check
'use strict';

const { watch, unwatch } = require('./abort.js');
const { AbortError, errorOf } = require('./errors.js');
const { hold, release } = require('./keep-alive.js');
const { moduleFailure } = require('./module-failure.js');
const native = require('./native.js');
const { initFailure } = require('./pool-setup.js');
const { asyncCallerFrames, withoutOwnFrames } = require('./stack.js');
const { reviveThrown } = require('./thrown.js');

/** @typedef {import('./binding').AnyFunction} AnyFunction */

/** How a task ended. The first three are the native side's completion kinds; `CALLBACK`: its `onProgress` threw. */
const Outcome = Object.freeze({
  VALUE: 0,
  THROWN: 1,
  OURS: 2,
  ABORTED: 3,
  CALLBACK: 4,
  INIT_FAILED: 5,
});

/**
 * Accepted tasks that have not settled, by id. It is the authority that makes each settle once:
 * who takes the id out settles; a completion whose id is gone came too late.
 * @type {Map<number, Task>}
 */
const tasks = new Map();

let lastId = 0;

/** Ids are unique in this environment, whatever the pool. */
function nextTaskId() {
  lastId += 1;
  return lastId;
}

/**
 * What a task tells to and needs from its pool.
 * @typedef {object} TaskHost
 * @property {boolean} forwardsConsole
 * @property {string} poolName
 * @property {AnyFunction | undefined} init
 * @property {(taskId: number) => boolean} cancel
 * @property {(task: Task, outcome: number, value: any) => void} settled
 */

/** The task accepted last; 0 before the first. */
let latest = 0;

class Task {
  /**
   * Takes charge of a task that the native side has accepted.
   * @param {number} id
   * @param {TaskHost} host
   * @param {AnyFunction} fn
   * @param {import('./function-table.js').TableEntry} entry
   * @param {AbortSignal | undefined} signal
   * @param {string | undefined} name
   * @param {(value: unknown) => void} resolve of the promise that the caller has
   * @param {import('./diagnostics.js').RunTrace | null} trace null: nobody follows it
   * @param {import('./host-scope.js').HostScope | null} scope what it may call here; null: nothing
   * @param {((value: any) => void) | undefined} onProgress with a scope only
   */
  constructor(id, host, fn, entry, signal, name, resolve, trace, scope, onProgress) {
    this.id = id;
    this.host = host;
    this.fn = fn;
    this.entry = entry;
    this.signal = signal;
    this.name = name;
    this.resolve = resolve;
    this.trace = trace;
    this.scope = scope;
    this.onProgress = onProgress;
    tasks.set(id, this);
    latest = id;
    hold();
    if (signal !== undefined) {
      // A getter among the arguments may have aborted it while they were cloned.
      if (signal.aborted) this.abort(signal.reason);
      else watch(signal, this);
    }
  }

  /**
   * @param {number} outcome
   * @param {any} value result, error record, [code, message] or reason, as the outcome says
   * @returns {boolean} false when it had settled already
   */
  settle(outcome, value) {
    if (!tasks.delete(this.id)) return false;
    release();
    if (this.signal !== undefined) unwatch(this.signal, this);
    if (this.scope !== null) this.scope.end();
    this.host.settled(this, outcome, value);
    if (outcome !== Outcome.VALUE) this.resolve(rejectLater(this, outcome, value));
    else if (this.trace === null) this.resolve(value);
    else this.trace.resolved(value, this.resolve);
    return true;
  }

  /**
   * Rejects at once; the native side drops the task or stops it.
   * @param {unknown} reason
   */
  abort(reason) {
    if (!tasks.has(this.id)) return;
    this.host.cancel(this.id);
    this.settle(Outcome.ABORTED, reason);
  }

  /**
   * The task has come this far. A listener that throws ends it: the caller no longer follows.
   * @param {unknown} value
   */
  progressed(value) {
    if (this.scope === null || this.onProgress === undefined) return;
    try {
      this.scope.run(this.onProgress, [value]);
    } catch (error) {
      if (!tasks.has(this.id)) throw error;
      this.host.cancel(this.id);
      this.settle(Outcome.CALLBACK, error);
    }
  }
}

/**
 * A promise that rejects with the task's failure. The caller's promise is resolved with this one,
 * and by the second turn it follows it: then V8 finds the functions that await the run from here,
 * and their frames end the stack. A run that succeeds pays nothing for it.
 * @param {Task} task
 * @param {number} outcome
 * @param {any} value
 * @returns {Promise<never>}
 */
async function rejectLater(task, outcome, value) {
  await undefined;
  await undefined;
  const failure = failureOf(task, outcome, value);
  if (task.trace !== null) task.trace.rejected(failure);
  throw failure;
}

/**
 * @param {Task} task
 * @param {number} outcome
 * @param {any} value
 * @returns {unknown}
 */
function failureOf(task, outcome, value) {
  switch (outcome) {
    case Outcome.THROWN:
      return moduleFailure(reviveThrown(value, native.realmErrors(task.fn), asyncCallerFrames()));
    case Outcome.ABORTED:
      return withoutOwnFrames(new AbortError(value));
    case Outcome.INIT_FAILED: {
      const { poolName, init } = task.host;
      const failure = initFailure(poolName, init ?? task.fn, value, asyncCallerFrames());
      failure.message = named(task, failure.message);
      return withoutOwnFrames(failure);
    }
    case Outcome.CALLBACK:
      return value;
    default:
      return withoutOwnFrames(errorOf(value[0], named(task, value[1])));
  }
}

/**
 * The message, naming this run when it was given a name.
 * @param {Task} task
 * @param {string} message
 */
function named(task, message) {
  return task.name === undefined ? message : `${task.name}: ${message}`;
}

exports.Task = Task;
exports.Outcome = Outcome;
exports.tasks = tasks;
exports.nextTaskId = nextTaskId;
exports.latestTask = () => latest;
