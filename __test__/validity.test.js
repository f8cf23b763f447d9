'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { LIMITS, validityWarnings } = require('../lib/validity.js');

const SOUND = {
  windowSeconds: 30,
  requests: 1000,
  iterations: 200,
  uptimeSeconds: 10,
  cpuPressureBefore: 0.1,
  stealShare: 0.05,
};

// A figure just beyond its limit, and what the sentence says.
const FAILURES = [
  ['windowSeconds', 29.94, /Too short.*29\.9 s.*30 s/],
  ['requests', 999, /Too few requests.*999.*1000/],
  ['iterations', 199, /Too little load.*199 turns.*200/],
  ['uptimeSeconds', 9.9, /Warm-up.*9\.9 s.*10 s/],
  ['cpuPressureBefore', 0.11, /neighbours.*11\.0 %.*10\.0 %/],
  ['stealShare', 0.06, /Stolen.*6\.0 %.*5\.0 %/],
];

test('evidence at the limits is sound', () => {
  assert.deepEqual(SOUND, { ...LIMITS });
  assert.deepEqual(validityWarnings(SOUND), []);
});

for (const [fact, value, sentence] of FAILURES) {
  test(`${fact} beyond its limit gives one sentence with the numbers`, () => {
    const warnings = validityWarnings({ ...SOUND, [fact]: value });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], sentence);
  });
}

test('what is not known is no failure', () => {
  assert.deepEqual(validityWarnings({}), []);
});
