'use strict';

const assert = require('node:assert/strict');
const { createHistogram } = require('node:perf_hooks');
const { test } = require('node:test');

const { Distribution } = require('../lib/distribution.js');
const { LogHistogram } = require('../lib/log-histogram.js');

test('a window is the difference of two states', () => {
  const window = Distribution.between([1, 2, 4, 8], [5, 5, 3, 1], [5, 2, 0, 1]);
  assert.deepEqual(window.toCounts(), { ms: [2, 4], count: [3, 3] });
  assert.equal(window.size, 6);
  assert.equal(window.total, 18);
  assert.deepEqual(
    [0, 0.5, 0.51, 1].map((q) => window.quantile(q)),
    [2, 2, 4, 4],
  );
  assert.deepEqual(window.from(3).toCounts(), { ms: [4], count: [3] });
  assert.equal(window.from(5).size, 0);
});

test('nothing counted has no quantiles', () => {
  const nothing = Distribution.between([1], [0], null);
  assert.equal(nothing.quantile(0.5), undefined);
  assert.equal(nothing.total, 0);
});

test("a histogram of Node's is read completely", () => {
  const histogram = createHistogram();
  let total = 0;
  for (let round = 0; round < 5000; round += 1) {
    const nanoseconds = Math.round(1e4 * 1.002 ** round) + 1;
    histogram.record(nanoseconds);
    total += nanoseconds / 1e6;
  }
  const read = Distribution.ofNodeHistogram(histogram);
  assert.equal(read.size, 5000);
  assert.ok(Math.abs(read.total / total - 1) < 0.01, `${read.total} of ${total}`);
  for (const q of [0.01, 0.5, 0.99, 1]) {
    const exact = histogram.percentile(q * 100) / 1e6;
    assert.ok(Math.abs(read.quantile(q) / exact - 1) < 0.016, `quantile ${q}`);
  }
  const { ms } = read.toCounts();
  assert.deepEqual(
    ms,
    [...ms].sort((a, b) => a - b),
  );
});

test('durations are counted within 0.6 %', () => {
  for (const ms of [0.0011, 0.01, 0.7, 1, 3, 49.9, 1000, 1e6]) {
    const histogram = new LogHistogram();
    histogram.record(ms);
    assert.ok(Math.abs(histogram.distribution().quantile(1) / ms - 1) < 0.006, String(ms));
  }
});

test('a duration that is none is counted as short, an endless one as long', () => {
  const histogram = new LogHistogram();
  for (const ms of [NaN, -1, 0, Infinity]) histogram.record(ms);
  const distribution = histogram.distribution();
  assert.equal(distribution.size, 4);
  assert.equal(distribution.from(1).size, 1);
});
