'use strict';

const { setImmediate: immediate } = require('node:timers/promises');

const { delay } = require('./until.js');

/** Holds the thread up; returns for how long it really did. */
function block(ms) {
  const begun = performance.now();
  let now = begun;
  while (now - begun < ms) now = performance.now();
  return now - begun;
}

/** Holds the loop up again and again, each time in a turn of its own; returns how long each was. */
async function blocks(times, ms, pauseMs) {
  const lengths = [];
  for (let time = 0; time < times; time += 1) {
    await delay(pauseMs);
    lengths.push(block(ms));
  }
  await turnsEnd();
  return lengths;
}

/**
 * The turn under way has ended. A timer does not tell: one that is due after a block fires within the same turn. Between
 * two immediates the loop has polled.
 */
async function turnsEnd() {
  await immediate();
  await immediate();
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

module.exports = { block, blocks, turnsEnd, sum, median };
