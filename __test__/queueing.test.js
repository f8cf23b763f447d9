'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { performance } = require('node:perf_hooks');
const test = require('node:test');

const { runNode } = require('./helpers/child');
const { rejection } = require('./helpers/until');
const { predict } = require('../lib/native.js');

const NATIVE = JSON.stringify(join(__dirname, '..', 'lib', 'native.js'));
const MODEL = {
  requestsPerSecond: 200,
  light: { p50Ms: 0.5 },
  heavy: { share: 0.15, service: { p50Ms: 10, p99Ms: 25 }, mainThreadMs: 0.3 },
  cores: 2,
  threads: 2,
  processes: 2,
  replicas: 2,
  appMemoryMb: 40,
  moduleMemoryMb: 5,
  seed: 1,
};
const STRATEGIES = ['none', 'offload', 'worker_threads', 'cluster', 'child_process', 'scale-out'];

test('predicts all strategies, and tells the pool from the main thread', async () => {
  const predictions = await predict(MODEL);
  assert.deepEqual(
    predictions.map(({ strategy }) => strategy),
    STRATEGIES,
  );
  for (const prediction of predictions) {
    const { p50Ms, p90Ms, p99Ms, lightP99Ms, maxRps, memoryMb } = prediction;
    for (const { low, value, high } of [p50Ms, p90Ms, p99Ms, lightP99Ms, maxRps, memoryMb]) {
      assert.ok(low <= value && value <= high, JSON.stringify(prediction));
    }
    assert.ok(p50Ms.value <= p90Ms.value && p90Ms.value <= p99Ms.value);
    const sharesCpu = ['cores', 'quota'].includes(prediction.bottleneck);
    assert.equal(prediction.withinModel, !sharesCpu && prediction.utilization <= 0.9);
    assert.deepEqual([prediction.modelErrorP50, prediction.modelErrorP99], [0.04, 0.21]);
  }
  const [none, offload] = predictions;
  assert.ok(offload.lightP99Ms.value < none.lightP99Ms.value / 2);
});

test('stands by its error only where it was measured: no quota, no shared cores', async () => {
  const [free] = await predict(MODEL);
  assert.equal(free.withinModel, true);
  const [throttled] = await predict({ ...MODEL, requestsPerSecond: 40, quota: 0.5 });
  assert.equal(throttled.withinModel, false);
});

test('a saturated strategy has null for its times', async () => {
  const [none, offload] = await predict({ ...MODEL, requestsPerSecond: 600 });
  assert.equal(none.saturated, true);
  assert.deepEqual([none.p50Ms, none.p90Ms, none.p99Ms, none.lightP99Ms], [null, null, null, null]);
  assert.ok(none.maxRps.value < 600);
  assert.equal(offload.saturated, false);
});

test('refuses numbers that make no sense, by name', async () => {
  /** @type {[Record<string, unknown>, RegExp][]} */
  const refused = [
    [{ requestsPerSecond: NaN }, /^model\.requestsPerSecond must be a number above 0.*is NaN$/],
    [{ cores: -1 }, /^model\.cores must be a number from 0\.01 to 4096, and is -1$/],
    [{ threads: 1.5 }, /^model\.threads must be a whole number from 1 to 1024, and is 1\.5$/],
    [{ quota: 0 }, /^model\.quota must be/],
    [{ light: { ms: [1, 2], count: [1] } }, /^model\.light\.count must be as long as/],
  ];
  for (const [change, message] of refused) {
    const error = await rejection(predict({ ...MODEL, ...change }));
    assert.equal(error.code, 'InvalidArg');
    assert.match(error.message, message);
  }
});

test('the event loop stays free during a prediction', async () => {
  await predict(MODEL);
  const shares = [];
  for (let seed = 0; seed < 9; seed += 1) {
    const before = performance.eventLoopUtilization();
    await predict({ ...MODEL, seed });
    // Busy in all iterations together, which is more than in the longest of them.
    shares.push(performance.eventLoopUtilization(before).utilization);
  }
  const median = shares.sort((a, b) => a - b)[4];
  assert.ok(median < 0.2, `busy for ${shares} of the predictions' own time`);
});

test('twenty at once all settle, with the numbers of one alone', async () => {
  const alone = await predict({ ...MODEL, seed: 7 });
  const all = await Promise.allSettled(
    Array.from({ length: 20 }, (_, seed) =>
      predict({ ...MODEL, seed, ...(seed % 5 === 4 && { cores: 0 }) }),
    ),
  );
  assert.deepEqual(
    all.map(({ status }) => status),
    Array.from({ length: 20 }, (_, seed) => (seed % 5 === 4 ? 'rejected' : 'fulfilled')),
  );
  assert.deepEqual(/** @type {any} */ (all[7]).value, alone);
});

const START = `
  const { predict } = require(${NATIVE});
  const start = (count) => Array.from({ length: count }, (_, seed) =>
    predict({ ...${JSON.stringify(MODEL)}, seed }));
`;

test('a process that has nothing else to do waits for its predictions', async () => {
  const end = await runNode([
    '-e',
    `${START} Promise.all(start(20)).then((all) => console.log(all.length))`,
  ]);
  assert.deepEqual(end, { code: 0, signal: null, stdout: '20\n', stderr: '' });
});

test('process.exit does not wait for them', async () => {
  const script = `${START}
    const begin = performance.now();
    start(1)[0].then(() => {
      const one = performance.now() - begin;
      start(400);
      setTimeout(() => {
        process.stdout.write(one + ' ' + Date.now());
        process.exit(7);
      }, one);
    });`;
  const end = await runNode(['-e', script]);
  assert.deepEqual([end.code, end.signal, end.stderr], [7, null, '']);
  const [one, exiting] = end.stdout.split(' ').map(Number);
  // 400 of them take 400 times as long on the two threads that one has to itself.
  assert.ok(Date.now() - exiting < 100 * one, `${Date.now() - exiting} ms, one takes ${one} ms`);
});

test('a Worker can be terminated in the middle, without waiting for all of them', async () => {
  const script = `
    const { Worker } = require('node:worker_threads');
    const { predict } = require(${NATIVE});
    const inWorker = ${JSON.stringify(`${START}
      start(1)[0].then(() => {
        start(400);
        require('node:worker_threads').parentPort.postMessage('started');
      });`)};
    (async () => {
      const begin = performance.now();
      await predict(${JSON.stringify(MODEL)});
      const one = performance.now() - begin;
      for (let round = 0; round < 3; round += 1) {
        const worker = new Worker(inWorker, { eval: true });
        await new Promise((resolve) => worker.once('message', resolve));
        const mine = predict(${JSON.stringify(MODEL)});
        const stopping = performance.now();
        const code = await worker.terminate();
        const took = performance.now() - stopping;
        const predictions = await mine;
        console.log(JSON.stringify({ code, ratio: took / one, strategies: predictions.length }));
      }
    })();`;
  const end = await runNode(['-e', script]);
  assert.deepEqual([end.code, end.signal, end.stderr], [0, null, '']);
  const rounds = end.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(rounds.length, 3);
  for (const { code, ratio, strategies } of rounds) {
    assert.equal(code, 1);
    assert.equal(strategies, STRATEGIES.length);
    assert.ok(ratio < 100, `as long as ${ratio} predictions of 400`);
  }
});
