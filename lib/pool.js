// @ts-check
'use strict';

const { AsyncResource } = require('node:async_hooks');
const { EventEmitter } = require('node:events');

const { AbortError, OffloopError, errorOf } = require('./errors.js');
const { BackPressure } = require('./back-pressure.js');
const { observe } = require('./completions.js');
require('./debug-log.js');
const diagnostics = require('./diagnostics.js');
const { nameOf } = require('./function-source.js');
const { FunctionTable, causeOf, refuseUnasked } = require('./function-table.js');
const { hostFacts, numberOf } = require('./host.js');
const { takeHostFunctions } = require('./host-function.js');
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
const { PoolHistogram } = require('./pool-histogram.js');
const { readSetup } = require('./pool-setup.js');
const { requestOf } = require('./pool-request.js');
const { load } = require('./load.js');
const { makeShared } = require('./shared.js');
const { processFactsText } = require('./process-facts.js');
const { hidingOwnFrames, presentable } = require('./stack.js');
const { Flag, argumentList, limitOf, scopeOf } = require('./submission.js');
const { Tally } = require('./tally.js');
const { readFileRun, readTaskFile } = require('./task-file.js');
const { Task, Outcome, tasks, nextTaskId } = require('./task.js');
const { refuseUntransferable } = require('./transfer.js');

/** @typedef {import('./binding').AnyFunction} AnyFunction */
/** @typedef {import('./function-table.js').PreparedFunction} PreparedFunction */
/** @typedef {import('./options.js').RunSettings} RunSettings */
/** @typedef {import('./diagnostics.js').RunTrace} RunTrace */

