// @ts-check
'use strict';

const { AsyncResource } = require('node:async_hooks');
const { EventEmitter } = require('node:events');

const { AbortError, OffloopError, errorOf, invalidType, invalidRange } = require('./errors.js');
const { BackPressure } = require('./back-pressure.js');
const { observe } = require('./completions.js');
const { FunctionTable, causeOf } = require('./function-table.js');
const { hostFacts, numberOf } = require('./host.js');
const { hold, release } = require('./keep-alive.js');
const native = require('./native.js');
const { makeOffloaded } = require('./offloaded.js');
const {
  readPoolOptions,
  readRunOptions,
  readCloseOptions,
  NO_RUN_OPTIONS,
  integer,
} = require('./options.js');
const { requestOf } = require('./pool-request.js');
const { hidingOwnFrames, presentable } = require('./stack.js');
const { Task, Outcome, tasks, nextTaskId } = require('./task.js');
const { refuseUntransferable } = require('./transfer.js');

/** @typedef {import('./binding').AnyFunction} AnyFunction */
/** @typedef {import('./function-table.js').PreparedFunction} PreparedFunction */
/** @typedef {import('./options.js').RunSettings} RunSettings */

const CLOSED = 'OFFLOOP_ERR_CLOSED';
const MIB = 1024 * 1024;
const MOVE_RESULT = 1;
const NO_LIMIT = 0;
// More would not fit on the stack of the call.
const MAX_ARGUMENTS = 10_000;

/** @type {unknown[]} */
const NO_ARGUMENTS = [];

/**
 * What every run goes through; offloaded functions enter here.
 * @type {unique symbol}
 */
const kRun = Symbol('offloop.run');

let poolsMade = 0;

/** @type {(value: unknown) => void} */
let resolveCaptured;
// One executor for all promises: a run makes no closure.
/** @param {(value: unknown) => void} resolve */
function captureResolve(resolve) {
  resolveCaptured = resolve;
}

// A pool that somebody waits to see closed must not be collected before it is.
/** @type {Set<Pool>} */
const ending = new Set();

class Pool extends EventEmitter {
  #settings;
  #native;
  #functions;
  /** Events are emitted in the async context that the pool was made in. */
  #scope = new AsyncResource('offloop.Pool', { requireManualDestroy: true });
  #observer;
  #host;
  #pressure;
  #madeAt = performance.now();
  /** @type {{ promise: Promise<void>, resolve: () => void } | null} */
  #end = null;
  #closed = false;

