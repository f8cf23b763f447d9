'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');

const { AsyncLocalStorage } = require('node:async_hooks');

const { Pool } = require('..');
const { DurationHistogram } = require('../lib/duration-histogram.js');
const { Gate, waitAtGate, spin } = require('./helpers/gate.js');
const { until, rejection, delay } = require('./helpers/until.js');

const NOTHING = { submitted: 0, refused: 0, completed: 0, failed: 0, timedOut: 0, aborted: 0 };

function outcomes(pool) {
  const { submitted, refused, completed, failed, timedOut, aborted } = pool.stats();
  return { submitted, refused, completed, failed, timedOut, aborted };
}

// ── workerpool's five ────────────────────────────────────────────────────────────────────────────

function five(pool) {
  const { totalWorkers, busyWorkers, idleWorkers, pendingTasks, activeTasks } = pool.stats();
  return { totalWorkers, busyWorkers, idleWorkers, pendingTasks, activeTasks };
}

test("workerpool's five keys are exact while the pool is idle, busy, queueing and idle again", async () => {
  const pool = new Pool({ maxThreads: 2 });
  const idle = { totalWorkers: 0, busyWorkers: 0, idleWorkers: 0, pendingTasks: 0, activeTasks: 0 };
  assert.deepEqual(five(pool), idle);
  const first = new Gate();
  const all = [pool.run(waitAtGate, [first.buffer])];
  await first.allStarted(1);
  assert.deepEqual(five(pool), { ...idle, totalWorkers: 1, busyWorkers: 1, activeTasks: 1 });
  all.push(pool.run(waitAtGate, [first.buffer]));
  await first.allStarted(2);
  all.push(pool.run(waitAtGate, [first.buffer]), pool.run(waitAtGate, [first.buffer]));
  assert.deepEqual(five(pool), {
    totalWorkers: 2,
    busyWorkers: 2,
    idleWorkers: 0,
    pendingTasks: 2,
    activeTasks: 2,
  });
  first.open();
  await Promise.all(all);
  await until(() => pool.stats().busyWorkers === 0, 'the threads to rest');
  assert.deepEqual(five(pool), { ...idle, totalWorkers: 2, idleWorkers: 2 });
  await pool.close();
  assert.deepEqual(five(pool), idle);
});

// ── how runs ended ───────────────────────────────────────────────────────────────────────────────

test('each run is counted once, as what its caller saw', async () => {
  const pool = new Pool({ maxThreads: 1, maxQueue: 1, memoryLimitMb: 32 });
  assert.deepEqual(outcomes(pool), NOTHING);

  await pool.run(() => 1);
  await rejection(
    pool.run(() => {
      throw new Error('x');
    }),
  );
  await rejection(pool.run(() => () => {}));
  await rejection(
    pool.run(() => {
      const all = [];
      for (;;) all.push(new Array(1000).fill(all.length));
    }),
  );
  assert.deepEqual(outcomes(pool), { ...NOTHING, submitted: 4, completed: 1, failed: 3 });

  const buffer = new SharedArrayBuffer(8);
  assert.equal((await rejection(pool.run(spin, [buffer], { timeout: 10 }))).name, 'TimeoutError');
  const controller = new AbortController();
  const running = pool.run(spin, [buffer], { signal: controller.signal });
  await until(() => new Int32Array(buffer)[0] === 2, 'it to run');
  const waiting = pool.run(() => 1, [], { signal: controller.signal });
  assert.equal((await rejection(pool.run(() => 1))).code, 'OFFLOOP_ERR_QUEUE_FULL');
  controller.abort();
  await Promise.all([rejection(running), rejection(waiting)]);
  assert.deepEqual(outcomes(pool), {
    submitted: 7,
    refused: 1,
    completed: 1,
    failed: 3,
    timedOut: 1,
    aborted: 2,
  });

  let changing = 0;
  await rejection(pool.run(() => changing));
  changing += 1;
  await rejection(pool.run(() => 1, [], { signal: controller.signal }));
  assert.equal(pool.stats().refused, 3, 'what cannot travel, what was aborted before');

  const endless = rejection(pool.run(spin, [buffer]));
  await until(() => new Int32Array(buffer)[0] === 3, 'it to run');
  const dropped = rejection(pool.run(() => 1));
  assert.equal(pool.cancelPending(), 1);
  const forced = rejection(pool.run(() => 1));
  const closed = pool.close({ force: true });
  await Promise.all([dropped, forced]);
  await Promise.all([pool.destroy(), endless, closed]);
  const end = outcomes(pool);
  assert.deepEqual([end.submitted, end.aborted], [10, 5]);
  assert.equal(end.completed + end.failed + end.timedOut + end.aborted, end.submitted);
  assert.equal(pool.completed, 1);
});

