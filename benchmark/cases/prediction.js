'use strict';

const assert = require('node:assert/strict');

const { median } = require('../statistics.js');

const PREDICTIONS = 9;

module.exports = {
  title: 'predict(): all strategies, 200,000 requests each and 30 × 5,000 for the bounds',
  unit: 'ms',
  target: { kind: 'at most', limit: 300, text: '≤ 300 ms' },
  only: ['offloop'],
  parts: ['ms of the main loop', 'the first', 'under a quota of half a core'],

  async measure() {
    const { advise } = require('../..');
    const predict = async (/** @type {object} */ host, /** @type {number} */ rate) => {
      const functions = [{ name: 'report', p50Ms: 20, p99Ms: 45, callsPerSecond: rate / 10 }];
      const advice = advise(
        { workload: 'mixed', requestsPerSecond: rate, cpuMsPerRequest: 4 },
        { host, evidence: { functions } },
      );
      const idle = performance.eventLoopUtilization();
      const start = performance.now();
      const predictions = await advice.predict();
      const elapsed = performance.now() - start;
      assert.ok(predictions.length >= 5);
      return { elapsed, busy: performance.eventLoopUtilization(idle).active };
    };
    const cores = { effectiveCores: 4, cpuQuota: 'none' };
    const first = await predict(cores, 150);
    const times = [];
    const busy = [];
    const throttled = [];
    for (let index = 1; index <= PREDICTIONS; index++) {
      const one = await predict(cores, 150 + index);
      times.push(one.elapsed);
      busy.push(one.busy);
      throttled.push((await predict({ effectiveCores: 0.5, cpuQuota: 0.5 }, 80)).elapsed);
    }
    return [median(times), median(busy), first.elapsed, median(throttled)];
  },
};
