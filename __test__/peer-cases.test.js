'use strict';

// What users of piscina, tinypool, workerpool and poolifier rely on or stumble over there, as far as no other file is
// about it. docs/peers.md says for each case which test it is.

const assert = require('node:assert/strict');
const test = require('node:test');
const { Worker } = require('node:worker_threads');

const { Pool, AbortError, TimeoutError } = require('..');
const { runNode } = require('./helpers/child.js');
const { Gate, waitAtGate, spin } = require('./helpers/gate.js');
const { withPool } = require('./helpers/pool.js');
const { until, rejection, delay } = require('./helpers/until.js');

const root = JSON.stringify(require.resolve('..'));
const range = (count) => Array.from({ length: count }, (_, index) => index);
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const hungry = () => {
  const all = [];
  for (;;) all.push(new Array(1_000).fill(all.length));
};

// ── tasks ────────────────────────────────────────────────────────────────────────────────────────

test('of several functions of one module the one that is given runs; one that is missing is refused', () =>
  withPool({}, async (pool) => {
    const handlers = { double: (n) => n * 2, negate: async (n) => -n };
    assert.equal(await pool.run(handlers.double, [4]), 8);
    assert.equal(await pool.run(handlers.negate, [4]), -4);
    const missing = await rejection(pool.run(handlers.treble, [4]));
    assert.equal(missing.code, 'OFFLOOP_ERR_INVALID_OPTION');
    assert.match(missing.message, /must be a function, got undefined/);
  }));

test('a task that returns nothing resolves with undefined, an async one too', () =>
  withPool({}, async (pool) => {
    assert.deepEqual(await Promise.all([pool.run(() => {}), pool.run(async () => {})]), [
      undefined,
      undefined,
    ]);
  }));

test('throw 42, null and undefined reject with just that, from sync and async functions', () =>
  withPool({}, async (pool) => {
    for (const thrown of [42, null, undefined]) {
      const throws = (value) => {
        throw value;
      };
      const rejects = async (value) => {
        await null;
        throw value;
      };
      for (const fn of [throws, rejects]) {
        const [{ status, reason }] = await Promise.allSettled([pool.run(fn, [thrown])]);
        assert.deepEqual([status, reason], ['rejected', thrown]);
      }
    }
  }));

test('Map, Set, BigInt and shared memory come back as they are, a Buffer as a Uint8Array', () =>
  withPool({}, async (pool) => {
    const back = await pool.run(
      (value) => ({ ...value, made: [new Map([[1, new Set([2n])]]), new SharedArrayBuffer(4)] }),
      [{ map: new Map([['k', 1n]]), bytes: Buffer.from('abc') }],
    );
    assert.deepEqual(back.map, new Map([['k', 1n]]));
    assert.equal(Object.getPrototypeOf(back.bytes), Uint8Array.prototype);
    assert.deepEqual([...back.bytes], [97, 98, 99]);
    assert.deepEqual(back.made[0], new Map([[1, new Set([2n])]]));
    assert.ok(back.made[1] instanceof SharedArrayBuffer);
  }));

test('a result that cannot be cloned rejects with an error that says what it is', () =>
  withPool({}, async (pool) => {
    const error = await rejection(pool.run(() => ({ deep: { callback() {} } })));
    assert.ok(error instanceof Error);
    assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
    assert.match(error.message, /deep\.callback/);
  }));

test('minThreads above maxThreads is a RangeError that names the option', () => {
  assert.throws(
    () => new Pool({ minThreads: 3, maxThreads: 2 }),
    (error) =>
      error instanceof RangeError &&
      error.option === 'minThreads' &&
      error.code === 'OFFLOOP_ERR_INVALID_OPTION',
  );
});

// ── cancelling ───────────────────────────────────────────────────────────────────────────────────

test("while a task waits its timeout does not run; AbortSignal.timeout does, as it is the caller's", () =>
  withPool({}, async (pool) => {
    const gate = new Gate();
    const running = pool.run(waitAtGate, [gate.buffer]);
    await gate.allStarted(1);
    const patient = pool.run(() => 'ran', [], { timeout: 60 });
    const signal = AbortSignal.timeout(30);
    const impatient = await rejection(pool.run(() => 'ran', [], { signal }));
    assert.ok(impatient instanceof AbortError);
    assert.equal(impatient.cause, signal.reason);
    await delay(60);
    gate.open();
    await running;
    assert.equal(await patient, 'ran');
  }));