test('a run that was aborted although its result was on its way counts as aborted', async () => {
  const pool = new Pool({ maxThreads: 1 });
  await pool.run(() => 1);
  const gate = new Gate();
  gate.open();
  const controller = new AbortController();
  const run = rejection(pool.run(waitAtGate, [gate.buffer], { signal: controller.signal }));
  // No turn of the event loop: the result cannot be delivered meanwhile.
  while (pool.stats().isolates[0].tasks < 2);
  controller.abort();
  assert.equal((await run).name, 'AbortError');
  assert.deepEqual(outcomes(pool), { ...NOTHING, submitted: 2, completed: 1, aborted: 1 });
  await pool.close();
});

// ── isolates ─────────────────────────────────────────────────────────────────────────────────────

test('isolates are listed with what they did, from their making to their end', async () => {
  const pool = new Pool({ maxThreads: 2, memoryLimitMb: 32 });
  const events = [];
  pool.on('isolateCreate', (isolate) => events.push(['create', isolate]));
  pool.on('isolateDestroy', (reason, isolate) => events.push(['destroy', isolate, reason]));
  assert.deepEqual(pool.stats().isolates, []);
  const gate = new Gate();
  const both = [pool.run(waitAtGate, [gate.buffer]), pool.run(waitAtGate, [gate.buffer])];
  await gate.allStarted(2);
  const busy = pool.stats().isolates;
  assert.deepEqual(
    busy.map((isolate) => [isolate.busy, isolate.tasks]),
    [
      [true, 0],
      [true, 0],
    ],
  );
  assert.ok(busy[0].id < busy[1].id);
  gate.open();
  await Promise.all(both);
  await until(() => pool.stats().idleThreads === 2, 'both to rest');
  await until(() => pool.stats().isolates.every(({ heapUsed }) => heapUsed > 0), 'the heap sizes');
  const rested = pool.stats();
  for (const { busy: works, tasks, busyMs, heapUsed } of rested.isolates) {
    assert.deepEqual([works, tasks], [false, 1]);
    assert.ok(busyMs > 0);
    assert.ok(heapUsed > 100_000 && heapUsed < 32 * 2 ** 20, `${heapUsed} bytes`);
  }
  assert.equal(
    rested.heapUsed,
    rested.isolates.reduce((sum, { heapUsed }) => sum + heapUsed, 0),
  );
  assert.deepEqual([rested.isolatesRecycled, rested.isolatesLost], [0, 0]);

  await rejection(
    pool.run(() => {
      const all = [];
      for (;;) all.push(new Array(1000).fill(all.length));
    }),
  );
  await until(() => events.some(([event]) => event === 'destroy'), 'isolateDestroy');
  const after = pool.stats();
  assert.deepEqual([after.isolatesRecycled, after.isolatesLost], [1, 1]);
  await pool.close();
  const { isolates, isolatesCreated, isolatesDisposed } = pool.stats();
  assert.deepEqual([isolates, isolatesCreated], [[], isolatesDisposed]);

  await until(() => events.length === 2 * isolatesCreated, 'all events');
  const made = events.filter(([event]) => event === 'create').map(([, isolate]) => isolate);
  const ended = events.filter(([event]) => event === 'destroy');
  assert.deepEqual(made.slice(0, 2).sort(), busy.map(({ id }) => id).sort());
  assert.deepEqual(ended.map(([, isolate]) => isolate).sort(), made.sort());
  assert.deepEqual(ended.map(([, , reason]) => reason).sort(), ['closed', 'memory-limit']);
});

