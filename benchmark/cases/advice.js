'use strict';

const assert = require('node:assert/strict');

const { median } = require('../statistics.js');

const CALLS = 500;

/** A question with everything in it: the more facts, the more flips are searched. */
function question(/** @type {number} */ index) {
  return /** @type {const} */ ([
    { workload: 'mixed', requestsPerSecond: 300 + index / 100, cpuMsPerRequest: 2, sloP99Ms: 100 },
    {
      evidence: {
        windowSeconds: 60,
        uptimeSeconds: 100,
        requests: 18_000,
        iterations: 14_000,
        utilization: 0.6,
        iterationP99Ms: 12,
        rssMb: 120,
        functions: [{ name: 'render', p50Ms: 12, share: 0.4, mainThreadMs: 0.3 }],
      },
    },
  ]);
}

module.exports = {
  title: 'advise() with evidence, after the first call',
  unit: 'ms',
  target: { kind: 'at most', limit: 1, text: '≤ 1 ms' },
  only: ['offloop'],
  parts: ['slowest of a hundred', 'shouldIsolate()'],

  async measure() {
    const { advise, shouldIsolate } = require('../..');
    advise(...question(0));
    const advices = [];
    const booleans = [];
    for (let index = 1; index <= CALLS; index++) {
      advices.push(time(() => assert.equal(advise(...question(index)).isolate, false)));
      booleans.push(time(() => shouldIsolate({ workload: 'io', traffic: 'low' })));
    }
    advices.sort((a, b) => a - b);
    const slow = advices[Math.floor(0.99 * CALLS)];
    return [median(advices), slow, median(booleans)];
  },
};

/** @param {() => unknown} call */
function time(call) {
  const start = performance.now();
  call();
  return performance.now() - start;
}
