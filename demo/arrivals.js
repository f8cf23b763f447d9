'use strict';

/**
 * @typedef {object} Arrival
 * @property {number} at intended send time, in milliseconds from the start of the run
 * @property {'light' | 'heavy'} route
 * @property {number} document
 * @property {number[]} without documents that a heavy request leaves out of its selection
 */

// A heavy request compares one document with a random half of the others.
const LEFT_OUT_SHARE = 0.5;

/**
 * The whole load of a run, decided before it starts: the server's answers cannot slow it down.
 *
 * A Poisson process given its number of events is that many uniform points in time. Fixing the number
 * makes the offered load exactly rate × seconds, so that a short run does not drift from its calibration.
 *
 * @param {{ seed: number, seconds: number, lightRate: number, heavyRate: number, documents: number }} load
 * @returns {Arrival[]} sorted by time; the same input gives the same list
 */
function arrivals({ seed, seconds, lightRate, heavyRate, documents }) {
  const random = randomNumbers(seed);
  const below = (limit) => Math.floor(random() * limit);
  /** @type {Arrival[]} */
  const list = [];
  for (const [route, rate] of /** @type {const} */ ([
    ['light', lightRate],
    ['heavy', heavyRate],
  ])) {
    for (let count = Math.round(rate * seconds); count > 0; count--) {
      const at = random() * seconds * 1000;
      const document = below(documents);
      const without = [];
      for (let number = 0; route === 'heavy' && number < documents; number++) {
        if (random() < LEFT_OUT_SHARE) without.push(number);
      }
      list.push({ at, route, document, without });
    }
  }
  return list.sort((a, b) => a.at - b.at);
}

/**
 * Mulberry32: Math.random() cannot be seeded, and the quality of a 32-bit generator is enough to
 * spread arrivals.
 *
 * @param {number} seed
 * @returns {() => number} numbers from 0 up to, not including, 1
 */
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

module.exports = { arrivals, randomNumbers };
