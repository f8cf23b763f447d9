'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');
const assert = require('node:assert/strict');
const { EventEmitter, once } = require('node:events');
const test = require('node:test');

const { Pool, OffloopError, AbortError, offload, defaultPool } = require('..');
const { runNode } = require('./helpers/child.js');
const { Gate, waitAtGate, spin } = require('./helpers/gate.js');
const { until, rejection, delay } = require('./helpers/until.js');

const root = JSON.stringify(require.resolve('..'));

function code(expected) {
  return (error) => error instanceof OffloopError && error.code === expected;
}

// ── size and queue ───────────────────────────────────────────────────────────────────────────────

test('threads start with the tasks, up to maxThreads; the rest waits', async () => {
  const pool = new Pool({ maxThreads: 3 });
  assert.equal(pool.maxThreads, 3);
  assert.equal(pool.threads, 0);
  assert.equal(pool.utilization, 0);
  const gate = new Gate();
  const all = [];
  for (let n = 0; n < 5; n += 1) all.push(pool.run(waitAtGate, [gate.buffer, n]));
  await gate.allStarted(3);
  assert.equal(pool.threads, 3);
  assert.equal(pool.idleThreads, 0);
  assert.equal(pool.queueSize, 2);
  gate.open();
  assert.deepEqual(await Promise.all(all), [0, 1, 2, 3, 4]);
  assert.ok(pool.utilization > 0 && pool.utilization <= 1);
  assert.equal(gate.started, 5);
  await pool.close();
});

test('tasks on one thread run in the order they were submitted', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const buffer = new SharedArrayBuffer(4);
  const order = await Promise.all(
    Array.from({ length: 50 }, () =>
      pool.run((shared) => Atomics.add(new Int32Array(shared), 0, 1), [buffer]),
    ),
  );
  assert.deepEqual(
    order,
    Array.from({ length: 50 }, (_, index) => index),
  );
  await pool.close();
});

test('maxQueue bounds the tasks that wait, those with a signal too', async () => {
  for (const options of [undefined, { signal: new AbortController().signal }]) {
    const pool = new Pool({ maxThreads: 1, maxQueue: 2 });
    const gate = new Gate();
    const accepted = [pool.run(waitAtGate, [gate.buffer, 0], options)];
    await gate.allStarted(1);
    accepted.push(pool.run(waitAtGate, [gate.buffer, 1], options));
    accepted.push(pool.run(waitAtGate, [gate.buffer, 2], options));
    const buffer = new ArrayBuffer(4);
    const refused = await rejection(
      pool.run((b) => b, [buffer], { ...options, transferList: [buffer] }),
    );
    assert.ok(refused instanceof OffloopError);
    assert.equal(refused.code, 'OFFLOOP_ERR_QUEUE_FULL');
    assert.match(refused.message, /maxQueue/);
    assert.equal(buffer.byteLength, 4, 'a refused task detaches nothing');
    assert.equal(pool.queueSize, 2);
    gate.open();
    assert.deepEqual(await Promise.all(accepted), [0, 1, 2]);
    assert.equal(await pool.run(() => 'room again'), 'room again');
    await pool.close();
  }
});

test('maxQueue 0 takes a task when a thread is free, and refuses it when none is', async () => {
  const pool = new Pool({ maxThreads: 1, maxQueue: 0 });
  const gate = new Gate();
  const running = pool.run(waitAtGate, [gate.buffer, 'first']);
  await assert.rejects(
    pool.run(() => 1),
    code('OFFLOOP_ERR_QUEUE_FULL'),
  );
  gate.open();
  assert.equal(await running, 'first');
  assert.equal(await pool.run(() => 'second'), 'second');
  await pool.close();
});

