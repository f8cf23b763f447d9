/** The events and aborts of the web, for the globals and for `events`, `stream`, `timers/promises`. */
const { Event, EventTarget, defineEventAttribute, setErrorHandler } = require('event-target-shim');
const { coded } = require('./errors');

const { DOMException, queueMicrotask, setTimeout } = globalThis;

// As an uncaught error, like Node: not as a message on the console.
setErrorHandler((error) => {
  queueMicrotask(() => {
    throw error;
  });
});

class CustomEvent extends Event {
  #detail;

  constructor(type, options) {
    super(type, options);
    this.#detail = options?.detail ?? null;
  }

  get detail() {
    return this.#detail;
  }
}

const MAKE = Symbol('make');

class AbortSignal extends EventTarget {
  #aborted = false;
  #reason;

  constructor(token) {
    if (token !== MAKE) throw coded(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor');
    super();
  }

  static #abort(signal, reason) {
    if (signal.#aborted) return;
    signal.#aborted = true;
    signal.#reason =
      reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
    signal.dispatchEvent(new Event('abort'));
  }

  static {
    this.prototype[MAKE] = function abort(reason) {
      AbortSignal.#abort(this, reason);
    };
  }

  static abort(reason) {
    const signal = new AbortSignal(MAKE);
    AbortSignal.#abort(signal, reason);
    return signal;
  }

  static timeout(milliseconds) {
    const signal = new AbortSignal(MAKE);
    const reason = () =>
      new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    setTimeout(() => AbortSignal.#abort(signal, reason()), milliseconds).unref();
    return signal;
  }

  static any(signals) {
    const combined = new AbortSignal(MAKE);
    const sources = [...signals];
    const stop = ({ target }) => {
      for (const source of sources) source.removeEventListener('abort', stop);
      AbortSignal.#abort(combined, target.reason);
    };
    const aborted = sources.find((source) => source.aborted);
    if (aborted) AbortSignal.#abort(combined, aborted.reason);
    else for (const source of sources) source.addEventListener('abort', stop);
    return combined;
  }

  get aborted() {
    return this.#aborted;
  }

  get reason() {
    return this.#reason;
  }

  throwIfAborted() {
    if (this.#aborted) throw this.#reason;
  }

  get [Symbol.toStringTag]() {
    return 'AbortSignal';
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) {
    return depth < 0
      ? '[AbortSignal]'
      : `AbortSignal ${inspect({ aborted: this.aborted }, options)}`;
  }
}
defineEventAttribute(AbortSignal.prototype, 'abort');

class AbortController {
  #signal = new AbortSignal(MAKE);

  get signal() {
    return this.#signal;
  }

  abort(reason) {
    this.#signal[MAKE](reason);
  }

  get [Symbol.toStringTag]() {
    return 'AbortController';
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) {
    return depth < 0
      ? '[AbortController]'
      : `AbortController ${inspect({ signal: this.signal }, options)}`;
  }
}

module.exports = { AbortController, AbortSignal, CustomEvent, Event, EventTarget };
