'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');

const { Pool, OffloopError } = require('..');
const { Gate, waitAtGate, spin } = require('./helpers/gate.js');
const { withPool } = require('./helpers/pool.js');
const { until, rejection, delay } = require('./helpers/until.js');

// So many tasks may be put before the one that waits longest (src/pool/waiting.rs).
const OVERTAKEN_AT_MOST = 32;

/** Holds the pool's only thread, then returns in which order the tasks of `submit` were run. */
async function orderOf(pool, submit) {
  const gate = new Gate();
  const blocker = pool.run(waitAtGate, [gate.buffer]);
  await gate.allStarted(1);
  const order = [];
  const all = [];
  const record = (label) => order.push(label);
  submit((label, options) => all.push(pool.run((l) => l, [label], options).then(record)));
  gate.open();
  await Promise.all([blocker, ...all]);
  return order;
}

const range = (count) => Array.from({ length: count }, (_, index) => index);

// ── priority ─────────────────────────────────────────────────────────────────────────────────────

test('high-priority tasks submitted after low ones while busy run first', () =>
  withPool({}, async (pool) => {
    const order = await orderOf(pool, (add) => {
      add('low', { priority: -5 });
      add('normal');
      add('high', { priority: 10 });
      add('highest', { priority: 2 ** 31 - 1 });
      add('lowest', { priority: -(2 ** 31) + 1 });
      add('normal too', { priority: 0 });
      add('high too', { priority: 10 });
    });
    assert.deepEqual(order, [
      'highest',
      'high',
      'high too',
      'normal',
      'normal too',
      'low',
      'lowest',
    ]);
  }));

test('tasks of one priority run in submission order, whatever else is submitted between', () =>
  withPool({}, async (pool) => {
    const order = await orderOf(pool, (add) => {
      for (const n of range(90)) add(n, { priority: n % 3 });
    });
    for (const priority of [0, 1, 2]) {
      const own = order.filter((n) => n % 3 === priority);
      assert.deepEqual(
        own,
        range(90).filter((n) => n % 3 === priority),
      );
    }
  }));

test('a low-priority task under a flood of urgent ones waits for a bounded number of them', () =>
  withPool({}, async (pool) => {
    const order = await orderOf(pool, (add) => {
      add('low', { priority: -100 });
      for (const n of range(200)) add(n, { priority: 100 });
    });
    assert.equal(order.indexOf('low'), OVERTAKEN_AT_MOST);
  }));

test('a low-priority task runs although urgent ones never stop coming', () =>
  withPool({}, async (pool) => {
    let flooding = true;
    let urgent = 0;
    const flood = async () => {
      while (flooding) {
        await pool.run(() => 1, [], { priority: 5 });
        urgent += 1;
      }
    };
    const floods = range(8).map(flood);
    await until(() => urgent > 100, 'the flood');
    assert.equal(await pool.run(() => 'low', [], { priority: -1 }), 'low');
    flooding = false;
    await Promise.all(floods);
  }));

test('an urgent task is next however long and old the queue is', () =>
  withPool({}, async (pool) => {
    const order = await orderOf(pool, (add) => {
      for (const n of range(2_000)) add(n);
      add('urgent', { priority: 1 });
    });
    assert.equal(order[0], 'urgent');
    assert.deepEqual(order.slice(1), range(2_000));
  }));

test('with gives an offloaded function another priority', () =>
  withPool({}, async (pool) => {
    const echo = pool.offload((value) => value, { priority: -1 });
    const gate = new Gate();
    const blocker = pool.run(waitAtGate, [gate.buffer]);
    await gate.allStarted(1);
    const order = [];
    const all = [echo(1), echo.with({ priority: 1 })(2)].map((run) =>
      run.then((value) => order.push(value)),
    );
    gate.open();
    await Promise.all([blocker, ...all]);
    assert.deepEqual(order, [2, 1]);
  }));