  /** @param {unknown} [options] */
  constructor(options) {
    super();
    poolsMade += 1;
    const settings = hidingOwnFrames(() =>
      readPoolOptions(options, machineFacts(`pool-${poolsMade}`)),
    );
    this.#settings = settings;
    this.#native = new native.NativePool({
      name: settings.name,
      minThreads: settings.minThreads,
      maxThreads: settings.maxThreads,
      maxQueue: settings.maxQueue,
      idleTimeoutMs: settings.idleTimeout,
      memoryLimitMb: settings.memoryLimitMb,
      stackSizeMb: settings.stackSizeMb,
    });
    this.#functions = new FunctionTable(this.#native);
    this.#pressure = new BackPressure(settings.maxThreads, settings.maxQueue, (event) =>
      this.#emit(event),
    );
    this.#host = {
      forwardsConsole: settings.console === 'forward',
      /** @param {number} taskId */
      cancel: (taskId) => this.#native.cancel(taskId),
      /** @param {Task} task */
      settled: (task) => this.#taskSettled(task),
    };
    this.#observer = {
      /** @type {(taskName: string, error: unknown) => void} */
      failed: (taskName, error) => this.#emit('error', error, taskName),
      closed: () => this.#poolClosed(),
      isolateCreated: () => this.#emit('isolateCreate'),
      /** @param {string} reason */
      isolateDisposed: (reason) => this.#emit('isolateDestroy', reason),
    };
    observe(this.#native.id, this.#observer);
  }

  /**
   * @param {AnyFunction} fn
   * @param {unknown[]} [args]
   * @param {unknown} [options]
   * @returns {Promise<any>}
   */
  run(fn, args, options) {
    return this[kRun](fn, args, options, undefined);
  }

  /**
   * @param {AnyFunction} fn
   * @param {unknown} [options]
   */
  offload(fn, options) {
    return makeOffloaded(fn, options, (...run) => this[kRun](...run));
  }

  /**
   * @param {AnyFunction} fn
   * @param {any} args an array of this call's own when there is a prepared function
   * @param {unknown} options
   * @param {PreparedFunction | undefined} prepared
   * @returns {Promise<any>}
   */
  [kRun](fn, args, options, prepared) {
    try {
      return this.#start(fn, args, options, prepared);
    } catch (error) {
      return Promise.reject(presentable(error));
    }
  }

  /**
   * Checks the state and the options before anything else, so that a refused call detaches nothing.
   * @param {AnyFunction} fn
   * @param {any} args
   * @param {unknown} options
   * @param {PreparedFunction | undefined} prepared
   * @returns {Promise<any>}
   */
  #start(fn, args, options, prepared) {
    if (this.#end !== null) throw this.#closedError();
    const settings = options === undefined ? NO_RUN_OPTIONS : readRunOptions(options);
    const { signal } = settings;
    if (signal !== undefined && signal.aborted) throw new AbortError(signal.reason);
    if (settings.transferList !== null) refuseUntransferable(settings.transferList);
    const list = prepared === undefined ? argumentList(args) : args;
    return this.#submit(fn, list, settings, prepared);
  }

  /**
   * @param {AnyFunction} fn
   * @param {unknown[]} args
   * @param {Readonly<RunSettings>} settings
   * @param {PreparedFunction | undefined} prepared
   */
  #submit(fn, args, settings, prepared) {
    const entry = this.#functions.entryFor(fn, settings.context, prepared);
    const { timeout = this.#settings.timeout, queueTimeout = this.#settings.queueTimeout } =
      settings;
    const id = nextTaskId();
    const refusal = this.#native.submit(
      id,
      entry.id,
      args,
      settings.transferList,
      timeout === Infinity ? NO_LIMIT : timeout,
      queueTimeout === Infinity ? NO_LIMIT : queueTimeout,
      settings.priority,
      settings.move ? MOVE_RESULT : 0,
    );
    if (refusal !== null) throw errorOf(refusal[0], refusal[1], causeOf(refusal));
    this.#functions.started(entry);
    this.#pressure.started();
    const promise = new Promise(captureResolve);
    new Task(id, this.#host, fn, entry, settings.signal, settings.name, resolveCaptured);
    return promise;
  }

  /** @param {Task} task */
  #taskSettled(task) {
    this.#functions.ended(task.entry);
    this.#pressure.settled();
  }

  /**
   * Makes isolates ahead of need, so that the first tasks find them.
   * @param {number} [n] how many are to exist
   * @returns {Promise<void>}
   */
  async warmup(n) {
    const { maxThreads } = this.#settings;
    const count = hidingOwnFrames(() =>
      n === undefined ? maxThreads : integer('n', n, 0, maxThreads),
    );
    if (this.#end !== null) throw this.#closedError();
    return requestOf((id) => this.#native.warmUp(count, id));
  }

  /**
   * Replaces the isolates: idle ones now, busy ones after their task.
   * @returns {Promise<void>}
   */
  async recycle() {
    if (this.#end !== null) throw this.#closedError();
    return requestOf((id) => this.#native.recycle(id));
  }

  /**
   * Rejects every task that waits for a thread; running ones go on.
   * @param {unknown} [reason] the `cause` of their AbortError
   * @returns {number} how many
   */
  cancelPending(reason) {
    const dropped = this.#native.cancelQueued();
    for (const id of dropped) tasks.get(id)?.settle(Outcome.ABORTED, reason);
    return dropped.length;
  }

  stats() {
    const { threads, idleThreads, ...rest } = this.#native.stats();
    const { maxThreads } = this.#settings;
    return { threads, idleThreads, busyThreads: threads - idleThreads, maxThreads, ...rest };
  }

  /**
   * @param {unknown} [options]
   * @returns {Promise<void>}
   */
  async close(options) {
    const { force, timeout } = hidingOwnFrames(() => readCloseOptions(options));
    const { promise } = this.#beginEnd();
    if (this.#closed) return promise;
    if (force) {
      const error = this.#closedError();
      for (const id of this.#native.cancelQueued()) {
        tasks.get(id)?.settle(Outcome.OURS, [CLOSED, error.message]);
      }
    }
    if (timeout === Infinity) return promise;
    const timer = setTimeout(() => this.#native.destroy(), timeout);
    return promise.finally(() => clearTimeout(timer));
  }

  /** @returns {Promise<void>} */
  async destroy() {
    const { promise } = this.#beginEnd();
    if (!this.#closed) this.#native.destroy();
    return promise;
  }

  #beginEnd() {
    if (this.#end === null) {
      /** @type {() => void} */
      let resolve = () => {};
      /** @type {Promise<void>} */
      const promise = new Promise((resolvePromise) => {
        resolve = resolvePromise;
      });
      this.#end = { promise, resolve };
      ending.add(this);
      hold();
      this.#native.close();
    }
    return this.#end;
  }

  #poolClosed() {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#end !== null && ending.delete(this)) {
      release();
      this.#end.resolve();
    }
    this.#emit('close');
  }

  #closedError() {
    return new OffloopError(
      CLOSED,
      `pool '${this.#settings.name}' is ${this.#closed ? 'closed' : 'closing'} and takes no more tasks`,
    );
  }

  /**
   * @param {string} event
   * @param {unknown[]} values
   */
  #emit(event, ...values) {
    this.#scope.runInAsyncScope(this.emit, this, event, ...values);
  }

  get name() {
    return this.#settings.name;
  }

  get maxThreads() {
    return this.#settings.maxThreads;
  }

  get threads() {
    return this.#native.stats().threads;
  }

  get idleThreads() {
    return this.#native.stats().idleThreads;
  }

  get queueSize() {
    return this.#native.stats().queued;
  }

  get utilization() {
    const lifetime = performance.now() - this.#madeAt;
    return Math.min(1, this.#native.stats().busyMs / (lifetime * this.#settings.maxThreads));
  }

  get completed() {
    return this.#native.stats().completed;
  }

  get needsDrain() {
    return this.#pressure.needsDrain;
  }
}

// Node 20 has the symbol of its own; a runtime without it cannot say `await using` either.
if (typeof Symbol.asyncDispose === 'symbol') {
  Object.defineProperty(Pool.prototype, Symbol.asyncDispose, {
    value: /** @this {Pool} */ function asyncDispose() {
      return this.close();
    },
    writable: true,
    configurable: true,
  });
}

/**
 * A copy of the caller's array, taken once: what its getters or a Proxy do later changes nothing.
 * @param {unknown} args
 * @returns {unknown[]}
 */
function argumentList(args) {
  if (args === undefined) return NO_ARGUMENTS;
  if (!Array.isArray(args))
    throw invalidType("argument 'args'", args, 'an array: one element an argument');
  const { length } = args;
  if (length === 0) return NO_ARGUMENTS;
  if (length > MAX_ARGUMENTS) {
    throw invalidRange(
      "the length of argument 'args'",
      length,
      `at most ${MAX_ARGUMENTS}: pass one array instead`,
    );
  }
  const list = [];
  for (let index = 0; index < length; index += 1) list.push(args[index]);
  return list;
}

/** @param {string} defaultName */
function machineFacts(defaultName) {
  const facts = hostFacts();
  const limitMb = facts.memoryLimited.value === true ? numberOf(facts.memoryLimitMb) : undefined;
  return {
    // Of a cluster with an unknown number of workers each gets what all have.
    effectiveCores:
      numberOf(facts.coresPerInstance) ??
      numberOf(facts.effectiveCores) ??
      numberOf(facts.allowedCores) ??
      1,
    heapSizeLimit: (numberOf(facts.heapLimitMb) ?? Infinity) * MIB,
    containerMemory: (limitMb ?? Infinity) * MIB,
    defaultName,
  };
}

exports.Pool = Pool;
exports.kRun = kRun;
