'use strict';

const assert = require('node:assert/strict');

const { POOL_THREADS } = require('../settings.js');
const { median } = require('../statistics.js');
const { cpuBound } = require('../tasks.js');

// Short calls, many of them: some are never interrupted, even on a busy machine.
const SIZE = { queens: 12, limit: 1_000_000 };
const EXPECTED = { solutions: 14_200, primes: 78_498 };
const WARM_UP = 10;
const PAIRS = 41;

module.exports = {
  title: 'CPU-bound function, compared with inline',
  unit: '× inline',
  target: { kind: 'at most', limit: 1.03, text: '≤ 1.03× inline' },

  /** @param {import('../measure.js').CreatePool} create */
  async measure(create) {
    const pool = create({ threads: POOL_THREADS, eager: true });
    const pooled = pool.task('cpuBound');
    const check = (/** @type {unknown} */ result) => assert.deepEqual(result, EXPECTED);
    for (let run = 0; run < WARM_UP; run++) {
      check(cpuBound(SIZE));
      // Every thread compiles the function for itself.
      (await Promise.all(Array.from({ length: POOL_THREADS }, () => pooled(SIZE)))).forEach(check);
    }
    const inlineTimes = [];
    const pooledTimes = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      // Which goes first changes: a machine that speeds up or slows down favours neither.
      if (pair % 2 === 0) inlineTimes.push(await timed(() => cpuBound(SIZE)));
      pooledTimes.push(await timed(() => pooled(SIZE)));
      if (pair % 2 === 1) inlineTimes.push(await timed(() => cpuBound(SIZE)));
    }
    await pool.end();
    // The target is a matter of per cents, less than what other processes on the machine take from a
    // median. So the fastest call of each is compared: what the function costs when it has the
    // processor to itself. The medians are printed beside it.
    return [
      Math.min(...pooledTimes),
      Math.min(...inlineTimes),
      median(pooledTimes),
      median(inlineTimes),
    ];
  },

  parts: ['fastest: ms in the pool', 'inline', 'median: in the pool', 'inline'],

  /** @param {number[]} times */
  combine: ([pooled, inline]) => pooled / inline,
};

/** @param {() => unknown} call */
async function timed(call) {
  const start = performance.now();
  await call();
  return performance.now() - start;
}
