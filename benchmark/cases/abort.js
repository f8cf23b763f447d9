'use strict';

const assert = require('node:assert/strict');
const { setTimeout: sleep } = require('node:timers/promises');

const { POOL_THREADS } = require('../settings.js');
const { median } = require('../statistics.js');

const REPEATS = 3;
const ENOUGH_MS = 500;

module.exports = {
  title: 'abort of while(true) to the next result',
  unit: 'ms',
  target: { kind: 'at most', limit: 10, text: '≤ 10 ms' },

  /** @param {import('../measure.js').CreatePool} create */
  async measure(create) {
    const times = [];
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      times.push(await abortOnce(create));
      if (times[0] > ENOUGH_MS) break;
    }
    return median(times);
  },
};

/** @param {import('../measure.js').CreatePool} create */
async function abortOnce(create) {
  const pool = create({ threads: POOL_THREADS, eager: true });
  const increment = pool.task('increment');
  assert.equal(await increment(41), 42);

  // An endless loop on every thread: the next task can only run on the thread that the abort frees.
  const started = new Int32Array(new SharedArrayBuffer(4));
  const loops = Array.from({ length: POOL_THREADS }, () => pool.abortable('endless', started));
  const rejections = loops.map(({ result }) => assert.rejects(Promise.resolve(result)));
  while (Atomics.load(started, 0) < POOL_THREADS) await sleep(1);
  const next = increment(1);

  const start = performance.now();
  loops[0].abort();
  assert.equal(await next, 2);
  const elapsed = performance.now() - start;

  await rejections[0];
  for (const { abort } of loops.slice(1)) abort();
  await Promise.all(rejections);
  await pool.end();
  return elapsed;
}
