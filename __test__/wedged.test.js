'use strict';

const assert = require('node:assert/strict');
const { readdirSync, readFileSync } = require('node:fs');
const test = require('node:test');

const { OffloopError, Pool } = require('..');
const { until, rejection } = require('./helpers/until.js');

/** Looks at none of V8's interrupts for so many turns, on no version; `begun` tells that it is on. */
function uninterruptible(turns, begun) {
  if (begun) Atomics.store(new Int32Array(begun), 0, 1);
  // Only a length beyond 32 bits is walked through step by step.
  const length = 2 ** 53 - 1;
  return Array.prototype.indexOf.call({ length }, 1, length - turns);
}

// Wedged for some times the time of grace, but not for ever: a file of busy threads would slow down all others. The
// exits (wedged-exits.test.js) have those that never end.
const WEDGED_CPU_MS = 1_600;
const SAMPLE_TURNS = 1e5;
// Its CPU time, on a machine that is busy with other things.
const LONGEST_WEDGED_MS = 90_000;
let wedgedTurns;

test.before(async () => {
  const pool = new Pool({ maxThreads: 1 });
  await pool.run(uninterruptible, [SAMPLE_TURNS]);
  const before = process.cpuUsage();
  await pool.run(uninterruptible, [SAMPLE_TURNS]);
  const { user, system } = process.cpuUsage(before);
  wedgedTurns = Math.ceil((WEDGED_CPU_MS * 1_000 * SAMPLE_TURNS) / (user + system));
  await pool.close();
});

/** Arguments of a task that is wedged. */
const wedging = (begun) => [wedgedTurns, begun?.buffer];

function signal() {
  const buffer = new SharedArrayBuffer(4);
  const cells = new Int32Array(buffer);
  return { buffer, given: () => Atomics.load(cells, 0) === 1 };
}

function threadsNamed(prefix) {
  return readdirSync('/proc/self/task').filter((id) => {
    try {
      return readFileSync(`/proc/self/task/${id}/comm`, 'utf8').startsWith(prefix);
    } catch {
      return false;
    }
  }).length;
}

// First, while no other thread is busy.
test(
  'a run that ends after all has its isolate disposed of and its thread ended',
  { skip: process.platform !== 'linux' && 'needs /proc' },
  async () => {
    const pool = new Pool({ maxThreads: 1, name: 'late', idleTimeout: Infinity });
    const disposed = [];
    pool.on('isolateDestroy', (reason) => disposed.push(reason));
    const late = pool.run(uninterruptible, wedging(), { timeout: 20 });
    assert.equal((await rejection(late)).code, 'OFFLOOP_ERR_TIMEOUT');
    await until(() => pool.stats().isolatesWedged === 1, 'the isolate to be given up');
    await until(() => threadsNamed('offloop-late') === 2, 'the other thread');
    assert.equal(await pool.run(() => 'next'), 'next');
    await until(() => disposed.length > 0, 'the isolate to be disposed of', LONGEST_WEDGED_MS);
    assert.deepEqual(disposed, ['wedged']);
    await until(() => threadsNamed('offloop-late') === 1, 'the thread to end');
    const { isolatesCreated, isolatesDisposed, threads, running } = pool.stats();
    assert.deepEqual([isolatesCreated, isolatesDisposed, threads, running], [2, 1, 1, 0]);
    assert.equal(await pool.run(() => 'still there'), 'still there');
    await pool.close();
  },
);

test('a task in a builtin that V8 cannot interrupt times out, and another thread takes what waits', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const wedged = pool.run(uninterruptible, wedging(), { timeout: 50 });
  const waiting = Array.from({ length: 20 }, (_, n) => pool.run((value) => value, [n]));
  assert.equal((await rejection(wedged)).code, 'OFFLOOP_ERR_TIMEOUT');
  assert.deepEqual(
    await Promise.all(waiting),
    Array.from({ length: 20 }, (_, n) => n),
  );
  const stats = pool.stats();
  assert.equal(stats.isolatesWedged, 1);
  assert.equal(stats.isolatesLost, 1);
  assert.equal(stats.isolatesParked, 0);
  assert.equal(stats.threadsReplaced, 1);
  assert.equal(stats.timedOut, 1);
  assert.equal(stats.completed, 20);
  assert.equal(stats.running, 0);
  assert.equal(stats.threads, 1);
  assert.equal(stats.isolatesCreated - stats.isolatesDisposed, 2);
  await pool.close();
});

