// @ts-check
'use strict';

const { AsyncResource } = require('node:async_hooks');
const { EventEmitter } = require('node:events');

const { observe } = require('./completions.js');
const { AbortError, OffloopError, errorOf } = require('./errors.js');
const { processFactsText } = require('./process-facts.js');
const { FunctionTable, causeOf } = require('./function-table.js');
const { takeHostFunctions } = require('./host-function.js');
const { IsolateContext, makeContext } = require('./isolate-context.js');
const {
  MODULE_GLOBALS,
  readCodeOptions,
  readIsolateOptions,
  readIsolateRunOptions,
} = require('./isolate-options.js');
const {
  MAIN_CONTEXT,
  NO_SCRIPT,
  Operation,
  checkCode,
  checkGlobalName,
  kOperate,
  kRunIn,
} = require('./isolate-operation.js');
const { makeScript } = require('./isolate-script.js');
const { hold, release } = require('./keep-alive.js');
const native = require('./native.js');
const { machineFacts } = require('./pool.js');
const { hidingOwnFrames, presentable } = require('./stack.js');
const { Flag, argumentList, limitOf, scopeOf } = require('./submission.js');
const { Task, Outcome, tasks, nextTaskId } = require('./task.js');
const { refuseUntransferable } = require('./transfer.js');

/** @typedef {import('./binding').AnyFunction} AnyFunction */
/** @typedef {import('./host-function.js').HostEntry} HostEntry */
/** @typedef {import('./host-scope.js').HostScope} HostScope */
/** @typedef {import('./isolate-operation.js').Request} Request */
/** @typedef {import('./isolate-script.js').Script} Script */

const CLOSED = 'OFFLOOP_ERR_CLOSED';
const MEMORY_LIMIT = 'OFFLOOP_ERR_MEMORY_LIMIT';
const LOST = 'OFFLOOP_ERR_ISOLATE_LOST';
const EVALUATE_OPTIONS = ['filename', 'timeout', 'signal', 'context'];
const COMPILE_OPTIONS = ['filename'];
const STOPPED_BY_OWNER = 'terminate() was called';

/** In the order in which the bridge lists them. */
const HEAP_FIGURES = Object.freeze([
  'totalHeapSize',
  'totalHeapSizeExecutable',
  'totalPhysicalSize',
  'totalAvailableSize',
  'usedHeapSize',
  'heapSizeLimit',
  'mallocedMemory',
  'peakMallocedMemory',
  'externalMemory',
  'arrayBuffers',
  'contexts',
  'detachedContexts',
]);

let lastHandleId = 0;

/** @type {(value: unknown) => void} */
let resolveCaptured;
/** @param {(value: unknown) => void} resolve */
function captureResolve(resolve) {
  resolveCaptured = resolve;
}

/** Code that was no function of the caller's throws errors of this realm. */
function ownRealm() {}

/** What its users forgot, an isolate forgets, too. */
/** @type {FinalizationRegistry<{ isolate: WeakRef<import('./binding').NativeOwnIsolate>, kind: number, id: number }>} */
const forgotten = new FinalizationRegistry(({ isolate, kind, id }) => {
  isolate.deref()?.forgetHandle(kind, id);
});

// One that somebody waits to see disposed of must not be collected before it is.
/** @type {Set<Isolate>} */
const ending = new Set();

class Isolate extends EventEmitter {
  #settings;
  #native;
  #functions;
  /** Events are emitted in the async context that the isolate was made in. */
  #scope = new AsyncResource('offloop.Isolate', { requireManualDestroy: true });
  #observer;
  #host;
  /**
   * Ids of what is not settled, in the order in which it is done, each with what it needs: a script or context that is
   * collected is dropped.
   * @type {Map<number, unknown>}
   */
  #underWay = new Map();
  /**
   * Functions of this thread that globals of its contexts stand for, by context and name.
   * @type {Map<string, readonly HostEntry[]>}
   */
  #hosted = new Map();
  /** @type {{ promise: Promise<void>, resolve: () => void } | null} */
  #end = null;
  /** @type {OffloopError | null} */
  #loss = null;
  #closed = false;
  #warned = false;

