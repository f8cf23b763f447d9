'use strict';

const assert = require('node:assert/strict');
const { getEventListeners } = require('node:events');
const test = require('node:test');

const { Pool, AbortError, TimeoutError } = require('..');
const { runNode } = require('./helpers/child.js');
const { Gate, waitAtGate, spin } = require('./helpers/gate.js');
const { withPool } = require('./helpers/pool.js');
const { until, rejection } = require('./helpers/until.js');

const root = JSON.stringify(require.resolve('..'));
const range = (count) => Array.from({ length: count }, (_, index) => index);
const listeners = (signal) => getEventListeners(signal, 'abort').length;

/** An AbortSignal that counts every listener added and removed. */
function countingSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  const calls = { added: 0, removed: 0 };
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args) => {
    calls.added += 1;
    return addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args) => {
    calls.removed += 1;
    return removeEventListener.apply(signal, args);
  };
  return { controller, signal, calls };
}

/** An endless task that has begun, and the error that will end it. */
async function spinning(pool, options) {
  const buffer = new SharedArrayBuffer(8);
  const ended = rejection(pool.run(spin, [buffer], options));
  await until(() => new Int32Array(buffer)[1] > 0, 'the loop to run');
  return { ended };
}

// ── listeners ────────────────────────────────────────────────────────────────────────────────────

test('a signal shared by thousands of tasks of two pools gets one listener at a time, and no warning', async () => {
  const script = `
    const { Pool } = require(${root});
    const { getEventListeners } = require('node:events');
    process.on('warning', (warning) => console.log(warning.name));
    const pools = [new Pool({ maxThreads: 1 }), new Pool({ maxThreads: 1 })];
    const controller = new AbortController();
    const { signal } = controller;
    const all = Array.from({ length: 5000 }, (_, n) => pools[n % 2].run((v) => v, [n], { signal }));
    console.log(getEventListeners(signal, 'abort').length);
    Promise.all(all).then(async () => {
      console.log(getEventListeners(signal, 'abort').length);
      for (const pool of pools) await pool.close();
    });
  `;
  const { code, stdout, stderr } = await runNode(['-e', script]);
  assert.deepEqual([code, stdout, stderr], [0, '1\n0\n', '']);
});

test('every listener that was added is removed, however the task ends', () =>
  withPool({ maxQueue: 1 }, async (pool) => {
    const ends = {
      'a result': () => pool.run(() => 1, [], { signal }),
      'a throw': () =>
        pool.run(
          () => {
            throw new Error('thrown');
          },
          [],
          { signal },
        ),
      'a timeout': () => pool.run(spin, [new SharedArrayBuffer(8)], { signal, timeout: 10 }),
      'an uncloneable result': () => pool.run(() => () => 1, [], { signal }),
      'an uncloneable argument': () => pool.run((v) => v, [() => 1], { signal }),
      'a closure': () => pool.run(() => pool, [], { signal }),
      'a wrong option': () => pool.run(() => 1, [], { signal, priority: 'high' }),
      'a place in the queue that was lost': async () => {
        const gate = new Gate();
        const running = pool.run(waitAtGate, [gate.buffer]);
        await gate.allStarted(1);
        const queued = rejection(pool.run(() => 1, [], { signal }));
        await rejection(pool.run(() => 1, [], { signal }));
        pool.cancelPending();
        await queued;
        gate.open();
        await running;
      },
      'a wait that was too long': async () => {
        const gate = new Gate();
        const running = pool.run(waitAtGate, [gate.buffer]);
        await gate.allStarted(1);
        await rejection(pool.run(() => 1, [], { signal, queueTimeout: 5 }));
        gate.open();
        await running;
      },
      'the end of the pool': async () => {
        const other = new Pool({ maxThreads: 1 });
        const { ended } = await spinning(other, { signal });
        await other.destroy();
        await ended;
      },
      'an abort': async () => {
        const { ended } = await spinning(pool, { signal });
        controller.abort();
        await ended;
      },
    };
    const { controller, signal, calls } = countingSignal();
    for (const [name, end] of Object.entries(ends)) {
      await end().catch(() => {});
      assert.deepEqual([calls.added - calls.removed, listeners(signal)], [0, 0], name);
    }
    assert.ok(calls.added >= 6);
  }));

test('a signal without tasks gets its listener back with the next one', () =>
  withPool({}, async (pool) => {
    const { controller, signal, calls } = countingSignal();
    for (const n of range(10)) assert.equal(await pool.run((v) => v, [n], { signal }), n);
    assert.deepEqual(calls, { added: 10, removed: 10 });
    const { ended } = await spinning(pool, { signal });
    assert.equal(calls.added, 11);
    controller.abort('now');
    assert.equal((await ended).cause, 'now');
  }));

test("a user's own listener on the signal is left alone and hears the abort", () =>
  withPool({}, async (pool) => {
    const controller = new AbortController();
    const { signal } = controller;
    let heard = 0;
    signal.addEventListener('abort', () => {
      heard += 1;
    });
    await pool.run(() => 1, [], { signal });
    assert.equal(listeners(signal), 1);
    controller.abort();
    assert.equal(heard, 1);
  }));

// ── when the abort comes ─────────────────────────────────────────────────────────────────────────