test('an aborted one is given up like one that timed out', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const controller = new AbortController();
  const begun = signal();
  const wedged = pool.run(uninterruptible, wedging(begun), { signal: controller.signal });
  await until(begun.given, 'the task to begin');
  controller.abort('enough');
  const error = await rejection(wedged);
  assert.equal(error.name, 'AbortError');
  assert.equal(error.cause, 'enough');
  assert.equal(await pool.run(() => 'next'), 'next');
  assert.equal(pool.stats().isolatesWedged, 1);
  await pool.close();
});

test('a thread is lost, its neighbours and their idle isolates are not', async () => {
  const pool = new Pool({ maxThreads: 3, idleTimeout: Infinity });
  const begun = [signal(), signal()];
  const hold = (buffer) => {
    const cells = new Int32Array(buffer);
    Atomics.store(cells, 0, 1);
    Atomics.wait(cells, 0, 1);
    globalThis.mark = 'kept';
  };
  const held = begun.map(({ buffer }) => pool.run(hold, [buffer]));
  await until(() => begun.every(({ given }) => given()), 'two tasks to begin');
  assert.equal(
    (await rejection(pool.run(uninterruptible, wedging(), { timeout: 50 }))).code,
    'OFFLOOP_ERR_TIMEOUT',
  );
  await until(() => pool.stats().isolatesWedged === 1, 'the isolate to be given up');
  for (const { buffer } of begun) {
    Atomics.store(new Int32Array(buffer), 0, 2);
    Atomics.notify(new Int32Array(buffer), 0);
  }
  await Promise.all(held);
  assert.equal(await pool.run(() => globalThis.mark), 'kept');
  assert.equal(pool.stats().isolatesCreated, 3);
  assert.equal(pool.stats().threads, 2);
  await pool.close();
});

test('maxThreads tasks run at once although as many threads are wedged', async () => {
  const pool = new Pool({ maxThreads: 2 });
  const both = [1, 2].map(() => rejection(pool.run(uninterruptible, wedging(), { timeout: 50 })));
  for (const error of await Promise.all(both)) assert.equal(error.code, 'OFFLOOP_ERR_TIMEOUT');
  const meeting = new SharedArrayBuffer(4);
  const meet = (buffer) => {
    const cells = new Int32Array(buffer);
    Atomics.add(cells, 0, 1);
    Atomics.notify(cells, 0);
    while (Atomics.load(cells, 0) < 2) Atomics.wait(cells, 0, 1, 20);
    return 'met';
  };
  assert.deepEqual(await Promise.all([pool.run(meet, [meeting]), pool.run(meet, [meeting])]), [
    'met',
    'met',
  ]);
  assert.equal(pool.stats().isolatesWedged, 2);
  assert.equal(pool.stats().threadsReplaced, 2);
  await pool.close();
});

test('close() and destroy() end although a thread is wedged', async () => {
  const closing = new Pool({ maxThreads: 1 });
  const wedged = closing.run(uninterruptible, wedging(), { timeout: 50 });
  const last = closing.run(() => 'last');
  const closed = closing.close();
  assert.equal((await rejection(wedged)).code, 'OFFLOOP_ERR_TIMEOUT');
  assert.equal(await last, 'last');
  await closed;
  assert.equal(closing.stats().threads, 0);

  const destroyed = new Pool({ maxThreads: 2 });
  const begun = signal();
  const running = destroyed.run(uninterruptible, wedging(begun));
  await until(begun.given, 'the task to begin');
  const end = destroyed.destroy();
  assert.equal((await rejection(running)).code, 'OFFLOOP_ERR_CLOSED');
  await end;
  assert.equal(destroyed.stats().isolatesWedged, 1);
});

test('every promise of a storm of stuck and quick tasks settles once', async () => {
  const pool = new Pool({ maxThreads: 2 });
  const settled = new Map();
  const all = Array.from({ length: 60 }, async (_, n) => {
    const stuck = n % 15 === 7;
    const run = stuck
      ? pool.run(uninterruptible, wedging(), { timeout: 20 })
      : pool.run((value) => value, [n]);
    const outcome = await run.catch((error) => error);
    settled.set(n, (settled.get(n) ?? 0) + 1);
    if (stuck) assert.equal(outcome.code, 'OFFLOOP_ERR_TIMEOUT');
    else assert.equal(outcome, n);
  });
  await Promise.all(all);
  assert.ok([...settled.values()].every((times) => times === 1));
  await until(() => pool.stats().isolatesWedged === 4, 'four isolates to be given up');
  assert.equal(pool.stats().running, 0);
  assert.equal(await pool.run(() => 'next'), 'next');
  await pool.close();
});

test('is told by errors of ours', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const error = await rejection(
    pool.run(uninterruptible, wedging(), { timeout: 50, name: 'search' }),
  );
  assert.ok(error instanceof OffloopError);
  assert.match(error.message, /search: .*timeout of 50 ms/);
  await pool.destroy();
});
