// @ts-check
'use strict';

require('./exit-code.js');
const { errorOf } = require('./errors.js');
const { receiveCall } = require('./host-scope.js');
const native = require('./native.js');
const { answer } = require('./pool-request.js');
const { Outcome, tasks } = require('./task.js');
const { reviveThrown } = require('./thrown.js');

// Completion kinds of the native side; 0, 1 and 2 end a task.
const CONSOLE = 3;
const POOL_ERROR = 4;
const POOL_CLOSED = 5;
const ISOLATE_CREATED = 6;
const ISOLATE_DISPOSED = 7;
const TIMES = 8;
const ANSWERED = 9;
const INIT_FAILED = 14;
const TROUBLE = 10;
const PROGRESS = 11;
const HOST_CALL = 12;
const ISOLATE_LOST = 16;

// What src/runtime/prelude/console.js prints with.
const CONSOLE_METHODS = new Set(
  'log info debug warn error dir dirxml table group groupCollapsed groupEnd'.split(' '),
);

// The native side wakes the loop again for what is left, as after a full batch.
const MOST_ONE_BY_ONE = 4096;

/**
 * What the native side reports about a pool rather than a task.
 * @typedef {object} PoolObserver
 * @property {(taskName: string, error: unknown) => void} failed an error outside any running task
 * @property {() => void} closed
 * @property {(isolate: number) => void} isolateCreated
 * @property {(isolate: number, reason: string) => void} isolateDisposed
 * @property {(code: string, message: string) => void} [lost] a user's own isolate is
 */

// Weak: a pool that its user forgot is collected. Tasks hold the pools that they run on.
/** @type {Map<number, WeakRef<PoolObserver>>} */
const observers = new Map();

/** @type {FinalizationRegistry<number>} */
const forgotten = new FinalizationRegistry((poolId) => observers.delete(poolId));

/**
 * @param {number} poolId
 * @param {PoolObserver} observer
 */
function observe(poolId, observer) {
  observers.set(poolId, new WeakRef(observer));
  forgotten.register(observer, poolId);
}

/**
 * Who wants to know what delivering a task took, by the task's id.
 * @type {Map<number, (ms: number) => void>}
 */
const timed = new Map();

/**
 * Tells how long this thread takes to deliver this one task: its result made from the clone, its
 * promise settled. While anybody waits to be told, tasks are delivered one by one, so that no other
 * counts.
 * @param {number} taskId
 * @param {(ms: number) => void} told
 * @returns {() => void} takes it back
 */
function timeDelivery(taskId, told) {
  timed.set(taskId, told);
  return () => timed.delete(taskId);
}

/** Settles everything that has completed since the last wake-up, in order. */
function drain() {
  if (timed.size === 0) settle(/** @type {any[]} */ (native.takeCompletions()));
  else drainOneByOne();
}

function drainOneByOne() {
  for (let left = MOST_ONE_BY_ONE; left > 0; left -= 1) {
    const begun = performance.now();
    const one = /** @type {any[]} */ (native.takeCompletions(1));
    if (one.length === 0) return;
    settle(one);
    const told = one[1] < CONSOLE ? timed.get(one[0]) : undefined;
    if (told === undefined) continue;
    timed.delete(one[0]);
    told(performance.now() - begun);
  }
}

/** @param {any[]} batch */
function settle(batch) {
  for (let at = 0; at < batch.length; at += 3) {
    const id = batch[at];
    const kind = batch[at + 1];
    const value = batch[at + 2];
    if (kind < CONSOLE) tasks.get(id)?.settle(kind, value);
    else guarded(id, kind, value);
  }
}

/**
 * User code runs here (console methods, listeners). What it throws must not keep the rest of the
 * batch from settling: it becomes an uncaught exception of its own.
 * @param {number} id
 * @param {number} kind
 * @param {unknown} value
 */
function guarded(id, kind, value) {
  try {
    deliver(id, kind, value);
  } catch (error) {
    process.nextTick(rethrow, error);
  }
}

/** @param {unknown} error */
function rethrow(error) {
  throw error;
}

/**
 * @param {number} id
 * @param {number} kind
 * @param {any} value
 */
function deliver(id, kind, value) {
  switch (kind) {
    case CONSOLE:
      if (tasks.get(id)?.host.forwardsConsole) forwardToConsole(value[0], value[1]);
      break;
    case POOL_ERROR:
      observers.get(value[0])?.deref()?.failed(value[1], reviveThrown(value[2]));
      break;
    case POOL_CLOSED: {
      const observer = observers.get(value)?.deref();
      observers.delete(value);
      observer?.closed();
      break;
    }
    case ISOLATE_CREATED:
      observers.get(value)?.deref()?.isolateCreated(id);
      break;
    case ISOLATE_DISPOSED:
      observers.get(value[0])?.deref()?.isolateDisposed(id, value[1]);
      break;
    case ISOLATE_LOST:
      observers.get(value[0])?.deref()?.lost?.(value[1], value[2]);
      break;
    case TIMES:
      tasks.get(id)?.trace?.timed(value[0], value[1]);
      break;
    case INIT_FAILED:
      tasks.get(id)?.settle(Outcome.INIT_FAILED, value);
      break;
    case PROGRESS:
      tasks.get(id)?.progressed(value);
      break;
    case HOST_CALL:
      receiveCall(id, value);
      break;
    case ANSWERED:
      answer(id, value);
      break;
    case TROUBLE:
      observers.get(value[0])?.deref()?.failed('', errorOf(value[1], value[2]));
      break;
    default:
      break;
  }
}

/**
 * @param {string} method
 * @param {unknown[]} args
 */
function forwardToConsole(method, args) {
  // Looked up at each call: loggers and tests replace these methods. Code in an isolate says which: it gets no others.
  const target = /** @type {any} */ (console);
  if (CONSOLE_METHODS.has(method) && typeof target[method] === 'function') target[method](...args);
  else target.log(...args);
}

native.onWake(drain);

exports.observe = observe;
exports.timeDelivery = timeDelivery;
