'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');

const { Pool } = require('..');
const { runNode } = require('./helpers/child.js');
const { Gate, waitAtGate, spin } = require('./helpers/gate.js');
const { withPool, isolateOf } = require('./helpers/pool.js');
const { until, rejection, delay } = require('./helpers/until.js');

const root = JSON.stringify(require.resolve('..'));
const range = (count) => Array.from({ length: count }, (_, index) => index);

/** Counts the events of a pool's isolates. */
function watchIsolates(pool) {
  const seen = { created: 0, destroyed: [] };
  pool.on('isolateCreate', () => {
    seen.created += 1;
  });
  pool.on('isolateDestroy', (reason) => seen.destroyed.push(reason));
  return seen;
}

/** In which isolates these many tasks run that run at the same time. */
async function isolatesOf(pool, count) {
  const gate = new Gate();
  const all = range(count).map(() =>
    pool.run(
      (buffer, source) => {
        const state = new Int32Array(buffer);
        Atomics.add(state, 0, 1);
        while (Atomics.load(state, 1) === 0) Atomics.wait(state, 1, 0, 20);
        return new Function(`return (${source})()`)();
      },
      [gate.buffer, String(isolateOf)],
    ),
  );
  await gate.allStarted(count);
  gate.open();
  return (await Promise.all(all)).map(([id]) => id);
}

// ── which isolate a task finds ───────────────────────────────────────────────────────────────────

test('calls one after the other are served by one isolate, the one used last', () =>
  withPool({ maxThreads: 4 }, async (pool) => {
    const first = await pool.run(isolateOf);
    for (const n of range(300)) {
      assert.deepEqual(await pool.run(isolateOf), [first[0], n + 1]);
      // Sometimes the thread is still there, sometimes it has left its isolate.
      if (n % 50 === 0) await delay(5);
    }
    assert.equal(pool.stats().isolatesCreated, 1);
  }));

test('of several idle isolates the one used last is used next', () =>
  withPool({ maxThreads: 3 }, async (pool) => {
    assert.equal(new Set(await isolatesOf(pool, 3)).size, 3);
    // Soon all three threads have left their isolates; then only the order of the idle ones decides.
    await until(async () => {
      const used = new Set();
      for (let n = 0; n < 50; n += 1) used.add((await pool.run(isolateOf))[0]);
      return used.size === 1;
    }, 'fifty calls in one isolate');
  }));

test('four tasks in one tick start four threads', () =>
  withPool({ maxThreads: 4 }, async (pool) => {
    assert.equal(new Set(await isolatesOf(pool, 4)).size, 4);
    assert.equal(pool.threads, 4);
  }));

// ── minThreads and warmup ────────────────────────────────────────────────────────────────────────

test('minThreads isolates are made ahead and outlast the idle timeout; those beyond do not', () =>
  withPool({ minThreads: 1, maxThreads: 3, idleTimeout: 30 }, async (pool) => {
    const seen = watchIsolates(pool);
    assert.equal(pool.threads, 1);
    await until(() => seen.created === 1, 'the isolate');
    await isolatesOf(pool, 3);
    assert.equal(pool.threads, 3);
    await until(() => pool.threads === 1, 'the idle ones to go');
    await until(() => seen.destroyed.length === 2, 'the events');
    assert.deepEqual(seen.destroyed, ['idle', 'idle']);
    await delay(100);
    assert.equal(pool.threads, 1);
  }));

test('an isolate below minThreads that was lost is replaced without a task asking for it', () =>
  withPool({ minThreads: 1, memoryLimitMb: 16 }, async (pool) => {
    const seen = watchIsolates(pool);
    const hungry = () => {
      const all = [];
      for (;;) all.push(new Array(1_000).fill(all.length));
    };
    assert.equal((await rejection(pool.run(hungry))).code, 'OFFLOOP_ERR_MEMORY_LIMIT');
    await until(() => seen.created === 2, 'another isolate');
    assert.equal(pool.threads, 1);
    assert.deepEqual(seen.destroyed, ['memory-limit']);
  }));

test('warmup resolves when the isolates exist, and the tasks that follow make none', () =>
  withPool({ maxThreads: 3 }, async (pool) => {
    const seen = watchIsolates(pool);
    assert.equal(await pool.warmup(2), undefined);
    assert.deepEqual([pool.threads, pool.stats().isolatesCreated, seen.created], [2, 2, 2]);
    await pool.warmup();
    assert.equal(pool.stats().isolatesCreated, 3);
    assert.equal(new Set(await isolatesOf(pool, 3)).size, 3);
    assert.equal(pool.stats().isolatesCreated, 3);
  }));

