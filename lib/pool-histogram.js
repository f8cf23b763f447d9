// @ts-check
'use strict';

const { DurationHistogram } = require('./duration-histogram.js');

/** @typedef {import('./native.js').NativeDurations} NativeDurations */

/**
 * How long a pool's tasks waited, ran and were cloned. Threads count; what they have counted is
 * fetched when somebody looks, so that a run pays nothing for it here.
 */
class PoolHistogram {
  #take;
  #wait = new DurationHistogram();
  #run = new DurationHistogram();
  #cloneIn = new DurationHistogram();
  #cloneOut = new DurationHistogram();

  /** @param {() => NativeDurations} take what was counted since the last call */
  constructor(take) {
    this.#take = take;
  }

  get waitTime() {
    this.#fetch();
    return this.#wait.summary();
  }

  get runTime() {
    this.#fetch();
    return this.#run.summary();
  }

  get cloneInTime() {
    this.#fetch();
    return this.#cloneIn.summary();
  }

  get cloneOutTime() {
    this.#fetch();
    return this.#cloneOut.summary();
  }

  /** All four, of the same moment. */
  summaries() {
    this.#fetch();
    return {
      waitTime: this.#wait.summary(),
      runTime: this.#run.summary(),
      cloneInTime: this.#cloneIn.summary(),
      cloneOutTime: this.#cloneOut.summary(),
    };
  }

  resetWaitTime() {
    this.#fetch();
    this.#wait.reset();
  }

  resetRunTime() {
    this.#fetch();
    this.#run.reset();
  }

  reset() {
    this.#fetch();
    for (const histogram of [this.#wait, this.#run, this.#cloneIn, this.#cloneOut]) {
      histogram.reset();
    }
  }

  #fetch() {
    const { waits, runs, clonesIn, clonesOut } = this.#take();
    this.#wait.add(waits);
    this.#run.add(runs);
    this.#cloneIn.add(clonesIn);
    this.#cloneOut.add(clonesOut);
  }
}

exports.PoolHistogram = PoolHistogram;