test('a hundred thousand waiting tasks of many priorities settle, and aborted ones cost nothing more', () =>
  withPool({}, async (pool) => {
    const gate = new Gate();
    const controller = new AbortController();
    const blocker = pool.run(waitAtGate, [gate.buffer]);
    await gate.allStarted(1);
    const add = pool.offload((n) => n + 1);
    const each = range(8).map((priority) => add.with({ priority }));
    const abortable = each.map((run) => run.with({ signal: controller.signal }));
    const kept = range(90_000).map((n) => each[n % 8](n));
    const gone = Promise.allSettled(range(10_000).map((n) => abortable[n % 8](n)));
    assert.equal(pool.queueSize, 100_000);
    controller.abort();
    assert.equal(pool.queueSize, 90_000);
    gate.open();
    assert.ok((await gone).every(({ reason }) => reason.name === 'AbortError'));
    assert.deepEqual(
      await Promise.all(kept),
      range(90_000).map((n) => n + 1),
    );
    await blocker;
    assert.equal(pool.stats().aborted, 10_000);
  }));

// ── a bounded queue ──────────────────────────────────────────────────────────────────────────────

test("maxQueue 'auto' lets maxThreads² tasks wait, and refuses one more", () =>
  withPool({ maxThreads: 2, maxQueue: 'auto' }, async (pool) => {
    const gate = new Gate();
    const accepted = range(6).map((n) => pool.run(waitAtGate, [gate.buffer, n]));
    assert.equal((await rejection(pool.run(() => 1))).code, 'OFFLOOP_ERR_QUEUE_FULL');
    await gate.allStarted(2);
    assert.equal(pool.queueSize, 4);
    gate.open();
    assert.deepEqual(await Promise.all(accepted), range(6));
  }));

test('abortable tasks count towards maxQueue: of 50 on a busy pool with maxQueue 1, 48 are refused', () =>
  withPool({ maxQueue: 1 }, async (pool) => {
    const gate = new Gate();
    const { signal } = new AbortController();
    const all = range(50).map((n) => pool.run(waitAtGate, [gate.buffer, n], { signal }));
    assert.equal(pool.queueSize, 1);
    gate.open();
    const settled = await Promise.allSettled(all);
    const refused = settled.filter(({ reason }) => reason?.code === 'OFFLOOP_ERR_QUEUE_FULL');
    assert.equal(refused.length, 48);
    assert.deepEqual(
      settled.slice(0, 2).map(({ value }) => value),
      [0, 1],
    );
  }));

test('an aborted task leaves room at once, queued or running: the next one is taken', () =>
  withPool({ maxQueue: 0 }, async (pool) => {
    for (let round = 0; round < 20; round += 1) {
      const controller = new AbortController();
      const buffer = new SharedArrayBuffer(8);
      const endless = pool.run(spin, [buffer], { signal: controller.signal });
      await until(() => new Int32Array(buffer)[1] > 0, 'the loop to run');
      assert.equal((await rejection(pool.run(() => 1))).code, 'OFFLOOP_ERR_QUEUE_FULL');
      controller.abort();
      const next = pool.run((n) => n, [round]);
      assert.equal((await rejection(endless)).name, 'AbortError');
      assert.equal(await next, round);
    }
  }));

test('a task past its timeout leaves room at once', () =>
  withPool({ maxQueue: 0 }, async (pool) => {
    await pool.warmup();
    for (let round = 0; round < 20; round += 1) {
      const late = await rejection(pool.run(spin, [new SharedArrayBuffer(8)], { timeout: 5 }));
      assert.equal(late.name, 'TimeoutError');
      assert.equal(await pool.run((n) => n, [round]), round);
    }
  }));

test('of a pool with min 2 and max 3, four blocking tasks find 2, 2, 3 and 3 threads; one waits', () =>
  withPool({ minThreads: 2, maxThreads: 3 }, async (pool) => {
    const gate = new Gate();
    assert.equal(pool.threads, 2);
    const all = [];
    const seen = [];
    for (const n of range(4)) {
      all.push(pool.run(waitAtGate, [gate.buffer, n]));
      await gate.allStarted(Math.min(n + 1, 3));
      seen.push([pool.threads, pool.queueSize]);
    }
    assert.deepEqual(seen, [
      [2, 0],
      [2, 0],
      [3, 0],
      [3, 1],
    ]);
    gate.open();
    assert.deepEqual(await Promise.all(all), range(4));
  }));

// ── back pressure ────────────────────────────────────────────────────────────────────────────────