test('the heap of an isolate that never rests is seen too', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const keep = (n) => {
    globalThis.kept ??= [];
    globalThis.kept.push(new Array(100_000).fill(n));
    for (const end = performance.now() + 5; performance.now() < end;);
  };
  await pool.run(() => 1);
  await until(() => pool.stats().heapUsed > 0, 'a first look');
  const before = pool.stats().heapUsed;
  const all = Array.from({ length: 40 }, (_, n) => pool.run(keep, [n]));
  await until(() => pool.stats().heapUsed > before + 4_000_000, 'the growth');
  assert.ok(pool.stats().queued > 0, 'it has not rested');
  pool.cancelPending();
  await Promise.allSettled(all);
  await pool.close();
});

// ── utilization ──────────────────────────────────────────────────────────────────────────────────

test('utilization counts the task under way, and falls while the pool is idle', async () => {
  const pool = new Pool({ maxThreads: 2 });
  assert.equal(pool.utilization, 0);
  const gate = new Gate();
  const run = pool.run(waitAtGate, [gate.buffer]);
  await gate.allStarted(1);
  await delay(30);
  const { busyMs, uptimeMs, utilization } = pool.stats();
  assert.ok(busyMs >= 25, `${busyMs} ms`);
  assert.ok(busyMs <= uptimeMs);
  // One of two threads.
  assert.ok(utilization > 0 && utilization <= 0.5, `${utilization}`);
  gate.open();
  await run;
  await until(() => pool.stats().busyThreads === 0, 'the thread to rest');
  const rested = pool.stats().busyMs;
  assert.ok(rested >= busyMs);
  await delay(20);
  assert.equal(pool.stats().busyMs, rested);
  assert.ok(pool.utilization < rested / uptimeMs);
  await pool.close();
  assert.equal(pool.stats().busyMs, rested, 'what its isolates did is not forgotten');
});

// ── durations ────────────────────────────────────────────────────────────────────────────────────

test('each task that began is in the histograms of wait and run time', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const empty = pool.histogram.runTime;
  assert.deepEqual([empty.count, empty.mean, empty.p99, empty.max], [0, 0, 0, 0]);
  const ok = Array.from({ length: 20 }, (_, n) => pool.run((m) => m, [n]));
  const thrown = pool.run(() => {
    throw new Error('x');
  });
  await Promise.allSettled([...ok, thrown]);
  assert.deepEqual([pool.histogram.waitTime.count, pool.histogram.runTime.count], [21, 21]);
  await rejection(
    pool.run(
      () => {
        for (;;);
      },
      [],
      { timeout: 20 },
    ),
  );
  await until(() => pool.histogram.runTime.count === 22, 'the stopped run to end');
  const { min, p50, p99, p99_9, max, mean, average, stddev } = pool.histogram.runTime;
  assert.ok(min > 0 && min <= p50 && p50 <= p99 && p99 <= p99_9 && p99_9 <= max);
  assert.ok(max >= 19, `${max} ms with a timeout of 20`);
  assert.ok(mean > min && mean < max && stddev > 0 && average === mean);
  await pool.close();
  assert.equal(pool.histogram.runTime.count, 22, 'kept when the isolates are gone');
});