test('a warmup for what exists already, or for none, resolves and makes nothing', () =>
  withPool({ maxThreads: 2 }, async (pool) => {
    await pool.warmup(0);
    assert.equal(pool.threads, 0);
    await pool.warmup(2);
    await Promise.all([pool.warmup(1), pool.warmup(2), pool.warmup()]);
    assert.equal(pool.stats().isolatesCreated, 2);
  }));

test('warmups at the same time, and tasks among them, make maxThreads isolates at most', () =>
  withPool({ maxThreads: 4 }, async (pool) => {
    const tasks = range(3).map(() => pool.run(isolateOf));
    await Promise.all([pool.warmup(2), pool.warmup(4), pool.warmup(3)]);
    assert.equal(pool.threads, 4);
    await Promise.all(tasks);
    assert.equal(pool.stats().isolatesCreated, 4);
  }));

test('a task that comes while the pool warms up takes the isolate that is being made', () =>
  withPool({}, async (pool) => {
    const warm = pool.warmup();
    const task = pool.run(isolateOf);
    await Promise.all([warm, task]);
    assert.equal(pool.stats().isolatesCreated, 1);
  }));

test('warmed isolates that stay idle are disposed of like any other', () =>
  withPool({ maxThreads: 2, idleTimeout: 20 }, async (pool) => {
    await pool.warmup();
    await until(() => pool.threads === 0, 'the isolates to go');
    await pool.warmup();
    assert.equal(pool.stats().isolatesCreated, 4);
  }));

test('a warmup cut short by the end of the pool rejects; one after it, too', async () => {
  const pool = new Pool({ maxThreads: 2 });
  const cut = pool.warmup().catch((error) => error);
  const closed = pool.close();
  const outcome = await cut;
  // It may have been fast enough.
  if (outcome !== undefined) assert.equal(outcome.code, 'OFFLOOP_ERR_CLOSED');
  await closed;
  assert.equal(pool.threads, 0);
  assert.equal((await rejection(pool.warmup())).code, 'OFFLOOP_ERR_CLOSED');
  assert.equal((await rejection(pool.recycle())).code, 'OFFLOOP_ERR_CLOSED');
  const { isolatesCreated, isolatesDisposed } = pool.stats();
  assert.equal(isolatesCreated, isolatesDisposed);
});

test('warmup of a wrong count rejects, naming it', () =>
  withPool({ maxThreads: 2 }, async (pool) => {
    for (const n of ['2', null, 1.5, -1, 3, NaN, Infinity, {}]) {
      const error = await rejection(pool.warmup(n));
      assert.equal(error.code, 'OFFLOOP_ERR_INVALID_OPTION');
      assert.equal(error.option, 'n');
    }
    assert.equal(pool.threads, 0);
  }));

test('awaiting a warmup keeps the process alive; isolates kept for nobody do not', async () => {
  const script = `
    const { Pool } = require(${root});
    const pool = new Pool({ minThreads: 1, maxThreads: 2, idleTimeout: Infinity });
    pool.warmup().then(() => console.log(pool.threads));
  `;
  const { code, signal, stdout } = await runNode(['-e', script], { timeout: 20_000 });
  assert.deepEqual([code, signal, stdout], [0, null, '2\n']);
  const idle = `new (require(${root}).Pool)({ minThreads: 2, maxThreads: 2 });`;
  const { code: idleCode } = await runNode(['-e', idle], { timeout: 20_000 });
  assert.equal(idleCode, 0);
});

test('each step of an idle pool, a busy one and a full one shows in its numbers', () =>
  withPool({ minThreads: 1, maxThreads: 2 }, async (pool) => {
    await pool.warmup(1);
    const numbers = () => {
      const { threads, busyThreads, idleThreads, queued, running } = pool.stats();
      return [threads, busyThreads, idleThreads, queued, running];
    };
    assert.deepEqual(numbers(), [1, 0, 1, 0, 0]);
    const gate = new Gate();
    const all = [pool.run(waitAtGate, [gate.buffer])];
    await gate.allStarted(1);
    assert.deepEqual(numbers(), [1, 1, 0, 0, 1]);
    all.push(pool.run(waitAtGate, [gate.buffer]), pool.run(waitAtGate, [gate.buffer]));
    await gate.allStarted(2);
    assert.deepEqual(numbers(), [2, 2, 0, 1, 2]);
    gate.open();
    await Promise.all(all);
    await until(() => pool.stats().running === 0, 'the threads to rest');
    assert.deepEqual(numbers(), [2, 0, 2, 0, 0]);
  }));

// ── recycle ──────────────────────────────────────────────────────────────────────────────────────

