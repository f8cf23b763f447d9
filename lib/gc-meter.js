// @ts-check
'use strict';

const native = require('./native.js');

// V8 tells the native side of each collection. A PerformanceObserver would tell the same, at 50 to 90 µs of this thread
// for each: more than 1 % of a server that makes garbage.

// RSS after full collections, thinned out when there are many: twice the distance, half as many.
const MOST_SAMPLES = 512;
const LEAST_DISTANCE_MS = 50;

/** @typedef {{ hours: number[], megabytes: number[] }} MemorySamples */

const MS_PER_HOUR = 3_600_000;
const MIB = 1024 * 1024;
const NOTHING = Object.freeze({ pausesMs: 0, full: 0 });

const collections = () => native.loopMonitorCollections() ?? NOTHING;

/** Garbage collection of this thread: pauses, full collections, and the memory that these left. */
class GcMeter {
  #before;
  #fullSeen;
  #ownMs = 0;
  /** @type {MemorySamples} */
  #memory = { hours: [], megabytes: [] };
  #distanceMs = LEAST_DISTANCE_MS;
  #lastMs = -Infinity;

  constructor() {
    native.loopMonitorStart();
    this.#before = collections();
    this.#fullSeen = this.#before.full;
  }

  /** Now and then: notes the memory when a full collection has been since. */
  sample() {
    const now = performance.now();
    const { full } = collections();
    if (full > this.#fullSeen && now - this.#lastMs >= this.#distanceMs) {
      this.#fullSeen = full;
      this.#lastMs = now;
      if (this.#memory.hours.length === MOST_SAMPLES) this.#thinOut();
      this.#memory.hours.push(now / MS_PER_HOUR);
      this.#memory.megabytes.push(process.memoryUsage.rss() / MIB);
    }
    this.#ownMs += performance.now() - now;
  }

  #thinOut() {
    /** @param {unknown} _ @param {number} at */
    const everySecond = (_, at) => at % 2 === 1;
    const { hours, megabytes } = this.#memory;
    this.#memory = { hours: hours.filter(everySecond), megabytes: megabytes.filter(everySecond) };
    this.#distanceMs *= 2;
  }

  read() {
    this.sample();
    const now = collections();
    return {
      pausesMs: now.pausesMs - this.#before.pausesMs,
      fullGcs: now.full - this.#before.full,
      memory: this.#memory,
      ownMs: this.#ownMs,
    };
  }

  stop() {
    native.loopMonitorStop();
  }
}

exports.GcMeter = GcMeter;