test('an abort of one task leaves the one that runs beside it and all that wait, and costs no isolate', () =>
  withPool({ maxThreads: 2 }, async (pool) => {
    const gate = new Gate();
    const beside = pool.run(waitAtGate, [gate.buffer, 'beside']);
    await gate.allStarted(1);
    const controller = new AbortController();
    const buffer = new SharedArrayBuffer(8);
    const endless = rejection(pool.run(spin, [buffer], { signal: controller.signal }));
    await until(() => new Int32Array(buffer)[1] > 0, 'the loop');
    const waiting = range(5).map((n) => pool.run((value) => value, [n]));
    controller.abort();
    assert.ok((await endless) instanceof AbortError);
    assert.deepEqual(await Promise.all(waiting), range(5));
    gate.open();
    assert.equal(await beside, 'beside');
    const { isolatesCreated, isolatesLost } = pool.stats();
    assert.deepEqual([isolatesCreated, isolatesLost], [2, 0]);
  }));

// ── what dies ────────────────────────────────────────────────────────────────────────────────────

test('a timer that would throw after its task has settled never fires, and the pool lives', () =>
  withPool({}, async (pool) => {
    const heard = [];
    pool.on('error', (error) => heard.push(error));
    const value = await pool.run(() => {
      setTimeout(() => {
        throw new Error('too late');
      }, 1);
      return 'done';
    });
    assert.equal(value, 'done');
    assert.equal(
      await pool.run(() => new Promise((resolve) => setTimeout(resolve, 20, 'on'))),
      'on',
    );
    assert.deepEqual(heard, []);
  }));

test('an isolate that is lost takes its own task with it and no other, and is replaced', () =>
  withPool({ maxThreads: 2, memoryLimitMb: 16 }, async (pool) => {
    const gate = new Gate();
    const beside = pool.run(waitAtGate, [gate.buffer, 'beside']);
    await gate.allStarted(1);
    const lost = range(3).map(() => rejection(pool.run(hungry)));
    const waiting = range(20).map((n) => pool.run((value) => value, [n]));
    for (const error of await Promise.all(lost)) {
      assert.equal(error.code, 'OFFLOOP_ERR_MEMORY_LIMIT');
    }
    assert.deepEqual(await Promise.all(waiting), range(20));
    gate.open();
    assert.equal(await beside, 'beside');
    assert.equal(pool.stats().isolatesLost, 3);
  }));

test('close is emitted after the last task has settled', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const completed = [];
  pool.on('close', () => completed.push(pool.completed));
  const all = range(3).map((n) => pool.run((value) => value, [n]));
  await pool.close();
  assert.deepEqual(await Promise.all(all), range(3));
  await until(() => completed.length > 0, 'the event');
  assert.deepEqual(completed, [3]);
});

test('nothing revives a pool that has ended: run, offload, warmup and recycle reject', async () => {
  for (const end of ['close', 'destroy']) {
    const pool = new Pool({ maxThreads: 1 });
    const twice = pool.offload((n) => n * 2);
    assert.equal(await twice(1), 2);
    await pool[end]();
    for (const call of [
      () => pool.run(() => 1),
      () => twice(1),
      () => pool.warmup(),
      () => pool.recycle(),
    ]) {
      assert.equal((await rejection(call())).code, 'OFFLOOP_ERR_CLOSED');
    }
    await delay(5);
    assert.deepEqual([pool.threads, pool.queueSize], [0, 0]);
  }
});

test('every task in flight settles when its pool is destroyed, whatever it was doing', async () => {
  const pool = new Pool({ maxThreads: 3 });
  const buffer = new SharedArrayBuffer(8);
  const never = async () => {
    await new Promise((resolve) => setTimeout(resolve, 1e9));
  };
  const all = [
    pool.run(spin, [buffer]),
    pool.run(never),
    pool.run(() => JSON.stringify(new Array(1e6).fill(1)).length),
    ...range(50).map((n) => pool.run((value) => value, [n])),
  ];
  await until(() => new Int32Array(buffer)[1] > 0, 'the loop');
  const settled = Promise.allSettled(all);
  await pool.destroy();
  for (const { status, reason } of await settled) {
    if (status === 'rejected') assert.equal(reason.code, 'OFFLOOP_ERR_CLOSED');
  }
});

