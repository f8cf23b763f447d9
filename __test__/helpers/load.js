'use strict';

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
  // The last one's turn has to end, too.
  await delay(1);
  return lengths;
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

module.exports = { block, blocks, sum, median };
