'use strict';

const assert = require('node:assert/strict');

const { POOL_THREADS } = require('../settings.js');
const { median } = require('../statistics.js');

const WARM_UP = 10_000;
const TRIPS = 5000;

module.exports = {
  title: 'sequential no-op round trip',
  unit: 'µs',
  target: { kind: 'fraction of best', limit: 1 / 2, text: '≤ 1/2 of the best peer' },

  /** @param {import('../measure.js').CreatePool} create */
  async measure(create) {
    const pool = create({ threads: POOL_THREADS, eager: true });
    assert.equal(await pool.task('increment')(41), 42);
    const noop = pool.task('noop');
    for (let trip = 0; trip < WARM_UP; trip++) assert.equal(await noop(), undefined);
    const times = new Float64Array(TRIPS);
    for (let trip = 0; trip < TRIPS; trip++) {
      const start = performance.now();
      await noop();
      times[trip] = performance.now() - start;
    }
    await pool.end();
    return median(times) * 1000;
  },
};
