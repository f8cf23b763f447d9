const EventEmitter = require('events/');
const { coded, invalidArgument, outOfRange } = require('./internal/errors');
const { capture, errorMonitor, rejection } = require('./internal/event-symbols');

const maxListeners = Symbol('events.maxEventTargetListeners');

function abortError(signal) {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  error.name = 'AbortError';
  error.code = 'ABORT_ERR';
  return error;
}

const isTarget = (value) => typeof value?.addEventListener === 'function';

function listen(emitter, name, listener) {
  if (typeof emitter?.on === 'function') {
    emitter.on(name, listener);
    return () => emitter.removeListener(name, listener);
  }
  if (isTarget(emitter)) {
    emitter.addEventListener(name, listener);
    return () => emitter.removeEventListener(name, listener);
  }
  throw invalidArgument('emitter', 'an instance of EventEmitter', emitter);
}

/** A promise of what the next `name` is emitted with. */
async function once(emitter, name, options = {}) {
  const { signal } = options;
  if (signal?.aborted) throw abortError(signal);
  return new Promise((resolve, reject) => {
    const stops = [];
    const stop = () => {
      for (const one of stops) one();
    };
    const settle = (how) => (value) => {
      stop();
      how(value);
    };
    const done = settle(resolve);
    stops.push(listen(emitter, name, (...values) => done(values)));
    if (name !== 'error' && typeof emitter.on === 'function') {
      stops.push(listen(emitter, 'error', settle(reject)));
    }
    if (signal) stops.push(listen(signal, 'abort', () => settle(reject)(abortError(signal))));
  });
}

/** An iterator over everything that `name` is emitted with, until `close` or an error. */
function on(emitter, name, options = {}) {
  const { signal, close = [] } = options;
  if (signal?.aborted) throw abortError(signal);
  const values = [];
  const waiting = [];
  const stops = [];
  let failure;
  let finished = false;

  const finish = () => {
    for (const stop of stops) stop();
    finished = true;
    while (waiting.length > 0) waiting.shift().resolve({ value: undefined, done: true });
    return Promise.resolve({ value: undefined, done: true });
  };
  const fail = (error) => {
    if (waiting.length > 0) waiting.shift().reject(error);
    else failure = { error };
    finish();
  };
  stops.push(
    listen(emitter, name, (...event) => {
      if (waiting.length > 0) waiting.shift().resolve({ value: event, done: false });
      else values.push(event);
    }),
  );
  if (name !== 'error' && typeof emitter.on === 'function')
    stops.push(listen(emitter, 'error', fail));
  for (const end of close) stops.push(listen(emitter, end, finish));
  if (signal) stops.push(listen(signal, 'abort', () => fail(abortError(signal))));

  const AsyncIteratorPrototype = Object.getPrototypeOf(
    Object.getPrototypeOf(async function* iterate() {}).prototype,
  );
  return Object.setPrototypeOf(
    {
      next() {
        if (values.length > 0) return Promise.resolve({ value: values.shift(), done: false });
        if (failure !== undefined) {
          const { error } = failure;
          failure = undefined;
          return Promise.reject(error);
        }
        if (finished) return finish();
        return new Promise((resolve, reject) => {
          waiting.push({ resolve, reject });
        });
      },
      return: finish,
      throw(error) {
        if (!(error instanceof Error)) {
          throw invalidArgument('EventEmitter.AsyncIterator', 'an instance of Error', error);
        }
        fail(error);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    },
    AsyncIteratorPrototype,
  );
}

function setMaxListeners(n = EventEmitter.defaultMaxListeners, ...targets) {
  if (typeof n !== 'number' || !(n >= 0)) throw outOfRange('setMaxListeners', '>= 0', n);
  if (targets.length === 0) EventEmitter.defaultMaxListeners = n;
  for (const target of targets) {
    if (typeof target?.setMaxListeners === 'function') target.setMaxListeners(n);
    else if (isTarget(target)) target[maxListeners] = n;
    else
      throw invalidArgument('eventTargets', 'an instance of EventEmitter or EventTarget', target);
  }
}

function getMaxListeners(target) {
  if (typeof target?.getMaxListeners === 'function') return target.getMaxListeners();
  if (isTarget(target)) return target[maxListeners] ?? EventEmitter.defaultMaxListeners;
  throw invalidArgument('emitter', 'an instance of EventEmitter or EventTarget', target);
}

function getEventListeners(emitter, name) {
  if (typeof emitter?.listeners === 'function') return emitter.listeners(name);
  if (isTarget(emitter)) return require('internal/web').listenersOf(emitter, name);
  throw invalidArgument('emitter', 'an instance of EventEmitter or EventTarget', emitter);
}

function addAbortListener(signal, listener) {
  if (signal === undefined) throw invalidArgument('signal', 'an instance of AbortSignal', signal);
  if (signal.aborted) queueMicrotask(() => listener());
  else signal.addEventListener('abort', listener, { once: true });
  return {
    __proto__: null,
    [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
      signal.removeEventListener('abort', listener);
    },
  };
}

let EventEmitterAsyncResource;

Object.defineProperty(EventEmitter, 'captureRejections', {
  enumerable: true,
  get() {
    return EventEmitter.prototype[capture];
  },
  set(value) {
    if (typeof value !== 'boolean') {
      throw invalidArgument('EventEmitter.captureRejections', 'of type boolean', value);
    }
    EventEmitter.prototype[capture] = value;
  },
});
Object.assign(EventEmitter, {
  once,
  on,
  addAbortListener,
  getEventListeners,
  getMaxListeners,
  setMaxListeners,
  captureRejectionSymbol: rejection,
  errorMonitor,
  usingDomains: false,
  listenerCount(emitter, name) {
    if (typeof emitter.listenerCount === 'function') return emitter.listenerCount(name);
    return EventEmitter.prototype.listenerCount.call(emitter, name);
  },
});
Object.defineProperty(EventEmitter, 'EventEmitterAsyncResource', {
  enumerable: true,
  configurable: true,
  get() {
    EventEmitterAsyncResource ??= makeAsyncResource();
    return EventEmitterAsyncResource;
  },
});

function makeAsyncResource() {
  const { AsyncResource } = require('async_hooks');
  return class EventEmitterAsyncResource extends EventEmitter {
    #resource;

    constructor(options = {}) {
      const name = typeof options === 'string' ? options : (options.name ?? new.target.name);
      super(typeof options === 'string' ? undefined : options);
      this.#resource = new AsyncResource(name);
    }

    emit(...values) {
      if (!(#resource in this)) {
        throw coded(
          TypeError,
          'ERR_INVALID_THIS',
          'Value of "this" must be of type EventEmitterAsyncResource',
        );
      }
      return this.#resource.runInAsyncScope(super.emit, this, ...values);
    }

    emitDestroy() {
      this.#resource.emitDestroy();
    }

    get asyncId() {
      return this.#resource.asyncId();
    }

    get triggerAsyncId() {
      return this.#resource.triggerAsyncId();
    }

    get asyncResource() {
      return this.#resource;
    }
  };
}

// A bundler may have renamed it.
Object.defineProperty(EventEmitter, 'name', { value: 'EventEmitter', configurable: true });

module.exports = EventEmitter;
