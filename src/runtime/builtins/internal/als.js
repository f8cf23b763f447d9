/**
 * AsyncLocalStorage over the value that V8 hands on to promise reactions and continuations. Timers, ticks and
 * microtasks take it along in the prelude and in `process`.
 */
const { frame } = native;

class AsyncLocalStorage {
  #disabled = false;
  #defaultValue;
  #name;

  constructor(options = {}) {
    this.#defaultValue = options.defaultValue;
    this.#name = options.name === undefined ? '' : `${options.name}`;
  }

  static bind(callback) {
    const inherited = frame();
    return function bound(...values) {
      return within(inherited, callback, this, values);
    };
  }

  static snapshot() {
    const inherited = frame();
    return (callback, ...values) => within(inherited, callback, undefined, values);
  }

  get name() {
    return this.#name;
  }

  run(store, callback, ...values) {
    this.#disabled = false;
    return within(new Map(frame()).set(this, store), callback, undefined, values);
  }

  exit(callback, ...values) {
    const without = new Map(frame());
    without.delete(this);
    return within(without, callback, undefined, values);
  }

  enterWith(store) {
    this.#disabled = false;
    frame(new Map(frame()).set(this, store));
  }

  getStore() {
    if (this.#disabled) return this.#defaultValue;
    const stores = frame();
    return stores?.has(this) ? stores.get(this) : this.#defaultValue;
  }

  disable() {
    this.#disabled = true;
  }

  withScope(store) {
    const before = frame();
    this.enterWith(store);
    return {
      [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
        frame(before);
      },
    };
  }
}

function within(stores, callback, receiver, values) {
  const before = frame();
  frame(stores);
  try {
    return Reflect.apply(callback, receiver, values);
  } finally {
    frame(before);
  }
}

module.exports = { AsyncLocalStorage, within };
