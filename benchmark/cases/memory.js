'use strict';

const assert = require('node:assert/strict');
const { setTimeout: sleep } = require('node:timers/promises');

const FEW = 1;
const MANY = 9;
const SETTLE_MS = 300;

module.exports = {
  title: 'RSS per extra idle thread',
  unit: 'MB',
  target: { kind: 'fraction of best', limit: 1 / 3, text: '≤ 1/3 of the best peer' },

  variants: [FEW, MANY],
  parts: [`MB with ${FEW}`, `MB with ${MANY}`],

  /**
   * @param {import('../measure.js').CreatePool} create
   * @param {number} threads
   */
  async measure(create, threads) {
    const pool = create({ threads, eager: true });
    const arrived = new Int32Array(new SharedArrayBuffer(4));
    const meet = pool.task('meet');
    const results = await Promise.all(
      Array.from({ length: threads }, () => meet({ arrived, threads })),
    );
    assert.deepEqual(results, Array(threads).fill(threads), 'each thread ran one task');
    await sleep(SETTLE_MS);
    return process.memoryUsage.rss() / 2 ** 20;
  },

  /** @param {number[]} rss */
  combine: ([few, many]) => (many - few) / (MANY - FEW),
};
