// @ts-check
'use strict';

const v8 = require('node:v8');

const { breakEven, breakEvenText } = require('./break-even.js');
const { timeDelivery } = require('./completions.js');
const { AbortError, invalidRange, invalidType, refusedOption } = require('./errors.js');
const { nameOf } = require('./function-source.js');
const { offload } = require('./offload.js');
const { isOptionsObject } = require('./options.js');
const { hidingOwnFrames, withoutOwnFrames } = require('./stack.js');
const { latestTask } = require('./task.js');

/** @typedef {import('./binding').AnyFunction} AnyFunction */
/** @typedef {import('../index.js').OffloadMeasurement} OffloadMeasurement */
/** @typedef {(...args: any[]) => Promise<any>} Offloaded */

const DEFAULT_BUDGET_MS = 1000;
const LEAST_BUDGET_MS = 10;
const WARM_UP_SHARE = 0.1;
const INLINE_SHARE = 0.5;
const MOST_RUNS = 2000;
/** A clock read costs 50 ns: shorter calls are timed several at a time. */
const LEAST_SAMPLE_MS = 0.02;
const MOST_IN_A_SAMPLE = 10_000;
/** Other work of the loop has its turn after this long. */
const SLICE_MS = 10;

/**
 * Runs a function inline and offloaded, and tells whether offloading is worth it.
 * @param {AnyFunction} fn
 * @param {unknown[]} [sampleArgs] every run gets these very values
 * @param {unknown} [options] those of `offload`, and `budgetMs`
 * @returns {Promise<OffloadMeasurement>}
 */
async function measureOffload(fn, sampleArgs = [], options = undefined) {
  const { args, budgetMs, signal, offloadOptions, name } = hidingOwnFrames(() =>
    readArguments(sampleArgs, options),
  );
  // First of all: what cannot travel is refused before anything runs.
  const offloaded = /** @type {Offloaded} */ (offload(fn, offloadOptions));

  const inline = new InlineRuns(fn, args, signal);
  await inline.warmUp(budgetMs * WARM_UP_SHARE);
  await inline.measure(budgetMs * INLINE_SHARE);

  const away = new OffloadedRuns(offloaded, args);
  await away.measure(budgetMs * (1 - INLINE_SHARE));

  const p50Ms = quantile(inline.times, 0.5);
  const dispatchMs = quantile(away.dispatches, 0.5);
  const deliverMs = quantile(away.deliveries, 0.5);
  const mainThreadMs = dispatchMs + deliverMs;
  const verdict = breakEven(p50Ms, mainThreadMs);
  const measured = {
    name: name ?? (nameOf(fn) || '(anonymous)'),
    p50Ms,
    p99Ms: quantile(inline.times, 0.99),
    mainThreadMs,
    argumentBytes: serializedBytes(args),
    resultBytes: serializedBytes(inline.result),
    runs: inline.times.length,
    roundTripMs: quantile(away.roundTrips, 0.5),
    dispatchMs,
    deliverMs,
    verdict,
  };
  return { ...measured, text: breakEvenText(measured) };
}

/** Calls in the caller's own realm. */
class InlineRuns {
  #fn;
  #args;
  #signal;
  /** Of one sample. */
  #calls = 1;
  #turnAt = performance.now();
  /** Milliseconds of one call, ascending once measured. @type {number[]} */
  times = [];
  /** @type {unknown} */
  result;

  /**
   * @param {AnyFunction} fn
   * @param {unknown[]} args
   * @param {AbortSignal | undefined} signal
   */
  constructor(fn, args, signal) {
    this.#fn = fn;
    this.#args = args;
    this.#signal = signal;
  }

  /**
   * Calls until V8 has had the time to optimize. A single call that takes longer is a sample already.
   * @param {number} budgetMs
   */
  async warmUp(budgetMs) {
    const begun = performance.now();
    let calls = 0;
    let ms = 0;
    do {
      ms = await this.#sample();
      calls += this.#calls;
      if (ms * this.#calls < LEAST_SAMPLE_MS) {
        this.#calls = Math.min(MOST_IN_A_SAMPLE, this.#calls * 2);
      }
    } while (performance.now() - begun < budgetMs);
    if (calls === 1) this.times.push(ms);
  }