test('needsDrain and drain come once each, around a full queue', async () => {
  const pool = new Pool({ maxThreads: 1, maxQueue: 2 });
  const events = [];
  pool.on('needsDrain', () => events.push('needsDrain'));
  pool.on('drain', () => events.push('drain'));
  const gate = new Gate();
  const all = [pool.run(waitAtGate, [gate.buffer]), pool.run(() => 1)];
  assert.equal(pool.needsDrain, false);
  all.push(pool.run(() => 2));
  assert.equal(pool.needsDrain, true);
  gate.open();
  await Promise.all(all);
  assert.equal(pool.needsDrain, false);
  await until(() => events.includes('drain'), 'drain');
  assert.deepEqual(events, ['needsDrain', 'drain']);
  await pool.close();
});

test('stats tell each state: idle, busy, queued, done', async () => {
  const pool = new Pool({ maxThreads: 2 });
  const idle = pool.stats();
  assert.deepEqual(
    [idle.threads, idle.busyThreads, idle.queued, idle.running, idle.completed, idle.maxThreads],
    [0, 0, 0, 0, 0, 2],
  );
  const gate = new Gate();
  const all = [1, 2, 3].map((n) => pool.run(waitAtGate, [gate.buffer, n]));
  await gate.allStarted(2);
  const busy = pool.stats();
  assert.deepEqual(
    [busy.threads, busy.idleThreads, busy.busyThreads, busy.queued, busy.running],
    [2, 0, 2, 1, 2],
  );
  gate.open();
  await Promise.all(all);
  await rejection(
    pool.run(() => {
      throw new Error('x');
    }),
  );
  await until(() => pool.stats().busyThreads === 0, 'the threads to rest');
  const done = pool.stats();
  assert.deepEqual([done.queued, done.running, done.busyThreads], [0, 0, 0]);
  assert.equal(done.completed + done.failed, 4);
  assert.equal(done.failed, 1);
  assert.equal(pool.completed, done.completed);
  assert.ok(done.busyMs > 0);
  await pool.close();
});

test('two threads work at the same time', async () => {
  const pool = new Pool({ maxThreads: 2 });
  // Each waits for the other: one thread could never finish both.
  const meet = (shared, mine) => {
    const cells = new Int32Array(shared);
    Atomics.store(cells, mine, 1);
    Atomics.notify(cells, mine);
    while (Atomics.load(cells, 1 - mine) === 0) Atomics.wait(cells, 1 - mine, 0, 20);
    return mine;
  };
  const buffer = new SharedArrayBuffer(8);
  const both = Promise.all([
    pool.run(meet, [buffer, 0], { timeout: 30_000 }),
    pool.run(meet, [buffer, 1], { timeout: 30_000 }),
  ]);
  assert.deepEqual(await both, [0, 1]);
  await pool.close();
});

test('an idle isolate is disposed of after idleTimeout; with Infinity it stays', async () => {
  const short = new Pool({ maxThreads: 2, idleTimeout: 50 });
  const long = new Pool({ maxThreads: 1, idleTimeout: Infinity });
  const reasons = [];
  let created = 0;
  short.on('isolateCreate', () => {
    created += 1;
  });
  short.on('isolateDestroy', (reason) => reasons.push(reason));
  await Promise.all([short.run(() => 1), short.run(() => 2), long.run(() => 3)]);
  assert.ok(short.threads >= 1);
  await until(() => short.threads === 0, 'idle isolates to go');
  await until(() => reasons.length === created && created > 0, 'the events');
  assert.ok(reasons.every((reason) => typeof reason === 'string' && reason !== ''));
  assert.equal(long.threads, 1);
  assert.equal(await short.run(() => 'again'), 'again');
  await Promise.all([short.close(), long.close()]);
});

test('the event loop goes on while a task computes', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const gate = new Gate();
  const busy = pool.run(waitAtGate, [gate.buffer, 'done']);
  await gate.allStarted(1);
  let turns = 0;
  await new Promise((resolve) => {
    const timer = setInterval(() => {
      turns += 1;
      if (turns === 10) {
        clearInterval(timer);
        resolve();
      }
    }, 1);
  });
  gate.open();
  assert.equal(await busy, 'done');
  await pool.close();
});

