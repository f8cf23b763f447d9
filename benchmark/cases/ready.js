'use strict';

const assert = require('node:assert/strict');

const { POOL_THREADS } = require('../settings.js');

module.exports = {
  title: 'ready: constructor to first result',
  unit: 'ms',
  target: { kind: 'fraction of best', limit: 1 / 4, text: '≤ 1/4 of the best peer' },

  /** @param {import('../measure.js').CreatePool} create */
  async measure(create) {
    const start = performance.now();
    // Not eager: starting a second thread would only delay the first result.
    const pool = create({ threads: POOL_THREADS, eager: false });
    const result = await pool.task('increment')(41);
    const elapsed = performance.now() - start;
    assert.equal(result, 42);
    await pool.end();
    return elapsed;
  },
};
