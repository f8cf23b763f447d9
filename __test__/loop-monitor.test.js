'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');

const { LoopSource, NativeLoopSource, NodeLoopSource } = require('../lib/loop-source.js');
const { block, blocks, sum, turnsEnd } = require('./helpers/load.js');
const { delay, until } = require('./helpers/until.js');

const TRIES = 5;
// Less than a block of 8 ms, more than other turns have to do.
const LEAST_LONG_MS = 7;
const MAJOR = Number(process.versions.node.split('.')[0]);

/** The turns that a source has counted while `work` ran. */
async function counted(work) {
  // The turn in which the test began is not part of it.
  await delay(1);
  const source = new NativeLoopSource();
  const result = await work();
  const { distribution, ownMs } = source.read();
  source.stop();
  return { result, distribution, ownMs };
}

/** Whether two figures differ by at most this share of the greater. */
function assertClose(a, b, share, what) {
  const apart = Math.abs(a - b) / Math.max(a, b);
  assert.ok(apart <= share, `${what}: ${a} and ${b} are ${(apart * 100).toFixed(1)} % apart`);
}

test('the busy time of a turn is that of the work in it', async () => {
  const { result, distribution } = await counted(() => blocks(25, 8, 2));
  const long = distribution.from(LEAST_LONG_MS);
  assert.ok(long.size >= 25 && long.size <= 28, `${long.size} turns`);
  // The least: other processes may hold up the rest of a turn, not only the block in it.
  assertClose(long.quantile(0), Math.min(...result), 0.1, 'shortest');
  assert.ok(long.total >= 0.98 * sum(result));
  assert.ok(long.quantile(1) >= Math.max(...result) * 0.99);
});

test('work in poll callbacks counts, which lies between prepare and check', async () => {
  const lengths = [];
  const { distribution } = await counted(async () => {
    for (let time = 0; time < 10; time += 1) {
      await new Promise((resolve) => {
        fs.stat(__filename, () => {
          lengths.push(block(8));
          resolve();
        });
      });
    }
    await turnsEnd();
  });
  const long = distribution.from(LEAST_LONG_MS);
  assert.ok(long.size >= 10, `${long.size} turns`);
  assert.ok(long.total >= 0.98 * sum(lengths), `${long.total} ms`);
  assertClose(long.quantile(0), Math.min(...lengths), 0.1, 'shortest');
});

test('waiting is not busy', async () => {
  const begun = performance.now();
  const { distribution } = await counted(() => delay(300));
  const share = distribution.total / (performance.now() - begun);
  assert.ok(share < 0.1, `busy for ${share} of the time`);
});

test('counting costs next to nothing of a busy loop', async () => {
  const { distribution, ownMs } = await counted(() => blocks(50, 2, 0));
  assert.ok(ownMs > 0);
  assert.ok(ownMs < distribution.total / 200, `${ownMs} of ${distribution.total} ms`);
});

test('two at once see their own windows; a pause belongs to none', async () => {
  await turnsEnd();
  const long = (source) => source.read().distribution.from(30).size;
  const outer = new NativeLoopSource();
  await blocks(3, 40, 1);
  const inner = new NativeLoopSource();
  await blocks(4, 40, 1);
  const inside = long(inner);
  inner.stop();
  await blocks(5, 40, 1);
  const all = long(outer);
  outer.stop();
  assert.deepEqual([inside, all], [4, 12]);

  await blocks(2, 40, 1);
  const later = new NativeLoopSource();
  await blocks(1, 40, 1);
  assert.equal(long(later), 1);
  later.stop();
});

test('every thread has its own', async () => {
  const source = new NativeLoopSource();
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const { NativeLoopSource } = require(${JSON.stringify(require.resolve('../lib/loop-source.js'))});
     const { blocks } = require(${JSON.stringify(require.resolve('./helpers/load.js'))});
     const source = new NativeLoopSource();
     blocks(6, 40, 1).then(() => {
       parentPort.postMessage(source.read().distribution.from(30).size);
     });`,
    { eval: true },
  );
  const inWorker = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  const here = source.read().distribution;
  source.stop();
  await worker.terminate();
  assert.equal(inWorker, 6);
  assert.ok(here.total < 6 * 40, `this thread was busy for ${here.total} ms`);
});

test(
  "agrees with Node's own histogram on work in timers",
  { skip: MAJOR < 24 && 'this Node has none' },
  async () => {
    // A machine that takes the CPU away between their two hooks shows in one of them only: the sources are compared
    // in their calmest of some tries, and one that is wrong is wrong in all.
    let calmest = { apart: Infinity, what: '' };
    for (let attempt = 0; attempt < TRIES && calmest.apart > 0.1; attempt += 1) {
      const apart = await compareSources();
      if (apart.apart < calmest.apart) calmest = apart;
    }
    assert.ok(calmest.apart <= 0.1, calmest.what);
  },
);

/** How far our source and Node's are apart on forty turns of 8 ms, at the worst of three figures. */
async function compareSources() {
  await delay(1);
  const ours = new NativeLoopSource();
  const node = new NodeLoopSource();
  await blocks(40, 8, 2);
  const [a, b] = [ours.read().distribution, node.read().distribution];
  ours.stop();
  node.stop();
  const [longOurs, longNode] = [a.from(LEAST_LONG_MS), b.from(LEAST_LONG_MS)];
  assert.ok(longOurs.size >= 40 && longNode.size >= 40);
  const figures = [
    ['median', longOurs.quantile(0.5), longNode.quantile(0.5)],
    ['p99', longOurs.quantile(0.99), longNode.quantile(0.99)],
    ['total', longOurs.total, longNode.total],
  ].map(([name, one, other]) => {
    const apart = Math.abs(one - other) / Math.max(one, other);
    return { apart, what: `${name}: ${one} and ${other} are ${(apart * 100).toFixed(1)} % apart` };
  });
  return figures.reduce((worst, figure) => (figure.apart > worst.apart ? figure : worst));
}

test('the source that is chosen counts work in poll callbacks', async () => {
  const source = new LoopSource();
  const timer = setInterval(() => source.compare(), 5);
  await delay(100);
  const lengths = [];
  await until(() => {
    return new Promise((resolve) => {
      fs.stat(__filename, () => {
        lengths.push(block(8));
        resolve(lengths.length === 10);
      });
    });
  }, 'ten turns');
  await turnsEnd();
  clearInterval(timer);
  const { distribution } = source.read();
  source.stop();
  assert.ok(distribution.from(LEAST_LONG_MS).total >= 0.98 * sum(lengths));
});