const CLOSED = 'OFFLOOP_ERR_CLOSED';
const MIB = 1024 * 1024;

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
  /** @type {import('./task-file.js').TaskFile | null} what a run without a function calls */
  #file;
  #native;
  #functions;
  /** Events are emitted in the async context that the pool was made in. */
  #scope = new AsyncResource('offloop.Pool', { requireManualDestroy: true });
  #observer;
  #host;
  #pressure;
  #madeAt = performance.now();
  #tally = new Tally();
  #histogram;
  /** @type {{ promise: Promise<void>, resolve: () => void } | null} */
  #end = null;
  #closed = false;

  /** @param {unknown} [options] */
  constructor(options) {
    super();
    poolsMade += 1;
    // What is given to each context is copied now and not kept.
    const { workerData, init, filename, exportName, ...settings } = hidingOwnFrames(() =>
      readPoolOptions(options, machineFacts(`pool-${poolsMade}`)),
    );
    const setup = hidingOwnFrames(() => readSetup(workerData, init));
    this.#settings = settings;
    this.#file = hidingOwnFrames(() => readTaskFile(filename, exportName));
    this.#native = new native.NativePool(
      {
        name: settings.name,
        minThreads: settings.minThreads,
        maxThreads: settings.maxThreads,
        maxSuspended: settings.maxSuspended,
        maxQueue: settings.maxQueue,
        idleTimeoutMs: settings.idleTimeout,
        memoryLimitMb: settings.memoryLimitMb,
        stackSizeMb: settings.stackSizeMb,
        recordTiming: settings.recordTiming,
        facts: processFactsText(),
      },
      setup,
    );
    this.#histogram = new PoolHistogram(() => this.#native.takeDurations());
    this.#functions = new FunctionTable(this.#native);
    this.#pressure = new BackPressure(settings.maxThreads, settings.maxQueue, (event) =>
      this.#emit(event),
    );
    this.#host = {
      forwardsConsole: settings.console === 'forward',
      poolName: settings.name,
      init,
      /** @param {number} taskId */
      cancel: (taskId) => this.#native.cancel(taskId),
      /** @type {(task: Task, outcome: number, value: any) => void} */
      settled: (task, outcome, value) => {
        this.#tally.settled(outcome, value);
        this.#taskSettled(task);
      },
    };
    this.#observer = {
      /** @type {(taskName: string, error: unknown) => void} */
      failed: (taskName, error) => this.#emit('error', error, taskName),
      closed: () => this.#poolClosed(),
      /** @param {number} isolate */
      isolateCreated: (isolate) => {
        this.#publish(diagnostics.isolateCreate, { isolate });
        this.#emit('isolateCreate', isolate);
      },
      /** @type {(isolate: number, reason: string) => void} */
      isolateDisposed: (isolate, reason) => {
        this.#publish(diagnostics.isolateDestroy, { isolate, reason });
        this.#emit('isolateDestroy', reason, isolate);
      },
    };
    observe(this.#native.id, this.#observer);
    this.#publish(diagnostics.poolCreate);
  }

  /**
   * @param {AnyFunction} fn
   * @param {unknown[]} [args]
   * @param {unknown} [options]
   * @returns {Promise<any>}
   */
  run(fn, args, options) {
    if (typeof fn !== 'function') return this.#runFile(fn, args);
    return this[kRun](fn, args, options, undefined);
  }

  /**
   * `run(data, { filename, name })`
   * @param {unknown} data
   * @param {unknown} options
   */
  #runFile(data, options) {
    let read;
    try {
      read = readFileRun(data, options, this.#file);
    } catch (error) {
      return this.#refuse(error);
    }
    return this[kRun](read.fn, [data], read.settings, read.prepared);
  }

  /**
   * A run that was refused before anything was known of it.
   * @param {unknown} error
   */
  #refuse(error) {
    const refusal = this.#end === null ? error : this.#closedError();
    if (!diagnostics.runsAreTraced()) return Promise.reject(this.#refused(refusal));
    /** @type {any} RunMessage, whose Pool is that of index.d.ts */
    const message = { pool: this, poolName: this.name, taskName: '(anonymous)' };
    return diagnostics.RunTrace.follow(message, () => {
      throw this.#refused(refusal);
    });
  }

  /**
   * @param {AnyFunction} fn
   * @param {unknown} [options]
   */
  offload(fn, options) {
    return makeOffloaded(fn, options, (...run) => this[kRun](...run));
  }

  /**
   * Makes offloaded functions of what a file exports.
   * @param {unknown} file
   * @param {unknown} [options]
   */
  async load(file, options) {
    try {
      return await load(file, options, (...run) => this[kRun](...run));
    } catch (error) {
      throw presentable(error);
    }
  }

  /**
   * Packs a value once for all tasks that it is passed to.
   * @param {unknown} value
   */
  share(value) {
    return hidingOwnFrames(() => {
      if (this.#end !== null) throw this.#closedError();
      return makeShared(this.#native, value);
    });
  }

  /**
   * @param {AnyFunction} fn
   * @param {any} args an array of this call's own when there is a prepared function
   * @param {unknown} options
   * @param {PreparedFunction | undefined} prepared
   * @returns {Promise<any>}
   */
  [kRun](fn, args, options, prepared) {
    if (diagnostics.runsAreTraced()) return this.#traced(fn, args, options, prepared);
    try {
      return this.#start(fn, args, options, prepared, null);
    } catch (error) {
      return Promise.reject(this.#refused(error));
    }
  }

  /**
   * @param {AnyFunction} fn
   * @param {any} args
   * @param {unknown} options
   * @param {PreparedFunction | undefined} prepared
   * @returns {Promise<any>}
   */
  #traced(fn, args, options, prepared) {
    /** @type {any} RunMessage, whose Pool is that of index.d.ts */
    const message = { pool: this, poolName: this.name, taskName: nameOf(fn) || '(anonymous)' };
    let settings = options;
    /** @type {{ error: unknown } | null} */
    let refusal = null;
    try {
      // Read before the run is announced, which is by its name; `#start` reads none twice.
      if (options !== undefined && this.#end === null) {
        const read = readRunOptions(options);
        if (read.name !== undefined) message.taskName = read.name;
        settings = read;
      }
    } catch (error) {
      refusal = { error };
    }
    return diagnostics.RunTrace.follow(message, (trace) => {
      try {
        if (refusal !== null) throw refusal.error;
        return this.#start(fn, args, settings, prepared, trace);
      } catch (error) {
        throw this.#refused(error);
      }
    });
  }

  /** @param {unknown} error */
  #refused(error) {
    this.#tally.refused += 1;
    return presentable(error);
  }

  /**
   * Checks the state and the options before anything else, so that a refused call detaches nothing.
   * @param {AnyFunction} fn
   * @param {any} args
   * @param {unknown} options
   * @param {PreparedFunction | undefined} prepared
   * @param {RunTrace | null} trace
   * @returns {Promise<any>}
   */
  #start(fn, args, options, prepared, trace) {
    if (this.#end !== null) throw this.#closedError();
    const settings = options === undefined ? NO_RUN_OPTIONS : readRunOptions(options);
    const { signal } = settings;
    if (signal !== undefined && signal.aborted) throw new AbortError(signal.reason);
    if (settings.transferList !== null) refuseUntransferable(settings.transferList);
    const list = prepared === undefined ? argumentList(args) : args;
    return this.#submit(fn, list, settings, prepared, trace);
  }

  /**
   * @param {AnyFunction} fn
   * @param {unknown[]} args
   * @param {Readonly<RunSettings>} settings
   * @param {PreparedFunction | undefined} prepared
   * @param {RunTrace | null} trace
   */
  #submit(fn, args, settings, prepared, trace) {
    const entry = this.#functions.entryFor(fn, settings.context, prepared, settings.from);
    const {
      timeout = this.#settings.timeout,
      queueTimeout = this.#settings.queueTimeout,
      cpuTimeout = this.#settings.cpuTimeout,
      captures = this.#settings.captures,
      onProgress,
    } = settings;
    if (captures === 'strict' && entry.unasked !== null) refuseUnasked(entry.unasked);
    const id = nextTaskId();
    const refusal = this.#native.submit(
      id,
      entry.id,
      args,
      settings.transferList,
      limitOf(timeout),
      limitOf(queueTimeout),
      limitOf(cpuTimeout),
      settings.priority,
      (settings.move ? Flag.MOVE_RESULT : 0) |
        (trace === null ? 0 : Flag.TELL_TIMES) |
        (settings.fresh ? Flag.FRESH_CONTEXT : 0) |
        (onProgress === undefined ? 0 : Flag.TELL_PROGRESS),
    );
    const given = takeHostFunctions();
    if (refusal !== null) throw errorOf(refusal[0], refusal[1], causeOf(refusal));
    this.#functions.started(entry);
    this.#tally.submitted += 1;
    this.#pressure.started();
    const promise = new Promise(captureResolve);
    const scope = scopeOf(id, given, entry.context, onProgress !== undefined);
    new Task(
      id,
      this.#host,
      fn,
      entry,
      settings.signal,
      settings.name,
      resolveCaptured,
      trace,
      scope,
      onProgress,
    );
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
    const now = this.#native.stats();
    const isolates = this.#native.isolates();
    const busyThreads = now.threads - now.idleThreads;
    return {
      threads: now.threads,
      idleThreads: now.idleThreads,
      busyThreads,
      maxThreads: this.#settings.maxThreads,
      queued: now.queued,
      running: now.running,
      suspended: now.suspended,
      // The same by workerpool's names.
      totalWorkers: now.threads,
      busyWorkers: busyThreads,
      idleWorkers: now.idleThreads,
      pendingTasks: now.queued,
      activeTasks: now.running,
      ...this.#tally,
      isolatesCreated: now.isolatesCreated,
      isolatesDisposed: now.isolatesDisposed,
      isolatesRecycled: now.isolatesRecycled,
      isolatesLost: now.isolatesLost,
      isolatesWedged: now.isolatesWedged,
      isolatesParked: now.isolatesParked,
      threadsReplaced: now.threadsReplaced,
      uptimeMs: performance.now() - this.#madeAt,
      busyMs: now.busyMs,
      utilization: this.#utilizationAt(now.busyMs),
      heapUsed: isolates.reduce((sum, { heapUsed }) => sum + heapUsed, 0),
      isolates,
      ...this.#histogram.summaries(),
    };
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
    this.#publish(diagnostics.poolClose);
    this.#emit('close');
  }

  #closedError() {
    return new OffloopError(
      CLOSED,
      `pool '${this.#settings.name}' is ${this.#closed ? 'closed' : 'closing'} and takes no more tasks`,
    );
  }

  /**
   * @param {import('node:diagnostics_channel').Channel} channel
   * @param {object} [details]
   */
  #publish(channel, details) {
    if (!channel.hasSubscribers) return;
    const message = { pool: this, poolName: this.name, ...details };
    this.#scope.runInAsyncScope(channel.publish, channel, message);
  }

  /** @param {number} busyMs */
  #utilizationAt(busyMs) {
    const lifetime = performance.now() - this.#madeAt;
    return Math.min(1, busyMs / (lifetime * this.#settings.maxThreads));
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
    return this.#utilizationAt(this.#native.stats().busyMs);
  }

  get completed() {
    return this.#tally.completed;
  }

  get histogram() {
    return this.#histogram;
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
exports.machineFacts = machineFacts;