test('one abort ends queued, running and settling tasks, and leaves settled ones as they are', () =>
  withPool({ maxThreads: 2 }, async (pool) => {
    const controller = new AbortController();
    const { signal } = controller;
    const settled = pool.run(() => 'settled', [], { signal });
    assert.equal(await settled, 'settled');
    // The one thread is held; the other one's result waits to be fetched when the abort comes.
    const { ended } = await spinning(pool, { signal });
    const settling = pool.run(() => 'too late', [], { signal });
    const gate = new Gate();
    const bystander = pool.run(waitAtGate, [gate.buffer, 'bystander']);
    // It follows on the same thread: once it has begun, the result before it is on its way.
    while (gate.started === 0);
    const queued = pool.run(() => 'never', [], { signal });
    const reason = new Error('all of them');
    controller.abort(reason);
    for (const end of [rejection(settling), ended, rejection(queued)]) {
      const error = await end;
      assert.ok(error instanceof AbortError);
      assert.equal(error.cause, reason);
    }
    gate.open();
    assert.equal(await bystander, 'bystander');
    assert.equal(await settled, 'settled');
    assert.equal(listeners(signal), 0);
  }));

test('an abort from a listener, a promise reaction or a result getter settles the others once', () =>
  withPool({}, async (pool) => {
    const controller = new AbortController();
    const { signal } = controller;
    const first = pool.run((v) => v, [0], { signal });
    const rest = range(100).map(() => pool.run(spin, [new SharedArrayBuffer(8)], { signal }));
    first.then(() => controller.abort('by the first'));
    const ends = await Promise.allSettled(rest);
    assert.ok(ends.every(({ reason }) => reason.cause === 'by the first'));
    assert.equal(pool.queueSize, 0);
    assert.equal(await pool.run(() => 'next'), 'next');
  }));

test('a signal aborted before the call costs no place in the queue and no listener', () =>
  withPool({ maxQueue: 0 }, async (pool) => {
    const signal = AbortSignal.abort('before');
    const all = range(100).map(() => pool.run(() => 1, [], { signal }));
    for (const { reason } of await Promise.allSettled(all)) assert.equal(reason.cause, 'before');
    assert.equal(listeners(signal), 0);
    assert.equal(pool.stats().aborted, 0, 'none of them reached the pool');
    assert.equal(await pool.run(() => 'room'), 'room');
  }));

test('AbortSignal.timeout and AbortSignal.any abort a task with their reason', () =>
  withPool({}, async (pool) => {
    const signal = AbortSignal.timeout(30);
    const late = await rejection(pool.run(spin, [new SharedArrayBuffer(8)], { signal }));
    assert.equal(late.name, 'AbortError');
    assert.equal(late.cause.name, 'TimeoutError');
    const controller = new AbortController();
    const any = AbortSignal.any([new AbortController().signal, controller.signal]);
    const { ended } = await spinning(pool, { signal: any });
    controller.abort('one of them');
    assert.equal((await ended).cause, 'one of them');
  }));

// ── what comes after ─────────────────────────────────────────────────────────────────────────────

test('after an abort or a timeout the same thread and isolate serve the next task, sooner than a new pool could', async () => {
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  const after = [];
  const cold = [];
  await withPool({}, async (pool) => {
    for (const n of range(15)) {
      const controller = new AbortController();
      const buffer = new SharedArrayBuffer(8);
      const options = n % 2 === 0 ? { signal: controller.signal } : { timeout: 20 };
      const endless = rejection(pool.run(spin, [buffer], options));
      await until(() => new Int32Array(buffer)[1] > 0, 'the loop to run');
      const next = pool.run(() => performance.now());
      controller.abort();
      const error = await endless;
      assert.ok(error instanceof AbortError || error instanceof TimeoutError);
      const rejected = performance.now();
      await next;
      after.push(performance.now() - rejected);

      const began = performance.now();
      const fresh = new Pool({ maxThreads: 1 });
      await fresh.run(() => 1);
      cold.push(performance.now() - began);
      await fresh.close();
    }
    assert.equal(pool.stats().isolatesCreated, 1);
  });
  assert.ok(median(after) < median(cold), `${after} ms after a stop, ${cold} ms cold`);
});

test('aborting every other of the tasks that wait leaves the rest in order', () =>
  withPool({}, async (pool) => {
    const gate = new Gate();
    const running = pool.run(waitAtGate, [gate.buffer]);
    await gate.allStarted(1);
    const controllers = range(200).map(() => new AbortController());
    const order = [];
    const all = controllers.map(({ signal }, n) =>
      pool
        .run((v) => v, [n], { signal })
        .then(
          (value) => order.push(value),
          () => {},
        ),
    );
    for (const n of range(200)) if (n % 2 === 0) controllers[n].abort();
    gate.open();
    await Promise.all([running, ...all]);
    assert.deepEqual(
      order,
      range(100).map((n) => 2 * n + 1),
    );
  }));

test('the timeout of a task that waited starts when it starts, and its own work counts', () =>
  withPool({}, async (pool) => {
    const gate = new Gate();
    const running = pool.run(waitAtGate, [gate.buffer]);
    await gate.allStarted(1);
    const quick = pool.run(() => 'quick', [], { timeout: 100 });
    const endless = rejection(pool.run(spin, [new SharedArrayBuffer(8)], { timeout: 20 }));
    await rejection(pool.run(() => 1, [], { queueTimeout: 150 }));
    gate.open();
    await running;
    assert.equal(await quick, 'quick');
    assert.ok((await endless) instanceof TimeoutError);
  }));
