// @ts-check
'use strict';

const { PerformanceObserver, constants } = require('node:perf_hooks');

// RSS after full collections, thinned out when there are many: twice the distance, half as many.
const MOST_SAMPLES = 512;
const LEAST_DISTANCE_MS = 50;

/** @typedef {{ hours: number[], megabytes: number[] }} MemorySamples */

const MS_PER_HOUR = 3_600_000;
const MIB = 1024 * 1024;

/** Garbage collection of this thread: pauses, full collections, and the memory that each left. */
class GcMeter {
  #observer;
  #pausesMs = 0;
  #fullGcs = 0;
  #ownMs = 0;
  #begun = performance.now();
  /** @type {MemorySamples} */
  #memory = { hours: [], megabytes: [] };
  #distanceMs = LEAST_DISTANCE_MS;

  constructor() {
    this.#observer = new PerformanceObserver((list) => this.#collect(list.getEntries()));
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** @param {import('node:perf_hooks').PerformanceEntry[]} entries */
  #collect(entries) {
    const now = performance.now();
    let full = 0;
    // @types/node has no `detail` in these entries.
    for (const { startTime, duration, detail } of /** @type {any[]} */ (entries)) {
      // The collections of a moment ago are told, too.
      if (startTime < this.#begun) continue;
      this.#pausesMs += duration;
      if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) full += 1;
    }
    this.#fullGcs += full;
    if (full > 0) this.#sampleMemory(now);
    this.#ownMs += performance.now() - now;
  }

  /** @param {number} now */
  #sampleMemory(now) {
    const { hours, megabytes } = this.#memory;
    const last = hours.length === 0 ? -Infinity : hours[hours.length - 1] * MS_PER_HOUR;
    if (now - last < this.#distanceMs) return;
    if (hours.length === MOST_SAMPLES) {
      /** @param {unknown} _ @param {number} at */
      const everySecond = (_, at) => at % 2 === 1;
      this.#memory = {
        hours: hours.filter(everySecond),
        megabytes: megabytes.filter(everySecond),
      };
      this.#distanceMs *= 2;
    }
    this.#memory.hours.push(now / MS_PER_HOUR);
    this.#memory.megabytes.push(process.memoryUsage.rss() / MIB);
  }

  read() {
    this.#collect(this.#observer.takeRecords());
    return {
      pausesMs: this.#pausesMs,
      fullGcs: this.#fullGcs,
      memory: this.#memory,
      ownMs: this.#ownMs,
    };
  }

  stop() {
    this.#observer.disconnect();
  }
}

exports.GcMeter = GcMeter;
