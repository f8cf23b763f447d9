'use strict';

const assert = require('node:assert/strict');

const { POOL_THREADS } = require('../settings.js');

const WARM_UP = 30_000;
const TASKS = 30_000;

module.exports = {
  title: '30,000 tiny concurrent tasks',
  unit: 'tasks/s',
  target: { kind: 'multiple of best', limit: 5, text: '≥ 5× the best peer' },

  /** @param {import('../measure.js').CreatePool} create */
  async measure(create) {
    const pool = create({ threads: POOL_THREADS, eager: true });
    const increment = pool.task('increment');
    const burst = (/** @type {number} */ tasks) =>
      Promise.all(Array.from({ length: tasks }, (_, index) => increment(index)));
    const expected = (/** @type {number} */ tasks) =>
      Array.from({ length: tasks }, (_, index) => index + 1);

    assert.deepEqual(await burst(WARM_UP), expected(WARM_UP));
    const start = performance.now();
    const results = await burst(TASKS);
    const elapsed = performance.now() - start;
    assert.deepEqual(results, expected(TASKS));
    await pool.end();
    return (TASKS * 1000) / elapsed;
  },
};
