'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');

const { OffloopError, advise } = require('..');
const { seeded } = require('./helpers/seeded.js');

const host = { effectiveCores: 4, cpuQuota: 'none' };
const WINDOW = { windowSeconds: 100, uptimeSeconds: 200, requests: 10_000, iterations: 15_000 };

async function predicted(intent, options) {
  const list = await advise(intent, { host, ...options }).predict();
  return Object.fromEntries(list.map((prediction) => [prediction.strategy, prediction]));
}

describe('predict', () => {
  test('gives each strategy its latency, its largest rate and its memory, with bounds', async () => {
    const all = await predicted({ workload: 'cpu', requestsPerSecond: 80, cpuMsPerRequest: 10 });
    assert.deepEqual(Object.keys(all), [
      'none',
      'offload',
      'worker_threads',
      'cluster',
      'child_process',
      'scale-out',
    ]);
    for (const { p50Ms, p99Ms, maxRps, memoryMb, modelError } of Object.values(all)) {
      for (const { value, low, high } of [p50Ms, p99Ms, maxRps, memoryMb]) {
        assert.ok(low <= value && value <= high, `${low} ≤ ${value} ≤ ${high}`);
      }
      assert.deepEqual(modelError, { p50: 0.04, p99: 0.21 });
    }
    assert.ok(all.none.p99Ms.value > all.offload.p99Ms.value);
    assert.ok(all.none.memoryMb.value < all.offload.memoryMb.value);
    assert.ok(all.offload.memoryMb.value < all.cluster.memoryMb.value);
  });

  test('is the closed form of one queue where work is declared by its mean', async () => {
    // M/M/1: p99 = ln(100) S / (1 − ρ). A run of 200,000 scatters by some percent.
    const { none } = await predicted({
      workload: 'mixed',
      requestsPerSecond: 50,
      cpuMsPerRequest: 10,
    });
    const exact = (Math.log(100) * 10) / (1 - 0.5);
    assert.ok(Math.abs(none.p99Ms.value / exact - 1) < 0.1, `${none.p99Ms.value} for ${exact}`);
  });

  test('frees light requests from heavy ones when these are offloaded', async () => {
    const functions = [{ name: 'report', p50Ms: 60, callsPerSecond: 5, mainThreadMs: 0.3 }];
    const evidence = { ...WINDOW, utilization: 0.45, iterationP99Ms: 60, functions };
    const { none, offload } = await predicted({}, { evidence });
    assert.ok(none.lightP99Ms.value > 3 * offload.lightP99Ms.value);
  });

  test('takes the shape of the service times from the histogram', async () => {
    const even = { ms: [4.9, 5, 5.1], count: [10, 80, 10] };
    const uneven = { ms: [0.5, 45.5], count: [90, 10] };
    const at = async (serviceTimes) => {
      const evidence = { ...WINDOW, utilization: 0.5, iterationP99Ms: 10, serviceTimes };
      return (await predicted({}, { evidence })).none.p99Ms.value;
    };
    // Research 2.2 at ρ = 0.5: 4.3 against 30 service times.
    const [regular, bimodal] = [await at(even), await at(uneven)];
    assert.ok(bimodal > 4 * regular, `${bimodal} > 4 × ${regular}`);
  });

  test('says that a saturated strategy has no latency to predict', async () => {
    const { none } = await predicted({
      workload: 'mixed',
      requestsPerSecond: 120,
      cpuMsPerRequest: 10,
    });
    assert.equal(none.saturated, true);
    assert.equal(none.p99Ms, null);
    assert.ok(none.maxRps.value < 100);
  });

  test('gives the same numbers for the same question', async () => {
    const question = [{ workload: 'cpu', requestsPerSecond: 30, cpuMsPerRequest: 15 }];
    assert.deepEqual(await predicted(...question), await predicted(...question));
  });

  for (const intent of [{}, { traffic: 'high' }, { requestsPerSecond: 50 }]) {
    test(`rejects ${JSON.stringify(intent)}, naming the numbers that are missing`, async () => {
      await assert.rejects(advise(intent, { host }).predict(), (error) => {
        assert.ok(error instanceof OffloopError);
        assert.equal(error.code, 'OFFLOOP_ERR_INVALID_OPTION');
        assert.match(error.message, /cpuMsPerRequest|evidence/);
        return true;
      });
    });
  }

  test('settles for any numbers that advise() takes', async () => {
    const random = seeded(7);
    const number = (low, high) => 10 ** (low + random() * (high - low));
    const asked = Array.from({ length: 25 }, () => {
      const intent = {
        workload: ['io', 'mixed', 'cpu'][Math.floor(random() * 3)],
        requestsPerSecond: number(-3, 5),
        cpuMsPerRequest: number(-3, 4),
        ...(random() < 0.3 && { replicas: 3 }),
      };
      const functions = [
        { name: 'a', p50Ms: number(-2, 4), callsPerSecond: number(-3, 3), mainThreadMs: 0.1 },
        { name: 'b', p50Ms: number(-2, 4), share: random() },
      ];
      const evidence = random() < 0.5 ? { functions } : undefined;
      const cores = { effectiveCores: number(-1, 2) };
      return advise(intent, { evidence, host: cores }).predict();
    });
    for (const result of await Promise.allSettled(asked)) {
      if (result.status === 'fulfilled') assert.ok(result.value.length >= 4);
      else assert.equal(result.reason.code, 'OFFLOOP_ERR_INVALID_OPTION', result.reason.message);
    }
  });
});
