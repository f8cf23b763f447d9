// @ts-check
'use strict';

const NANOSECONDS_PER_MS = 1e6;
// Neighbouring buckets of a histogram that is read by ranks are at most so far apart.
const RESOLUTION = 1.015;

/**
 * How long things took, counted: `ms` ascending, `count` how many took about so long.
 * @typedef {object} Counts
 * @property {number[]} ms
 * @property {number[]} count
 */

/** Durations by length. Immutable. */
class Distribution {
  /** @type {number[]} */
  #ms;
  /** @type {number[]} */
  #count;

  /**
   * @param {number[]} ms ascending
   * @param {number[]} count as many, each above 0
   */
  constructor(ms, count) {
    this.#ms = ms;
    this.#count = count;
    this.size = count.reduce((sum, n) => sum + n, 0);
  }

  /**
   * What was counted between two states of the same buckets.
   * @param {ArrayLike<number>} middles of the buckets, in ms
   * @param {ArrayLike<number>} now
   * @param {ArrayLike<number> | null} before null: nothing
   */
  static between(middles, now, before) {
    const ms = [];
    const count = [];
    for (let at = 0; at < now.length; at += 1) {
      const counted = now[at] - (before === null ? 0 : before[at]);
      if (counted > 0) {
        ms.push(middles[at]);
        count.push(counted);
      }
    }
    return new Distribution(ms, count);
  }

  /**
   * Reads a histogram of Node's, which answers for ranks only: the value at a rank, halving until
   * the values at both ends of a range of ranks are next to each other.
   * @param {import('node:perf_hooks').IntervalHistogram} histogram in nanoseconds
   */
  static ofNodeHistogram(histogram) {
    const total = histogram.count;
    /** @type {number[]} */
    const ms = [];
    /** @type {number[]} */
    const count = [];
    /** @param {number} rank from 1 */
    const valueAt = (rank) => histogram.percentile((100 * rank) / total) / NANOSECONDS_PER_MS;
    /**
     * @param {number} value
     * @param {number} howMany
     */
    const add = (value, howMany) => {
      if (howMany <= 0) return;
      if (ms.length > 0 && ms[ms.length - 1] === value) count[count.length - 1] += howMany;
      else {
        ms.push(value);
        count.push(howMany);
      }
    };
    /**
     * The ranks above `low` up to `high`.
     * @param {number} low
     * @param {number} lowest the value at `low`
     * @param {number} high
     * @param {number} highest
     */
    const walk = (low, lowest, high, highest) => {
      if (high - low <= 1 || highest <= lowest * RESOLUTION) {
        add(high - low === 1 ? highest : (lowest + highest) / 2, high - low);
        return;
      }
      const middle = Math.floor((low + high) / 2);
      const value = valueAt(middle);
      walk(low, lowest, middle, value);
      walk(middle, value, high, highest);
    };
    if (total > 0) {
      const first = valueAt(1);
      add(first, 1);
      walk(1, first, total, valueAt(total));
    }
    return new Distribution(ms, count);
  }

  /** Those of at least this length. @param {number} leastMs */
  from(leastMs) {
    const at = this.#ms.findIndex((ms) => ms >= leastMs);
    if (at === -1) return new Distribution([], []);
    return new Distribution(this.#ms.slice(at), this.#count.slice(at));
  }

  /**
   * The length that the share `q` does not exceed; undefined when nothing was counted.
   * @param {number} q 0 to 1
   */
  quantile(q) {
    const rank = Math.max(1, Math.ceil(q * this.size));
    let passed = 0;
    for (let at = 0; at < this.#ms.length; at += 1) {
      passed += this.#count[at];
      if (passed >= rank) return this.#ms[at];
    }
    return undefined;
  }

  /** All lengths together, in ms. */
  get total() {
    return this.#ms.reduce((sum, ms, at) => sum + ms * this.#count[at], 0);
  }

  /** @returns {Counts} */
  toCounts() {
    return { ms: [...this.#ms], count: [...this.#count] };
  }
}

exports.Distribution = Distribution;
