// @ts-check
'use strict';

const { Distribution } = require('./distribution.js');

const BUCKETS_PER_DOUBLING = 64;
const SHORTEST_MS = 1 / 1024;
// From 1 µs to 36 hours.
const DOUBLINGS = 37;

const middles = Float64Array.from(
  { length: DOUBLINGS * BUCKETS_PER_DOUBLING + 1 },
  (_, at) => SHORTEST_MS * 2 ** ((at + 0.5) / BUCKETS_PER_DOUBLING),
);

/** Counts durations within 0.6 % of their length, in memory that does not grow. */
class LogHistogram {
  #counts = new Float64Array(middles.length);

  /** @param {number} ms */
  record(ms) {
    const at = Math.floor(Math.log2(ms / SHORTEST_MS) * BUCKETS_PER_DOUBLING);
    // NaN and what is below the shortest go into the first bucket.
    this.#counts[at > 0 ? Math.min(at, middles.length - 1) : 0] += 1;
  }

  distribution() {
    return Distribution.between(middles, this.#counts, null);
  }
}

exports.LogHistogram = LogHistogram;
