/*
 * Timers: JavaScript keeps what to call, the bridge keeps the time. A delay of 0 stands for an
 * immediate.
 */
function makeTimers(native, { Symbol, apply }, errors) {
  const LONGEST = 2 ** 31 - 1;
  // V8 has it since Node 24.
  const dispose = Symbol.dispose ?? Symbol('Symbol.dispose');

  // By id. No id is used again: a timer kept from an earlier task cannot meet a new one's.
  let armed = { __proto__: null };
  let lastId = 0;
  let task = 0;
  let stateOf;
  let immediateState;

  function arm(timer) {
    armed[timer.id] = timer;
    native.timer(timer.id, timer.delay, timer.repeat, timer.ref);
  }

  function disarm(timer) {
    timer.cleared = true;
    if (armed[timer.id] !== timer) return;
    delete armed[timer.id];
    native.untimer(timer.id);
  }

  function setRef(timer, ref) {
    if (timer.ref === ref) return;
    timer.ref = ref;
    if (armed[timer.id] === timer) native.timerRef(timer.id, ref);
  }

  function newTimer(callback, args, delay, repeat) {
    return {
      id: ++lastId,
      callback,
      args,
      delay,
      repeat,
      ref: true,
      cleared: false,
      numbered: false,
      task,
      // What AsyncLocalStorage had when it was started; undefined while nobody uses that.
      frame: native.frame(),
      receiver: undefined,
    };
  }

  class Timeout {
    #timer;

    constructor(timer) {
      this.#timer = timer;
      timer.receiver = this;
    }

    static {
      stateOf = (value) =>
        typeof value === 'object' && value !== null && #timer in value ? value.#timer : undefined;
    }

    refresh() {
      const timer = this.#timer;
      if (!timer.cleared && timer.task === task) arm(timer);
      return this;
    }

    unref() {
      setRef(this.#timer, false);
      return this;
    }

    ref() {
      setRef(this.#timer, true);
      return this;
    }

    hasRef() {
      return this.#timer.ref;
    }

    close() {
      disarm(this.#timer);
      return this;
    }

    [dispose]() {
      disarm(this.#timer);
    }

    [Symbol.toPrimitive]() {
      this.#timer.numbered = true;
      return this.#timer.id;
    }
  }

  class Immediate {
    #timer;

    constructor(timer) {
      this.#timer = timer;
      timer.receiver = this;
    }

    static {
      immediateState = (value) =>
        typeof value === 'object' && value !== null && #timer in value ? value.#timer : undefined;
    }

    ref() {
      if (armed[this.#timer.id] !== undefined) setRef(this.#timer, true);
      return this;
    }

    unref() {
      if (armed[this.#timer.id] !== undefined) setRef(this.#timer, false);
      return this;
    }

    hasRef() {
      return armed[this.#timer.id] !== undefined && this.#timer.ref;
    }

    [dispose]() {
      disarm(this.#timer);
    }
  }

  function checkCallback(callback) {
    if (typeof callback === 'function') return;
    throw errors().invalidArgument('callback', 'of type function', callback, checkCallback);
  }

  function start(callback, after, args, repeat) {
    // Coerced once, as Node does: a BigInt or a symbol throws here.
    let delay = after === undefined ? 1 : after * 1;
    if (!(delay >= 1 && delay <= LONGEST)) delay = 1;
    const timer = newTimer(callback, args, delay | 0, repeat);
    const timeout = new Timeout(timer);
    arm(timer);
    return timeout;
  }

  function setTimeout(callback, after, ...args) {
    checkCallback(callback);
    return start(callback, after, args, false);
  }

  function setInterval(callback, repeat, ...args) {
    checkCallback(callback);
    return start(callback, repeat, args, true);
  }

  function setImmediate(callback, ...args) {
    checkCallback(callback);
    const timer = newTimer(callback, args, 0, false);
    const immediate = new Immediate(timer);
    arm(timer);
    return immediate;
  }

  function clearTimeout(timer) {
    const known = stateOf(timer);
    if (known !== undefined) {
      disarm(known);
    } else if (typeof timer === 'number' || typeof timer === 'string') {
      const numbered = armed[timer];
      if (numbered !== undefined && numbered.numbered) disarm(numbered);
    }
  }

  function clearInterval(timer) {
    clearTimeout(timer);
  }

  function clearImmediate(immediate) {
    const known = immediateState(immediate);
    if (known !== undefined) disarm(known);
  }

  return {
    setTimeout,
    setInterval,
    setImmediate,
    clearTimeout,
    clearInterval,
    clearImmediate,
    /** A timer is due. What its callback throws is the bridge's to report. */
    fire(id) {
      const timer = armed[id];
      if (timer === undefined) return;
      // Before the call: `refresh` in the callback arms it again.
      if (!timer.repeat) delete armed[id];
      if (timer.frame === undefined) {
        apply(timer.callback, timer.receiver, timer.args);
        return;
      }
      native.frame(timer.frame);
      try {
        apply(timer.callback, timer.receiver, timer.args);
      } finally {
        native.frame(undefined);
      }
    },
    /** The task has settled; the bridge forgets its timers, too. */
    reset() {
      armed = { __proto__: null };
      task++;
    },
  };
}