test('a producer that heeds needsDrain and drain is never refused and never waits in vain', () =>
  withPool({ maxThreads: 2, maxQueue: 3 }, async (pool) => {
    const results = [];
    let drains = 0;
    pool.on('drain', () => {
      drains += 1;
    });
    for (const n of range(500)) {
      results.push(pool.run((value) => value, [n]));
      if (pool.needsDrain) await new Promise((resolve) => pool.once('drain', resolve));
    }
    assert.deepEqual(await Promise.all(results), range(500));
    assert.ok(drains > 0);
    assert.equal(pool.needsDrain, false);
  }));

test('needsDrain and drain alternate over many rounds, the last being drain', () =>
  withPool({ maxQueue: 2 }, async (pool) => {
    const events = [];
    for (const name of ['needsDrain', 'drain']) pool.on(name, () => events.push(name));
    for (let round = 0; round < 10; round += 1) {
      const gate = new Gate();
      const all = range(3).map((n) => pool.run(waitAtGate, [gate.buffer, n]));
      assert.equal(pool.needsDrain, true);
      gate.open();
      await Promise.all(all);
      await until(() => !pool.needsDrain, 'the pool to drain');
    }
    await until(() => events.length === 20, 'the events');
    assert.deepEqual(
      events,
      range(20).map((n) => (n % 2 === 0 ? 'needsDrain' : 'drain')),
    );
  }));

test('aborting the tasks that wait drains a full pool', () =>
  withPool({ maxQueue: 2 }, async (pool) => {
    const gate = new Gate();
    const controller = new AbortController();
    const running = pool.run(waitAtGate, [gate.buffer, 'ran']);
    const queued = range(2).map(() => pool.run(() => 1, [], { signal: controller.signal }));
    assert.equal(pool.needsDrain, true);
    const drained = new Promise((resolve) => pool.once('drain', resolve));
    controller.abort();
    await drained;
    assert.equal(pool.needsDrain, false);
    for (const { status } of await Promise.allSettled(queued)) assert.equal(status, 'rejected');
    gate.open();
    assert.equal(await running, 'ran');
  }));

test('a pool that lets no task wait drains when a thread is free', () =>
  withPool({ maxThreads: 2, maxQueue: 0 }, async (pool) => {
    const gate = new Gate();
    const other = new Gate();
    const first = pool.run(waitAtGate, [gate.buffer]);
    assert.equal(pool.needsDrain, false);
    const second = pool.run(waitAtGate, [other.buffer]);
    assert.equal(pool.needsDrain, true);
    const drained = new Promise((resolve) => pool.once('drain', resolve));
    gate.open();
    await Promise.all([first, drained]);
    assert.equal(await pool.run(() => 'taken'), 'taken');
    other.open();
    await second;
  }));

test('a pool without a bound on its queue never needs to drain', () =>
  withPool({}, async (pool) => {
    pool.on('needsDrain', () => assert.fail('needsDrain'));
    pool.on('drain', () => assert.fail('drain'));
    await Promise.all(range(1_000).map((n) => pool.run((value) => value, [n])));
    assert.equal(pool.needsDrain, false);
  }));

// ── queueTimeout ─────────────────────────────────────────────────────────────────────────────────

test('a task that waits longer than its queueTimeout rejects, is never run, and frees its place', () =>
  withPool({ maxQueue: 1 }, async (pool) => {
    const gate = new Gate();
    const running = pool.run(waitAtGate, [gate.buffer, 'ran']);
    await gate.allStarted(1);
    const error = await rejection(
      pool.run(waitAtGate, [gate.buffer], { queueTimeout: 20, name: 'impatient' }),
    );
    assert.ok(error instanceof OffloopError);
    assert.equal(error.code, 'OFFLOOP_ERR_QUEUE_TIMEOUT');
    assert.match(error.message, /impatient.*queueTimeout of 20 ms/);
    assert.equal(pool.queueSize, 0);
    const next = pool.run(() => 'next');
    gate.open();
    assert.equal(await running, 'ran');
    assert.equal(await next, 'next');
    assert.equal(gate.started, 1, 'the other one was never run');
    assert.equal(pool.stats().timedOut, 1);
  }));

