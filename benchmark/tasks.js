'use strict';

// The functions that every pool runs. Each stands alone: offloop sends it by source, the others load
// this file in their workers.

function noop() {}

/** @param {number} value */
function increment(value) {
  return value + 1;
}

/**
 * Integer, recursive and typed-array work, none of it long enough to hide a slower compiler.
 *
 * @param {{ queens: number, limit: number }} size
 * @returns {{ solutions: number, primes: number }}
 */
function cpuBound({ queens, limit }) {
  const full = (1 << queens) - 1;
  /** @type {(columns: number, left: number, right: number) => number} */
  const place = (columns, left, right) => {
    if (columns === full) return 1;
    let solutions = 0;
    for (let free = full & ~(columns | left | right); free !== 0; free &= free - 1) {
      const queen = free & -free;
      solutions += place(columns | queen, (left | queen) << 1, (right | queen) >> 1);
    }
    return solutions;
  };
  const composite = new Uint8Array(limit);
  let primes = 0;
  for (let number = 2; number < limit; number++) {
    if (composite[number] === 1) continue;
    primes += 1;
    for (let multiple = number * number; multiple < limit; multiple += number) {
      composite[multiple] = 1;
    }
  }
  return { solutions: place(0, 0, 0), primes };
}

/**
 * Keeps its thread until `threads` tasks have arrived, so that each of them holds a thread of its own.
 *
 * @param {{ arrived: Int32Array, threads: number }} meeting `arrived` lies over a SharedArrayBuffer
 */
function meet({ arrived, threads }) {
  Atomics.add(arrived, 0, 1);
  Atomics.notify(arrived, 0);
  for (let count = Atomics.load(arrived, 0); count < threads; count = Atomics.load(arrived, 0)) {
    Atomics.wait(arrived, 0, count, 100);
  }
  return Atomics.load(arrived, 0);
}

/** @param {Int32Array} started over a SharedArrayBuffer: proves that the loop is running */
function endless(started) {
  Atomics.add(started, 0, 1);
  for (;;);
}

module.exports = { noop, increment, cpuBound, meet, endless };