// ── the end ──────────────────────────────────────────────────────────────────────────────────────

test('an unused pool and an idle one close, and say so once', async () => {
  for (const warm of [false, true]) {
    const pool = new Pool({ maxThreads: 1 });
    if (warm) await pool.run(() => 1);
    let closed = 0;
    pool.on('close', () => {
      closed += 1;
    });
    await pool.close();
    await pool.close();
    assert.equal(pool.threads, 0);
    await until(() => closed > 0, 'the event');
    await delay(5);
    assert.equal(closed, 1);
  }
});

test('close lets running and waiting tasks finish, and refuses new ones', async () => {
  const pool = new Pool({ maxThreads: 1, name: 'leaving' });
  const gate = new Gate();
  const running = pool.run(waitAtGate, [gate.buffer, 'running']);
  await gate.allStarted(1);
  const waiting = pool.run(() => 'waiting');
  const closed = pool.close();
  const refused = await rejection(pool.run(() => 1));
  assert.equal(refused.code, 'OFFLOOP_ERR_CLOSED');
  assert.match(refused.message, /leaving/);
  gate.open();
  await closed;
  assert.equal(await running, 'running');
  assert.equal(await waiting, 'waiting');
  assert.equal(pool.threads, 0);
  await assert.rejects(
    pool.run(() => 1),
    code('OFFLOOP_ERR_CLOSED'),
  );
});

test('a refused run after close detaches nothing', async () => {
  const pool = new Pool({ maxThreads: 1 });
  await pool.close();
  const buffer = new ArrayBuffer(3);
  await assert.rejects(
    pool.run((b) => b, [buffer], { transferList: [buffer] }),
    code('OFFLOOP_ERR_CLOSED'),
  );
  assert.equal(buffer.byteLength, 3);
});

test('close with force lets running tasks finish and rejects those that wait', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const gate = new Gate();
  const running = pool.run(waitAtGate, [gate.buffer, 'finished']);
  await gate.allStarted(1);
  const waiting = [pool.run(() => 1), pool.run(() => 2)];
  const closed = pool.close({ force: true });
  for (const { reason } of await Promise.allSettled(waiting)) {
    assert.ok(reason instanceof OffloopError);
    assert.equal(reason.code, 'OFFLOOP_ERR_CLOSED');
  }
  gate.open();
  assert.equal(await running, 'finished');
  await closed;
});

test('close with a timeout stops what is still running then', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const buffer = new SharedArrayBuffer(8);
  const endless = pool.run(spin, [buffer]);
  const waiting = pool.run(() => 1);
  await until(() => new Int32Array(buffer)[1] > 0, 'the loop to run');
  const closed = pool.close({ timeout: 20 });
  await assert.rejects(endless, code('OFFLOOP_ERR_CLOSED'));
  await assert.rejects(waiting, code('OFFLOOP_ERR_CLOSED'));
  await closed;
  assert.equal(pool.threads, 0);
});

test('a close in progress can be forced, then destroyed', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const buffer = new SharedArrayBuffer(8);
  const endless = pool.run(spin, [buffer]);
  const waiting = pool.run(() => 1);
  await until(() => new Int32Array(buffer)[1] > 0, 'the loop to run');
  const closed = pool.close();
  const forced = pool.close({ force: true });
  await assert.rejects(waiting, code('OFFLOOP_ERR_CLOSED'));
  const destroyed = pool.destroy();
  await assert.rejects(endless, code('OFFLOOP_ERR_CLOSED'));
  await Promise.all([closed, forced, destroyed]);
});