// ── starting ─────────────────────────────────────────────────────────────────────────────────────

test('the package loads and runs where there is no navigator, as on Node 20', async () => {
  const script = `
    delete globalThis.navigator;
    const { Pool } = require(${root});
    (async () => {
      const { offload } = await import(${root});
      const pool = new Pool({ maxThreads: 1 });
      console.log(typeof navigator, await pool.run(() => 6 * 7), await offload((n) => n + 1)(1));
      await pool.close();
    })();
  `;
  const { code, stdout, stderr } = await runNode(['-e', script]);
  assert.deepEqual([code, stdout, stderr], [0, 'undefined 42 2\n', '']);
});

/** Milliseconds until a new Worker has computed something from what it was given. */
function workerReady() {
  const began = performance.now();
  const worker = new Worker(
    "const { parentPort, workerData } = require('worker_threads'); parentPort.postMessage(workerData + 1);",
    { eval: true, workerData: 1 },
  );
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', () => {
      resolve(performance.now() - began);
      worker.terminate();
    });
  });
}

async function poolReady() {
  const began = performance.now();
  const pool = new Pool({ maxThreads: 1 });
  await pool.run((n) => n + 1, [1]);
  const took = performance.now() - began;
  await pool.close();
  return took;
}

test('the first task of a new pool is done before a Worker of one thread could answer', async () => {
  await poolReady();
  const [ours, workers] = [[], []];
  for (let round = 0; round < 7; round += 1) {
    ours.push(await poolReady());
    workers.push(await workerReady());
  }
  assert.ok(median(ours) < median(workers), `${ours} ms, Workers ${workers} ms`);
});

test('sixteen idle isolates take less memory than sixteen idle Workers', async () => {
  // Each in a process of its own, whose memory before it is the same.
  const ours = `
    const { Pool } = require(${root});
    const pool = new Pool({ maxThreads: 16 });
    const before = process.memoryUsage.rss();
    pool.warmup().then(() => { console.log(process.memoryUsage.rss() - before); return pool.close(); });
  `;
  const workers = `
    const { Worker } = require('node:worker_threads');
    require(${root});
    const before = process.memoryUsage.rss();
    const all = Array.from({ length: 16 }, () =>
      new Worker("setInterval(() => {}, 1e9); require('worker_threads').parentPort.postMessage(1)", { eval: true }));
    Promise.all(all.map((worker) => new Promise((resolve) => worker.once('message', resolve)))).then(() => {
      console.log(process.memoryUsage.rss() - before);
      for (const worker of all) worker.terminate();
    });
  `;
  const grown = await Promise.all(
    [ours, workers].map(async (script) => Number((await runNode(['-e', script])).stdout)),
  );
  assert.ok(grown[0] > 0 && grown[0] < grown[1], `${grown} bytes`);
});

test('a burst of 5,000 tasks on one thread settles in order, each with its own result', () =>
  withPool({}, async (pool) => {
    const order = [];
    const all = range(5_000).map((n) =>
      pool
        .run((a, b) => a + b, [n, 1])
        .then((value) => {
          order.push(n);
          return value;
        }),
    );
    assert.deepEqual(
      await Promise.all(all),
      range(5_000).map((n) => n + 1),
    );
    assert.deepEqual(order, range(5_000));
    assert.equal(pool.stats().isolatesCreated, 1);
  }));

test('more than 65,536 tasks in flight get each its own answer', () =>
  withPool({ maxThreads: 2 }, async (pool) => {
    const count = 70_000;
    const gate = new Gate();
    const held = [1, 2].map(() => pool.run(waitAtGate, [gate.buffer]));
    await gate.allStarted(2);
    const echo = pool.offload((n) => n);
    const all = range(count).map((n) => echo(n));
    assert.equal(pool.queueSize, count);
    gate.open();
    const values = await Promise.all(all);
    assert.ok(values.every((value, n) => value === n));
    await Promise.all(held);
  }));

test('the timeout error of a task is the class that the package exports', () =>
  withPool({}, async (pool) => {
    const error = await rejection(pool.run(spin, [new SharedArrayBuffer(8)], { timeout: 20 }));
    assert.ok(error instanceof TimeoutError);
    assert.deepEqual([error.name, error.code], ['TimeoutError', 'OFFLOOP_ERR_TIMEOUT']);
  }));