test('recycle gives the next task fresh module and global state', () =>
  withPool({}, async (pool) => {
    const seen = watchIsolates(pool);
    const [before] = await pool.run(isolateOf);
    assert.equal(await pool.recycle(), undefined);
    assert.equal(pool.threads, 0);
    const [after, asked] = await pool.run(isolateOf);
    assert.notEqual(after, before);
    assert.equal(asked, 0);
    assert.deepEqual(seen.destroyed, ['recycled']);
  }));

test('a recycled isolate is counted as recycled and as disposed of, not as lost', () =>
  withPool({ maxThreads: 2 }, async (pool) => {
    await pool.warmup(2);
    await pool.recycle();
    const { isolatesRecycled, isolatesDisposed, isolatesLost } = pool.stats();
    assert.deepEqual([isolatesRecycled, isolatesDisposed, isolatesLost], [2, 2, 0]);
  }));

test('recycle waits for the task of a busy isolate, and lets it finish', () =>
  withPool({ maxThreads: 2 }, async (pool) => {
    await isolatesOf(pool, 2);
    const gate = new Gate();
    const running = pool.run(waitAtGate, [gate.buffer, 'finished']);
    await gate.allStarted(1);
    let done = false;
    const recycled = pool.recycle().then(() => {
      done = true;
    });
    await until(() => pool.stats().isolatesDisposed === 1, 'the idle isolate to go');
    await delay(20);
    assert.equal(done, false);
    gate.open();
    assert.equal(await running, 'finished');
    await recycled;
    assert.equal(pool.stats().isolatesDisposed, 2);
  }));

test('tasks that wait when recycle is called, and those submitted right after, run in new isolates', () =>
  withPool({}, async (pool) => {
    const [before] = await pool.run(isolateOf);
    const gate = new Gate();
    const running = pool.run(waitAtGate, [gate.buffer]);
    await gate.allStarted(1);
    const waiting = pool.run(isolateOf);
    const recycled = pool.recycle();
    const after = pool.run(isolateOf);
    gate.open();
    const ids = (await Promise.all([waiting, after])).map(([id]) => id);
    assert.ok(!ids.includes(before));
    await Promise.all([running, recycled]);
    for (let n = 0; n < 50; n += 1) {
      const [old] = await pool.run(isolateOf);
      const done = pool.recycle();
      assert.notEqual((await pool.run(isolateOf))[0], old);
      await done;
    }
  }));

test('a recycled pool has its minThreads again', () =>
  withPool({ minThreads: 2, maxThreads: 2 }, async (pool) => {
    const seen = watchIsolates(pool);
    await pool.warmup();
    await pool.recycle();
    await until(() => seen.created === 4, 'two new isolates');
    assert.equal(pool.threads, 2);
    assert.deepEqual(seen.destroyed, ['recycled', 'recycled']);
  }));

test('recycling an unused pool resolves and starts nothing; twice at once is once', () =>
  withPool({ maxThreads: 2 }, async (pool) => {
    await pool.recycle();
    assert.equal(pool.stats().isolatesCreated, 0);
    await isolatesOf(pool, 2);
    await Promise.all([pool.recycle(), pool.recycle(), pool.recycle()]);
    assert.equal(pool.stats().isolatesDisposed, 2);
  }));

test('a recycle that waits for an endless task is done when the pool is destroyed', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const buffer = new SharedArrayBuffer(8);
  const endless = rejection(pool.run(spin, [buffer]));
  await until(() => new Int32Array(buffer)[1] > 0, 'the loop to run');
  const recycled = pool.recycle();
  await pool.destroy();
  await recycled;
  assert.equal((await endless).code, 'OFFLOOP_ERR_CLOSED');
});

test('recycling, warming up, aborting and running at random settles everything', () =>
  withPool({ minThreads: 1, maxThreads: 3, idleTimeout: 1 }, async (pool) => {
    const all = [];
    for (let n = 0; n < 600; n += 1) {
      const controller = new AbortController();
      all.push(
        pool
          .run((value) => value, [n], { priority: n % 3, signal: controller.signal })
          .then(
            (value) => assert.equal(value, n),
            (error) => assert.equal(error.name, 'AbortError'),
          ),
      );
      if (n % 7 === 0) setImmediate(() => controller.abort());
      if (n % 11 === 0) all.push(pool.recycle());
      if (n % 13 === 0) all.push(pool.warmup(n % 4));
      if (n % 5 === 0) await delay(1);
    }
    await Promise.all(all);
    assert.equal(pool.queueSize, 0);
    await until(() => {
      const { isolatesCreated, isolatesDisposed } = pool.stats();
      return isolatesCreated - isolatesDisposed === 1;
    }, 'all but minThreads to go');
    assert.equal(pool.threads, 1);
    const { completed, aborted } = pool.stats();
    assert.equal(completed + aborted, 600);
  }));