test('wait time is the time in the queue', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const gate = new Gate();
  const blocking = pool.run(waitAtGate, [gate.buffer]);
  await gate.allStarted(1);
  pool.histogram.reset();
  const behind = pool.run(() => 1);
  await delay(25);
  gate.open();
  await Promise.all([blocking, behind]);
  const { waitTime, runTime } = pool.stats();
  // The first began before the reset and ended after it.
  assert.deepEqual([waitTime.count, runTime.count], [2, 2]);
  assert.ok(waitTime.max >= 24, `${waitTime.max}`);
  await pool.close();
});

test('reset empties all four, resetRunTime and resetWaitTime one each', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const clone = () => pool.run((o) => o, [{ list: [1, 2, 3] }]);
  const counts = () => {
    const { waitTime, runTime, cloneInTime, cloneOutTime } = pool.stats();
    return [waitTime.count, runTime.count, cloneInTime.count, cloneOutTime.count];
  };
  await clone();
  assert.deepEqual(counts(), [1, 1, 1, 1]);
  pool.histogram.resetRunTime();
  assert.deepEqual(counts(), [1, 0, 1, 1]);
  pool.histogram.resetWaitTime();
  assert.deepEqual(counts(), [0, 0, 1, 1]);
  await clone();
  pool.histogram.reset();
  assert.deepEqual(counts(), [0, 0, 0, 0]);
  await clone();
  assert.deepEqual(counts(), [1, 1, 1, 1]);
  await pool.close();
});

test('clone times are those of objects and long texts; numbers and short texts are not measured', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const counts = () => [pool.histogram.cloneInTime.count, pool.histogram.cloneOutTime.count];
  await pool.run((n, text) => text.length + n, [1, 'short']);
  assert.deepEqual(counts(), [0, 0]);
  await pool.run((o) => o.n, [{ n: 1 }]);
  assert.deepEqual(counts(), [1, 0]);
  await pool.run((n) => ({ n }), [1]);
  assert.deepEqual(counts(), [1, 1]);
  await pool.run((text) => text.length, ['x'.repeat(2000)]);
  assert.deepEqual(counts(), [2, 1]);
  await pool.run((n) => 'y'.repeat(n), [2000]);
  assert.deepEqual(counts(), [2, 2]);
  await pool.run((bytes) => bytes, [new Uint8Array(10)]);
  assert.deepEqual(counts(), [3, 3]);
  pool.histogram.reset();
  const many = Array.from({ length: 50_000 }, (_, n) => ({ n, text: `item ${n}` }));
  await pool.run((list) => list, [many]);
  const { cloneInTime, cloneOutTime } = pool.stats();
  // Tens of milliseconds: far less would be the time of something else.
  assert.ok(cloneInTime.max > 0.5 && cloneOutTime.max > 0.5);
  await pool.close();
});

test('recordTiming false counts no duration, and everything else', async () => {
  const pool = new Pool({ maxThreads: 1, recordTiming: false });
  await pool.run((o) => o, [{}]);
  const stats = pool.stats();
  for (const key of ['waitTime', 'runTime', 'cloneInTime', 'cloneOutTime']) {
    assert.equal(stats[key].count, 0, key);
    assert.equal(pool.histogram[key].count, 0, key);
  }
  assert.equal(stats.completed, 1);
  assert.equal(stats.isolates[0].tasks, 1);
  assert.ok(stats.busyMs > 0 && stats.utilization > 0);
  await pool.close();
});