test('destroy stops an endless loop and rejects everything', async () => {
  const pool = new Pool({ maxThreads: 2 });
  const buffer = new SharedArrayBuffer(8);
  const all = [1, 2, 3, 4].map(() => pool.run(spin, [buffer]));
  const settled = Promise.allSettled(all);
  await until(() => new Int32Array(buffer)[1] > 0, 'a loop to run');
  await pool.destroy();
  for (const { reason } of await settled) assert.equal(reason.code, 'OFFLOOP_ERR_CLOSED');
  assert.equal(pool.threads, 0);
  assert.equal(pool.stats().isolatesCreated, pool.stats().isolatesDisposed);
  await pool.destroy();
  await assert.rejects(
    pool.run(() => 1),
    code('OFFLOOP_ERR_CLOSED'),
  );
});

test('Symbol.asyncDispose closes the pool after its tasks', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const result = pool.run(() => 'finished');
  await pool[Symbol.asyncDispose]();
  assert.equal(await result, 'finished');
  await assert.rejects(
    pool.run(() => 1),
    code('OFFLOOP_ERR_CLOSED'),
  );
});

test('a listener that throws is an uncaught error of its own and spoils no task', async () => {
  const script = `
    const { Pool } = require(${root});
    const pool = new Pool({ maxThreads: 1 });
    pool.on('isolateCreate', () => { throw new Error('listener failed'); });
    process.on('uncaughtException', (error) => console.log('uncaught:', error.message));
    pool.run(() => 'result').then(async (value) => { console.log(value); await pool.close(); console.log('closed'); });
  `;
  const { code: exitCode, stdout } = await runNode(['-e', script]);
  assert.equal(exitCode, 0);
  assert.deepEqual(stdout.trim().split('\n').sort(), [
    'closed',
    'result',
    'uncaught: listener failed',
  ]);
});

test('events come in the async context of the pool, not of a task', async () => {
  const storage = new AsyncLocalStorage();
  const pool = storage.run('owner', () => new Pool({ maxThreads: 1 }));
  const seen = [];
  pool.on('isolateCreate', () => seen.push(storage.getStore()));
  await storage.run('request', () => pool.run(() => 1));
  await until(() => seen.length > 0, 'isolateCreate');
  assert.deepEqual(seen, ['owner']);
  await pool.close();
});

test(
  'pools that nobody holds any more are collected, their threads with them',
  {
    skip: process.platform !== 'linux' && 'needs /proc',
  },
  async () => {
    const script = `
    const { readdirSync, readFileSync } = require('node:fs');
    const { Pool } = require(${root});
    const nameOf = (id) => {
      try { return readFileSync('/proc/self/task/' + id + '/comm', 'utf8'); } catch { return 'ended'; }
    };
    const threads = () => readdirSync('/proc/self/task').filter((id) => nameOf(id).startsWith('offloop-gone')).length;
    const forget = () => new Pool({ maxThreads: 1, name: 'gone', idleTimeout: Infinity }).run(() => 1);
    (async () => {
      await Promise.all(Array.from({ length: 8 }, forget));
      const before = threads();
      for (let turn = 0; turn < 500 && threads() > 0; turn += 1) {
        gc();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      console.log(before, threads());
    })();
  `;
    const { stdout, stderr } = await runNode(['--expose-gc', '-e', script]);
    assert.deepEqual([stdout, stderr], ['8 0\n', '']);
  },
);

// ── the process ──────────────────────────────────────────────────────────────────────────────────

test('an idle pool does not keep the process alive', async () => {
  const script = `
    const { Pool } = require(${root});
    const pool = new Pool({ maxThreads: 2, idleTimeout: Infinity });
    pool.run(() => 6 * 7).then(console.log);
  `;
  const { code: exitCode, signal, stdout } = await runNode(['-e', script], { timeout: 20_000 });
  assert.deepEqual([exitCode, signal, stdout], [0, null, '42\n']);
});

test('a task in flight keeps the process alive until it has settled', async () => {
  const script = `
    const { Pool } = require(${root});
    new Pool({ maxThreads: 1 }).run(() => { const end = Date.now() + 300; while (Date.now() < end); return 'late'; })
      .then(console.log);
  `;
  const { code: exitCode, stdout } = await runNode(['-e', script]);
  assert.deepEqual([exitCode, stdout], [0, 'late\n']);
});

