const { AsyncLocalStorage, within } = require('internal/als');
const { checkFunction, checkString, invalidArgument, unavailable } = require('./internal/errors');

// 1 is what runs the task itself, as Node numbers its main script.
const ROOT = 1;
let last = ROOT;
let current = ROOT;

class AsyncResource {
  #id = ++last;
  #trigger;
  #frame = native.frame();

  constructor(type, options = {}) {
    checkString(type, 'type');
    const trigger = typeof options === 'number' ? options : options.triggerAsyncId;
    if (trigger !== undefined && (!Number.isSafeInteger(trigger) || trigger < -1)) {
      throw invalidArgument('triggerAsyncId', 'an integer from -1', trigger);
    }
    this.#trigger = trigger ?? current;
  }

  static bind(callback, type, receiver) {
    return new AsyncResource(type || callback.name || 'bound-anonymous-fn').bind(
      callback,
      receiver,
    );
  }

  runInAsyncScope(callback, receiver, ...values) {
    const before = current;
    current = this.#id;
    try {
      return within(this.#frame, callback, receiver, values);
    } finally {
      current = before;
    }
  }

  bind(callback, receiver) {
    checkFunction(callback, 'fn');
    const resource = this;
    const bound =
      receiver === undefined
        ? function bound(...values) {
            return resource.runInAsyncScope(callback, this, ...values);
          }
        : (...values) => resource.runInAsyncScope(callback, receiver, ...values);
    return Object.defineProperty(bound, 'length', { value: callback.length, configurable: true });
  }

  emitDestroy() {
    return this;
  }

  asyncId() {
    return this.#id;
  }

  triggerAsyncId() {
    return this.#trigger;
  }
}

module.exports = {
  AsyncLocalStorage,
  AsyncResource,
  createHook() {
    throw unavailable(
      'async_hooks.createHook()',
      'AsyncLocalStorage and AsyncResource work.',
      module.exports.createHook,
    );
  },
  executionAsyncId: () => current,
  triggerAsyncId: () => ROOT,
  executionAsyncResource: () => ({}),
  asyncWrapProviders: Object.freeze({ __proto__: null, NONE: 0 }),
};