test('a histogram made of counts tells what one recorded one by one does', () => {
  const { createHistogram } = require('node:perf_hooks');
  const reference = createHistogram({ lowest: 1, highest: 2 ** 47 - 1, figures: 2 });
  const made = new DurationHistogram();
  const pairs = [];
  let seed = 7;
  for (let value = 1000; value < 1e9; value = Math.floor(value * 1.4)) {
    seed = (seed * 48_271) % 2_147_483_647;
    const count = 1 + (seed % 500);
    pairs.push(value, count);
    for (let n = 0; n < count; n += 1) reference.record(value);
  }
  made.add(pairs.slice(0, 10));
  made.add([]);
  made.add(pairs.slice(10));
  const summary = made.summary();
  assert.equal(summary.count, reference.count);
  assert.equal(summary.mean, reference.mean / 1e6);
  assert.equal(summary.stddev, reference.stddev / 1e6);
  assert.deepEqual([summary.min, summary.max], [reference.min / 1e6, reference.max / 1e6]);
  for (const [key, percentile] of [
    ['p0_001', 0.001],
    ['p50', 50],
    ['p97_5', 97.5],
    ['p99_9', 99.9],
    ['p99_999', 99.999],
  ]) {
    assert.equal(summary[key], reference.percentile(percentile) / 1e6, key);
  }
  assert.ok(Object.isFrozen(summary));
});

test('a million durations of one length are counted exactly', () => {
  const made = new DurationHistogram();
  made.add([5000, 1_234_567, 7000, 1]);
  const { count, p50, p99_999, max } = made.summary();
  assert.equal(count, 1_234_568);
  assert.ok(Math.abs(p50 - 0.005) < 0.00005 && p99_999 === p50, `${p50}`);
  assert.ok(Math.abs(max - 0.007) < 0.00007);
});

test('tasks of several threads are counted exactly, however often somebody looks', async () => {
  const pool = new Pool({ maxThreads: 3 });
  let looks = 0;
  const looking = setInterval(() => {
    looks += 1;
    assert.ok(pool.histogram.runTime.count <= 20_000);
  }, 1);
  for (let done = 0; done < 20_000; done += 1000) {
    await Promise.all(Array.from({ length: 1000 }, (_, n) => pool.run((m) => m, [n])));
  }
  clearInterval(looking);
  assert.ok(looks > 0);
  const { waitTime, runTime, completed, isolates } = pool.stats();
  assert.deepEqual([waitTime.count, runTime.count, completed], [20_000, 20_000, 20_000]);
  assert.equal(
    isolates.reduce((sum, { tasks }) => sum + tasks, 0),
    20_000,
  );
  await pool.close();
});

// ── piscina's getters and events ─────────────────────────────────────────────────────────────────

test("piscina's getters are there and say what stats() says", async () => {
  const pool = new Pool({ maxThreads: 2, name: 'getters' });
  await Promise.all([pool.run(() => 1), pool.run(() => 2)]);
  await until(() => pool.stats().busyThreads === 0, 'the threads to rest');
  const stats = pool.stats();
  assert.equal(pool.name, 'getters');
  assert.equal(pool.maxThreads, stats.maxThreads);
  assert.equal(pool.threads, stats.threads);
  assert.equal(pool.idleThreads, stats.idleThreads);
  assert.equal(pool.queueSize, stats.queued);
  assert.equal(pool.completed, stats.completed);
  assert.equal(pool.needsDrain, false);
  assert.ok(pool.utilization <= stats.utilization);
  assert.deepEqual(pool.histogram.runTime, stats.runTime);
  assert.deepEqual(pool.histogram.waitTime, stats.waitTime);
  await pool.close();
});

test('every event comes in the async context in which the pool was made', async () => {
  const storage = new AsyncLocalStorage();
  const pool = storage.run('owner', () => new Pool({ maxThreads: 1, maxQueue: 0 }));
  const expected = ['isolateCreate', 'isolateDestroy', 'needsDrain', 'drain', 'error', 'close'];
  const seen = new Map();
  for (const event of expected) pool.on(event, () => seen.set(event, storage.getStore()));
  await storage.run('request', async () => {
    await pool.run(() => 1);
    await pool.run(() => {
      Promise.reject(new Error('left behind'));
    });
    await until(() => seen.has('error'), 'the error');
    await pool.close();
  });
  await until(() => seen.size === expected.length, 'all events');
  assert.deepEqual(Object.fromEntries(seen), Object.fromEntries(expected.map((e) => [e, 'owner'])));
});
