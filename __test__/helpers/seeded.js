'use strict';

const { randomNumbers } = require('../../demo/arrivals.js');

/**
 * A copy in another order.
 * @template T
 * @param {T[]} list
 * @param {() => number} random
 * @returns {T[]}
 */
function shuffled(list, random) {
  const copy = [...list];
  for (let last = copy.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [copy[last], copy[other]] = [copy[other], copy[last]];
  }
  return copy;
}

module.exports = { seeded: randomNumbers, shuffled };