  /** @param {unknown} [options] */
  constructor(options) {
    super();
    const settings = hidingOwnFrames(() => readIsolateOptions(options));
    this.#settings = settings;
    this.#native = new native.NativeOwnIsolate({
      memoryLimitMb: settings.memoryLimitMb,
      globals:
        settings.modulesRoot === null ? settings.globals : [...settings.globals, ...MODULE_GLOBALS],
      codeGeneration: settings.codeGeneration,
      sharedMemory: settings.sharedMemory,
      wasm: settings.wasm,
      coarseClock: settings.clock === 'coarse',
      modulesRoot: settings.modulesRoot ?? undefined,
      // The environment is none of its business.
      facts: settings.modulesRoot === null ? undefined : processFactsText({}),
      threads: threadCount(),
    });
    this.#functions = new FunctionTable(this.#native);
    this.#host = {
      forwardsConsole: settings.console === 'forward',
      poolName: '',
      init: undefined,
      /** @param {number} taskId */
      cancel: (taskId) => this.#native.cancel(taskId),
      /** @type {(task: Task) => void} */
      settled: (task) => {
        this.#underWay.delete(task.id);
        if (task.fn !== ownRealm) this.#functions.ended(task.entry);
      },
    };
    this.#observer = {
      /** @type {(taskName: string, error: unknown) => void} */
      failed: (taskName, error) => this.#uncaught(taskName, error),
      closed: () => this.#ended(),
      isolateCreated() {},
      isolateDisposed() {},
      /** @type {(code: string, message: string) => void} */
      lost: (code, message) => this.#lost(code, message),
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
    try {
      return this[kRunIn](MAIN_CONTEXT, fn, args, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * @param {string} code
   * @param {unknown} [options]
   * @returns {Promise<any>}
   */
  async evaluate(code, options) {
    return hidingOwnFrames(() => {
      const kind = Operation.EVALUATE;
      const text = checkCode(code);
      const given = readCodeOptions(options, EVALUATE_OPTIONS, 'isolate.evaluate()');
      const { filename, timeout, signal } = given;
      const context =
        given.context === undefined ? MAIN_CONTEXT : IsolateContext.idOf(given.context, this);
      const owner = given.context;
      return this[kOperate]({ kind, text, filename, timeout, signal, context, owner });
    });
  }

  /**
   * @param {string} code
   * @param {unknown} [options]
   * @returns {Promise<Script>}
   */
  async compile(code, options) {
    const text = hidingOwnFrames(() => checkCode(code));
    const { filename } = hidingOwnFrames(() =>
      readCodeOptions(options, COMPILE_OPTIONS, 'isolate.compile()'),
    );
    const script = nextHandleId();
    await this[kOperate]({ kind: Operation.COMPILE, text, filename, script });
    return this.#handle(makeScript(this, script), Operation.COMPILE, script);
  }

  /** @returns {Promise<IsolateContext>} */
  async createContext() {
    const context = nextHandleId();
    await this[kOperate]({ kind: Operation.CREATE_CONTEXT, context });
    return this.#handle(makeContext(this, context), Operation.CREATE_CONTEXT, context);
  }

  /**
   * @param {string} name
   * @param {unknown} value
   * @returns {Promise<void>}
   */
  async set(name, value) {
    const text = hidingOwnFrames(() => checkGlobalName(name));
    return this[kOperate]({ kind: Operation.SET, text, value });
  }

  /**
   * @param {string} name
   * @returns {Promise<any>}
   */
  async get(name) {
    const text = hidingOwnFrames(() => checkGlobalName(name));
    return this[kOperate]({ kind: Operation.GET, text });
  }

  async heapStatistics() {
    const figures = /** @type {number[]} */ (
      await this[kOperate]({ kind: Operation.HEAP_STATISTICS })
    );
    return {
      ...Object.fromEntries(HEAP_FIGURES.map((name, index) => [name, figures[index]])),
      memoryLimit: this.#settings.memoryLimitMb * 1024 * 1024,
    };
  }

  /**
   * Ends what the isolate is doing, or, when it has not begun yet, what it would do next.
   * @returns {boolean} false: there was nothing
   */
  terminate() {
    const [first] = this.#underWay.keys();
    const task = first === undefined ? undefined : tasks.get(first);
    if (task === undefined) return false;
    this.#native.cancel(task.id);
    return task.settle(Outcome.ABORTED, STOPPED_BY_OWNER);
  }

  /** @returns {Promise<void>} */
  async dispose() {
    if (this.#closed) return undefined;
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
      this.#native.destroy();
    }
    return this.#end.promise;
  }

  get interrupted() {
    return this.#native.interrupted;
  }

  get cpuTime() {
    return this.#native.cpuTimeMs;
  }

  get wallTime() {
    return this.#native.wallTimeMs;
  }

  get disposed() {
    return this.#end !== null || this.#loss !== null || this.#closed;
  }

  /**
   * @param {number} context
   * @param {AnyFunction} fn
   * @param {unknown} args
   * @param {unknown} options
   * @param {unknown} [owner] what must not be collected meanwhile
   * @returns {Promise<any>}
   */
  [kRunIn](context, fn, args, options, owner) {
    try {
      this.#checkUsable();
      const settings = readIsolateRunOptions(options);
      const { signal, onProgress } = settings;
      const { timeout = this.#settings.timeout, queueTimeout = Infinity } = settings;
      if (signal !== undefined && signal.aborted) throw new AbortError(signal.reason);
      if (settings.transferList !== null) refuseUntransferable(settings.transferList);
      const list = argumentList(args);
      const entry = this.#functions.entryFor(fn, settings.context, undefined, settings.from);
      const id = nextTaskId();
      const refusal = this.#native.submit(
        id,
        entry.id,
        context,
        list,
        settings.transferList,
        limitOf(timeout),
        limitOf(queueTimeout),
        (settings.move ? Flag.MOVE_RESULT : 0) |
          (onProgress === undefined ? 0 : Flag.TELL_PROGRESS),
      );
      const given = takeHostFunctions();
      if (refusal !== null) throw this.#refused(refusal);
      this.#functions.started(entry);
      this.#underWay.set(id, owner);
      const scope = this.#scopeOf(id, given, entry.context, onProgress !== undefined);
      return this.#accepted(id, fn, entry, signal, settings.name, scope, onProgress);
    } catch (error) {
      throw presentable(error);
    }
  }

  /**
   * @param {Request} request
   * @returns {Promise<any>}
   */
  [kOperate](request) {
    try {
      this.#checkUsable();
      const { signal, timeout = this.#settings.timeout } = request;
      if (signal !== undefined && signal.aborted) throw new AbortError(signal.reason);
      const id = nextTaskId();
      const refusal = this.#native.operate(
        id,
        request.kind,
        request.context ?? MAIN_CONTEXT,
        request.script ?? NO_SCRIPT,
        request.text ?? '',
        request.filename ?? '',
        request.value,
        limitOf(timeout),
      );
      const given = takeHostFunctions();
      if (refusal !== null) throw this.#refused(refusal);
      this.#keepHosted(request, given);
      this.#underWay.set(id, request.owner);
      const noEntry = /** @type {any} */ (null);
      const scope = this.#scopeOf(id, given, null, false);
      return this.#accepted(id, ownRealm, noEntry, signal, undefined, scope, undefined);
    } catch (error) {
      throw presentable(error);
    }
  }

  /**
   * @param {number} id
   * @param {AnyFunction} fn
   * @param {import('./function-table.js').TableEntry} entry
   * @param {AbortSignal | undefined} signal
   * @param {string | undefined} name
   * @param {HostScope | null} scope
   * @param {((value: any) => void) | undefined} onProgress
   */
  #accepted(id, fn, entry, signal, name, scope, onProgress) {
    const promise = new Promise(captureResolve);
    const resolve = resolveCaptured;
    new Task(id, this.#host, fn, entry, signal, name, resolve, null, scope, onProgress);
    return promise;
  }

  /**
   * What one request may call here: what it was given, and what globals stand for.
   * @param {number} id
   * @param {readonly HostEntry[]} given
   * @param {import('./context.js').Context | null} context
   * @param {boolean} listens
   */
  #scopeOf(id, given, context, listens) {
    if (this.#hosted.size === 0) return scopeOf(id, given, context, listens);
    return scopeOf(id, [...given, ...[...this.#hosted.values()].flat()], context, listens);
  }

  /**
   * @param {Request} request
   * @param {readonly HostEntry[]} given
   */
  #keepHosted({ kind, context = MAIN_CONTEXT, text }, given) {
    if (kind === Operation.SET) {
      const global = `${context}:${text}`;
      if (given.length > 0) this.#hosted.set(global, given);
      else this.#hosted.delete(global);
    } else if (kind === Operation.DROP_CONTEXT) {
      for (const global of this.#hosted.keys()) {
        if (global.startsWith(`${context}:`)) this.#hosted.delete(global);
      }
    }
  }

  /**
   * @template {object} H
   * @param {H} handle
   * @param {number} kind what made it
   * @param {number} id
   * @returns {H}
   */
  #handle(handle, kind, id) {
    forgotten.register(handle, { isolate: new WeakRef(this.#native), kind, id });
    return handle;
  }

  #checkUsable() {
    if (this.#loss !== null) throw this.#lossError(this.#loss.message);
    if (this.#end !== null || this.#closed) {
      throw new OffloopError(CLOSED, 'this isolate was disposed of and does nothing any more');
    }
  }

  /** @param {import('./binding').Refusal} refusal */
  #refused(refusal) {
    // It was lost, and the event that says so is on its way.
    if (refusal[0] === LOST) return this.#lossError(refusal[1]);
    return errorOf(refusal[0], refusal[1], causeOf(refusal));
  }

  /** @param {string} why */
  #lossError(why) {
    return new OffloopError(LOST, `this isolate is lost and does nothing any more: ${why}`);
  }

  /**
   * @param {string} code
   * @param {string} message
   */
  #lost(code, message) {
    if (this.#loss !== null) return;
    const error = errorOf(code, message);
    this.#loss = error;
    if (code === MEMORY_LIMIT) this.#emit('memory', error);
    this.#emit('lost', error);
  }

  #ended() {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#end !== null && ending.delete(this)) {
      release();
      this.#end.resolve();
    }
  }

  /**
   * What code in an isolate leaves behind must not end the process that watches over it.
   * @param {string} name
   * @param {unknown} error
   */
  #uncaught(name, error) {
    if (this.listenerCount('error') > 0) {
      this.#emit('error', error, name);
    } else if (!this.#warned) {
      this.#warned = true;
      const shown = error instanceof Error ? error.message : String(error);
      process.emitWarning(
        `An error in an isolate was handled by nobody (${name}: ${shown}); listen to 'error' of the ` +
          'Isolate to see all of them',
        { code: 'OFFLOOP_UNCAUGHT_IN_ISOLATE' },
      );
    }
  }

  /**
   * @param {string} event
   * @param {unknown[]} values
   */
  #emit(event, ...values) {
    this.#scope.runInAsyncScope(this.emit, this, event, ...values);
  }
}

// Node 20 has the symbol of its own; a runtime without it cannot say `await using` either.
if (typeof Symbol.asyncDispose === 'symbol') {
  Object.defineProperty(Isolate.prototype, Symbol.asyncDispose, {
    value: /** @this {Isolate} */ function asyncDispose() {
      return this.dispose();
    },
    writable: true,
    configurable: true,
  });
}

// Read once: the threads are shared by all isolates of this environment.
let threads = 0;

/** As many as a pool would have. */
function threadCount() {
  if (threads === 0) threads = Math.max(1, Math.floor(machineFacts('').effectiveCores));
  return threads;
}

function nextHandleId() {
  lastHandleId += 1;
  return lastHandleId;
}

exports.Isolate = Isolate;
