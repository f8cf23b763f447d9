// @ts-check
'use strict';

const { createHistogram } = require('node:perf_hooks');

const NANOSECONDS_PER_MS = 1e6;
// Two figures, up to 39 hours: the buckets in which src/pool/durations.rs counts.
const OPTIONS = { lowest: 1, highest: 2 ** 47 - 1, figures: 2 };

const PERCENTILES = Object.freeze(
  /** @type {const} */ ([
    ['p0_001', 0.001],
    ['p0_01', 0.01],
    ['p0_1', 0.1],
    ['p1', 1],
    ['p2_5', 2.5],
    ['p10', 10],
    ['p25', 25],
    ['p50', 50],
    ['p75', 75],
    ['p90', 90],
    ['p97_5', 97.5],
    ['p99', 99],
    ['p99_9', 99.9],
    ['p99_99', 99.99],
    ['p99_999', 99.999],
  ]),
);

/** @typedef {import('../index.js').DurationSummary} DurationSummary */

/**
 * A histogram of Node's, in nanoseconds, that takes durations counted elsewhere. Node's takes them
 * one by one only, so many at once come by doubling.
 */
class DurationHistogram {
  /** @type {import('node:perf_hooks').RecordableHistogram | null} null: nothing was counted yet */
  #histogram = null;

  /**
   * @param {number[]} counted nanoseconds and how many, in turn
   */
  add(counted) {
    if (counted.length === 0) return;
    let most = 0;
    for (let at = 1; at < counted.length; at += 2) most = Math.max(most, counted[at]);
    const sum = createHistogram(OPTIONS);
    const copy = createHistogram(OPTIONS);
    for (let bit = 2 ** Math.floor(Math.log2(most)); bit >= 1; bit /= 2) {
      if (sum.count > 0) {
        copy.reset();
        copy.add(sum);
        sum.add(copy);
      }
      for (let at = 0; at < counted.length; at += 2) {
        if (Math.floor(counted[at + 1] / bit) % 2 === 1) sum.record(Math.max(1, counted[at]));
      }
    }
    if (this.#histogram === null) this.#histogram = sum;
    else this.#histogram.add(sum);
  }

  reset() {
    this.#histogram = null;
  }

  /** @returns {Readonly<DurationSummary>} */
  summary() {
    const histogram = this.#histogram;
    /** @type {(nanoseconds: number) => number} */
    const ms = (nanoseconds) => nanoseconds / NANOSECONDS_PER_MS;
    const mean = histogram === null ? 0 : ms(histogram.mean);
    const summary = {
      count: histogram === null ? 0 : histogram.count,
      average: mean,
      mean,
      stddev: histogram === null ? 0 : ms(histogram.stddev),
      min: histogram === null ? 0 : ms(histogram.min),
      max: histogram === null ? 0 : ms(histogram.max),
    };
    for (const [name, percentile] of PERCENTILES) {
      /** @type {any} */ (summary)[name] =
        histogram === null ? 0 : ms(histogram.percentile(percentile));
    }
    return Object.freeze(/** @type {DurationSummary} */ (summary));
  }
}

exports.DurationHistogram = DurationHistogram;