test('queueTimeout ends when the task begins: one that runs longer is left alone', () =>
  withPool({ queueTimeout: 30 }, async (pool) => {
    await pool.warmup();
    const gate = new Gate();
    const long = pool.run(waitAtGate, [gate.buffer, 'finished']);
    await gate.allStarted(1);
    // Only when this one was given up, the other one's time has surely passed.
    assert.equal((await rejection(pool.run(() => 1))).code, 'OFFLOOP_ERR_QUEUE_TIMEOUT');
    gate.open();
    assert.equal(await long, 'finished');
  }));

test("a run's queueTimeout wins over its pool's, Infinity included", () =>
  withPool({ queueTimeout: 10 }, async (pool) => {
    const gate = new Gate();
    const running = pool.run(waitAtGate, [gate.buffer], { queueTimeout: Infinity });
    await gate.allStarted(1);
    const patient = pool.run(() => 'patient', [], { queueTimeout: Infinity });
    const impatient = await rejection(pool.run(() => 'impatient'));
    assert.equal(impatient.code, 'OFFLOOP_ERR_QUEUE_TIMEOUT');
    gate.open();
    await running;
    assert.equal(await patient, 'patient');
  }));

test('queueTimeout and abort of the same waiting task settle it once', () =>
  withPool({}, async (pool) => {
    const gate = new Gate();
    const running = pool.run(waitAtGate, [gate.buffer]);
    await gate.allStarted(1);
    const outcomes = [];
    for (const n of range(200)) {
      const controller = new AbortController();
      const options = { queueTimeout: 1 + (n % 5), signal: controller.signal };
      outcomes.push(rejection(pool.run(waitAtGate, [gate.buffer], options)));
      setTimeout(() => controller.abort(), n % 7);
    }
    const codes = new Set((await Promise.all(outcomes)).map(({ code }) => code));
    assert.deepEqual(
      [...codes].filter((code) => code !== 'ABORT_ERR' && code !== 'OFFLOOP_ERR_QUEUE_TIMEOUT'),
      [],
    );
    assert.equal(pool.queueSize, 0);
    gate.open();
    await running;
    await until(() => {
      const { aborted, timedOut } = pool.stats();
      return aborted + timedOut === 200;
    }, 'each to be counted once');
    assert.equal(gate.started, 1);
  }));

// ── several pools ────────────────────────────────────────────────────────────────────────────────

test('pools side by side share nothing: a full or closed one leaves the others alone', async () => {
  const busy = new Pool({ maxThreads: 1, maxQueue: 1, name: 'reports' });
  const free = new Pool({ maxThreads: 1, maxQueue: 1, name: 'images' });
  const gate = new Gate();
  const echo = (value) => value;
  const held = busy.run(waitAtGate, [gate.buffer, 'held']);
  await gate.allStarted(1);
  const waiting = rejection(busy.run(echo, ['waits']));
  const full = await rejection(busy.run(echo, [1]));
  assert.equal(full.code, 'OFFLOOP_ERR_QUEUE_FULL');
  assert.equal(await free.run(echo, ['runs']), 'runs');
  assert.equal(free.cancelPending(), 0);
  assert.equal(busy.cancelPending('cleared'), 1);
  assert.equal((await waiting).cause, 'cleared');
  await free.close();
  assert.match((await rejection(free.run(echo, [1]))).message, /images/);
  gate.open();
  assert.equal(await held, 'held');
  assert.equal(await busy.run(echo, ['still open']), 'still open');
  assert.deepEqual([busy.name, free.name], ['reports', 'images']);
  await busy.close();
});

test('pools without a name are named apart', () => {
  const names = range(3).map(() => new Pool().name);
  assert.equal(new Set(names).size, 3);
  for (const name of names) assert.match(name, /^pool-\d+$/);
});

test('cancelPending leaves the running tasks, and takes priorities and signals along', () =>
  withPool({}, async (pool) => {
    const gate = new Gate();
    const { signal } = new AbortController();
    const running = pool.run(waitAtGate, [gate.buffer, 'ran'], { signal });
    await gate.allStarted(1);
    const waiting = range(9).map((n) => pool.run(() => 1, [], { priority: n, signal }));
    assert.equal(pool.cancelPending('cancelled'), 9);
    for (const { reason } of await Promise.allSettled(waiting)) {
      assert.deepEqual([reason.name, reason.cause], ['AbortError', 'cancelled']);
    }
    gate.open();
    assert.equal(await running, 'ran');
    await delay(1);
    assert.equal(pool.stats().aborted, 9);
  }));
