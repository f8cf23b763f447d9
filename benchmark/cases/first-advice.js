'use strict';

const assert = require('node:assert/strict');

module.exports = {
  title: 'the first shouldIsolate() of a process, which reads the host',
  unit: 'ms',
  target: { kind: 'at most', limit: 5, text: '≤ 5 ms' },
  only: ['offloop'],
  parts: ['the first advise() after it'],

  async measure() {
    const { advise, shouldIsolate } = require('../..');
    const start = performance.now();
    const isolate = shouldIsolate({ faultTolerance: 'critical' });
    const between = performance.now();
    const { strategy } = advise({ trust: 'untrusted' });
    const end = performance.now();
    assert.equal(typeof isolate, 'boolean');
    assert.equal(strategy, 'child_process');
    return [between - start, end - between];
  },
};
