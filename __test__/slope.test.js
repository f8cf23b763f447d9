'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { lowerSlope } = require('../lib/slope.js');

/** A generator of numbers from 0 to 1, the same in every run. */
function random(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const numbers = (count) => Array.from({ length: count }, (_, at) => at);

test('is the slope of a line', () => {
  assert.equal(
    lowerSlope(
      numbers(12),
      numbers(12).map((x) => 5 + 3 * x),
    ),
    3,
  );
});

test('is below the slope that noise hides, and above 0', () => {
  const next = random(1);
  const slope = lowerSlope(
    numbers(60),
    numbers(60).map((x) => 100 + 2 * x + 20 * next()),
  );
  assert.ok(slope > 1 && slope < 2, String(slope));
});

test('one outlier bends nothing', () => {
  const ys = numbers(20).map((x) => 50 + x);
  ys[19] = 5000;
  ys[0] = 0;
  const slope = lowerSlope(numbers(20), ys);
  assert.ok(slope > 0.9 && slope < 1.1, String(slope));
});

test('is 0 where memory only moves to and fro, or falls', () => {
  let wrong = 0;
  for (let seed = 1; seed <= 200; seed += 1) {
    const next = random(seed);
    if (
      lowerSlope(
        numbers(30),
        numbers(30).map(() => 80 + next()),
      ) > 0
    )
      wrong += 1;
  }
  assert.ok(wrong <= 5, `${wrong} of 200`);
  assert.equal(
    lowerSlope(
      numbers(30),
      numbers(30).map((x) => 80 - x),
    ),
    0,
  );
});

test('is 0 where memory grew only at first', () => {
  const next = random(7);
  const settles = numbers(40).map((x) => Math.min(x, 12) * 5 + next());
  assert.equal(lowerSlope(numbers(40), settles), 0);
});

test('is 0 where there are too few points to tell', () => {
  assert.equal(lowerSlope([0, 1, 2], [1, 2, 3]), 0);
  assert.equal(lowerSlope([], []), 0);
});