  /** @param {number} budgetMs */
  async measure(budgetMs) {
    const begun = performance.now();
    // A single call that took most of the budget has told enough.
    const spent = this.times.length === 0 ? 0 : this.times[0];
    while (
      this.times.length < MOST_RUNS &&
      (this.times.length === 0 || performance.now() - begun + spent < budgetMs)
    ) {
      this.times.push(await this.#sample());
    }
    this.times.sort(ascending);
  }

  /** Milliseconds of one call, on average over one sample. @returns {Promise<number>} */
  async #sample() {
    if (performance.now() - this.#turnAt > SLICE_MS) {
      await turn();
      this.#turnAt = performance.now();
    }
    if (this.#signal !== undefined && this.#signal.aborted) {
      throw withoutOwnFrames(new AbortError(this.#signal.reason));
    }
    const before = performance.eventLoopUtilization();
    const begun = performance.now();
    let result = this.#fn(...this.#args);
    if (isThenable(result)) {
      this.#calls = 1;
      result = await result;
      const wall = performance.now() - begun;
      this.result = result;
      // What the loop did while the function waited for something is not the function's.
      return Math.max(0, wall - performance.eventLoopUtilization(before).idle);
    }
    for (let call = 1; call < this.#calls; call += 1) result = this.#fn(...this.#args);
    const ms = (performance.now() - begun) / this.#calls;
    this.result = result;
    return ms;
  }
}

/** Calls in an isolate, with what each costs this thread. */
class OffloadedRuns {
  #offloaded;
  #args;
  /** @type {number[]} */
  dispatches = [];
  /** @type {number[]} */
  deliveries = [];
  /** @type {number[]} */
  roundTrips = [];

  /**
   * @param {Offloaded} offloaded
   * @param {unknown[]} args
   */
  constructor(offloaded, args) {
    this.#offloaded = offloaded;
    this.#args = args;
  }

  /** @param {number} budgetMs */
  async measure(budgetMs) {
    const begun = performance.now();
    // The first makes the isolate and compiles the function.
    await this.#run();
    const first = this.roundTrips[0];
    if (first < budgetMs) {
      this.#forget();
      do await this.#run();
      while (this.dispatches.length < MOST_RUNS && performance.now() - begun < budgetMs);
    }
    this.dispatches.sort(ascending);
    this.deliveries.sort(ascending);
    this.roundTrips.sort(ascending);
  }

  #forget() {
    this.dispatches = [];
    this.deliveries = [];
    this.roundTrips = [];
  }

  async #run() {
    const before = latestTask();
    const begun = performance.now();
    const promise = this.#offloaded(...this.#args);
    const sent = performance.now();
    const taskId = latestTask();
    let deliverMs = 0;
    const takeBack =
      taskId === before
        ? undefined
        : timeDelivery(taskId, (ms) => {
            deliverMs = ms;
          });
    try {
      await promise;
    } finally {
      takeBack?.();
    }
    this.roundTrips.push(performance.now() - begun);
    this.dispatches.push(sent - begun);
    this.deliveries.push(deliverMs);
  }
}

/**
 * @param {unknown} sampleArgs
 * @param {unknown} options
 */
function readArguments(sampleArgs, options) {
  if (!Array.isArray(sampleArgs)) {
    throw invalidType("argument 'sampleArgs'", sampleArgs, 'an array: one element an argument');
  }
  if (options !== undefined && !isOptionsObject(options)) {
    throw invalidType('options', options, 'an object of options for measureOffload()');
  }
  /** @type {Record<string, any>} */
  const offloadOptions = Object.assign(Object.create(null), options);
  const { budgetMs = DEFAULT_BUDGET_MS, name, signal, transferList } = offloadOptions;
  delete offloadOptions.budgetMs;
  const expectation = `milliseconds: a number of at least ${LEAST_BUDGET_MS}`;
  if (typeof budgetMs !== 'number') throw invalidType("option 'budgetMs'", budgetMs, expectation);
  if (!(budgetMs >= LEAST_BUDGET_MS && budgetMs < Infinity)) {
    throw invalidRange("option 'budgetMs'", budgetMs, expectation);
  }
  if (transferList !== undefined) {
    throw refusedOption(
      'transferList',
      "option 'transferList' cannot be measured: the first of many runs would detach the buffers; " +
        'leave it out, which measures the copy',
    );
  }
  return { args: [...sampleArgs], budgetMs, name, signal, offloadOptions };
}

/** @param {any} value */
function isThenable(value) {
  return typeof value === 'object' && value !== null && typeof value.then === 'function';
}

/**
 * @param {number[]} sorted
 * @param {number} q
 */
function quantile(sorted, q) {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}

/** @param {number} a @param {number} b */
function ascending(a, b) {
  return a - b;
}

/** @param {unknown} value @returns {number | undefined} undefined: V8 alone cannot say */
function serializedBytes(value) {
  try {
    return v8.serialize(value).length;
  } catch {
    return undefined;
  }
}

/** @returns {Promise<void>} */
function turn() {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

exports.measureOffload = measureOffload;