test('waiting for close keeps the process alive', async () => {
  const script = `
    const { Pool } = require(${root});
    const pool = new Pool({ maxThreads: 1 });
    pool.run(() => 1).then(() => pool.close()).then(() => console.log('closed'));
  `;
  const { code: exitCode, stdout } = await runNode(['-e', script]);
  assert.deepEqual([exitCode, stdout], [0, 'closed\n']);
});

test('a pool works in a Worker, apart from the one of the main thread', async () => {
  const { Worker } = require('node:worker_threads');
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const { Pool } = require(${root});
     const pool = new Pool({ maxThreads: 1 });
     pool.run((a) => a * 2, [21]).then(async (value) => { await pool.close(); parentPort.postMessage(value); });`,
    { eval: true },
  );
  const [[value], [exitCode]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  assert.deepEqual([value, exitCode], [42, 0]);
});

test('pools are event emitters with a name each', async () => {
  const first = new Pool();
  const second = new Pool({ name: 'second' });
  assert.ok(first instanceof EventEmitter);
  assert.match(first.name, /^pool-\d+$/);
  assert.equal(second.name, 'second');
  assert.deepEqual(
    Object.keys(first).filter((key) => !key.startsWith('_')),
    [],
  );
  await Promise.all([first.close(), second.close()]);
});

// ── offload ──────────────────────────────────────────────────────────────────────────────────────

test('offload makes a function of the same name that runs on the default pool', async () => {
  const heavy = offload(function heavy(a, b) {
    return a * b;
  });
  assert.equal(heavy.name, 'heavy');
  assert.equal(heavy.length, 2);
  assert.deepEqual(heavy.captures, []);
  assert.equal(await heavy(6, 7), 42);
  const pool = defaultPool();
  assert.equal(pool.name, 'default');
  assert.equal(defaultPool(), pool);
  assert.throws(() => defaultPool({ maxThreads: 1 }), { code: 'OFFLOOP_ERR_INVALID_OPTION' });
});

test('options of with win over those of offload, for that call only', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const loop = pool.offload(
    (forever) => {
      for (; forever;);
      return 'ended';
    },
    { timeout: 500, name: 'base' },
  );
  const error = await rejection(loop(true));
  assert.match(error.message, /base/);
  assert.match((await rejection(loop.with({ name: 'other' })(true))).message, /other.*500/);
  const controller = new AbortController();
  const aborted = loop.with({ timeout: Infinity, signal: controller.signal })(true);
  setTimeout(() => controller.abort(), 20);
  assert.ok((await rejection(aborted)) instanceof AbortError);
  assert.equal(await loop(false), 'ended');
  await pool.close();
});

test('offload runs on the pool it is given', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const twice = offload((n) => n * 2, { pool });
  assert.equal(await twice(4), 8);
  assert.equal(pool.stats().completed, 1);
  await pool.close();
  await assert.rejects(twice(1), code('OFFLOOP_ERR_CLOSED'));
});

test('the default pool can be configured before its first use', async () => {
  const script = `
    const { defaultPool, offload } = require(${root});
    const pool = defaultPool({ maxThreads: 1, name: 'mine' });
    offload((n) => n + 1)(1).then((n) => console.log(n, pool.name, pool.maxThreads, pool.stats().completed));
  `;
  const { stdout } = await runNode(['-e', script]);
  assert.equal(stdout, '2 mine 1 1\n');
});

test('named exports are there for ES modules', async () => {
  const namespace = await import('../index.js');
  assert.deepEqual(
    Object.keys(namespace)
      .filter((name) => !/^(default|module\.exports)$/.test(name))
      .sort(),
    Object.keys(require('../index.js')).sort(),
  );
});
