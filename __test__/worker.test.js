'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const test = require('node:test');
const { Worker, isMainThread } = require('node:worker_threads');

const { Pool } = require('..');
const { runNode } = require('./helpers/child.js');
const { rejection } = require('./helpers/until.js');

const root = JSON.stringify(require.resolve('..'));

/** What a Worker says, and the code it ends with. */
async function inWorker(body) {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const { Pool, OffloopError } = require(${root});
     (async () => { ${body} })();`,
    { eval: true },
  );
  const [[said], [code]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  return { said, code };
}

test('this suite runs on the thread that it was asked to run on', () => {
  assert.equal(isMainThread, process.env.OFFLOOP_TEST_THREAD !== 'worker');
});

test('many Workers with a pool each, and this thread with one, do not disturb each other', async () => {
  const body = `
    const pool = new Pool({ maxThreads: 2 });
    const values = await Promise.all(Array.from({ length: 200 }, (_, n) => pool.run((v) => v * 2, [n])));
    const stopped = await pool.run(() => { for (;;); }, [], { timeout: 10 }).catch((error) => error.code);
    await pool.close();
    parentPort.postMessage([values.every((value, n) => value === n * 2), stopped]);`;
  const pool = new Pool({ maxThreads: 1 });
  const own = pool.run(() => 'own');
  const all = await Promise.all(Array.from({ length: 4 }, () => inWorker(body)));
  for (const { said, code } of all) {
    assert.deepEqual([said, code], [[true, 'OFFLOOP_ERR_TIMEOUT'], 0]);
  }
  assert.equal(await own, 'own');
  await pool.close();
});

test('an idle pool in a Worker lets it end, a busy one holds it', async () => {
  const idle = await inWorker(`
    const pool = new Pool({ maxThreads: 1, idleTimeout: Infinity });
    parentPort.postMessage(await pool.run(() => 'idle'));`);
  assert.deepEqual(idle, { said: 'idle', code: 0 });
  const busy = await inWorker(`
    new Pool({ maxThreads: 1 })
      .run(() => { const end = Date.now() + 200; while (Date.now() < end); return 'late'; })
      .then((value) => parentPort.postMessage(value));`);
  assert.deepEqual(busy, { said: 'late', code: 0 });
});

test('the end of a Worker in the middle of its tasks leaves the pools of others alone', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const { Pool } = require(${root});
     const pool = new Pool({ maxThreads: 2 });
     const buffer = new SharedArrayBuffer(4);
     pool.run((shared) => { for (;;) Atomics.add(new Int32Array(shared), 0, 1); }, [buffer]);
     const look = () => new Int32Array(buffer)[0] > 0 ? parentPort.postMessage('running') : setImmediate(look);
     look();`,
    { eval: true },
  );
  await once(worker, 'message');
  const own = Array.from({ length: 50 }, (_, n) => pool.run((v) => v, [n]));
  await worker.terminate();
  assert.deepEqual(
    await Promise.all(own),
    own.map((_, n) => n),
  );
  const error = await rejection(
    pool.run(() => {
      throw new RangeError('still told');
    }),
  );
  assert.ok(error instanceof RangeError);
  await pool.close();
});

// The end of the main environment ends a process with such isolates (src/bridge/env.cc); an addon that only a Worker
// has loaded must find the way there (src/bridge/main_thread.cc), or V8 frees what the wedged thread still reads.
for (const [end, code] of /** @type {const} */ ([
  ['', 0],
  ['process.exitCode = 5', 5],
  ['process.exit(7)', 7],
  ['process.reallyExit(9)', 9],
  ['throw new Error("meant")', 1],
])) {
  test(`a process that has loaded offloop in a Worker only and ends by ${end || 'itself'} has code ${code} although an isolate is wedged`, async () => {
    const script = `
      const { Worker } = require('node:worker_threads');
      new Worker(\`
        const { Pool } = require(${root.replaceAll('"', "'")});
        const pool = new Pool({ maxThreads: 1 });
        const forEver = () => Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);
        pool.run(forEver, [], { timeout: 50 }).catch((error) => console.log(error.code));
      \`, { eval: true }).on('exit', () => { ${end} });`;
    const runs = await Promise.all([1, 2, 3, 4].map(() => runNode(['-e', script])));
    for (const { code: ended, signal, stdout } of runs) {
      assert.deepEqual([ended, signal, stdout], [code, null, 'OFFLOOP_ERR_TIMEOUT\n']);
    }
  });
}

test('a process that loads offloop in a Worker only keeps its own listener of SIGURG', async () => {
  const script = `
    const { Worker } = require('node:worker_threads');
    process.on('SIGURG', () => { console.log('urgent'); process.exit(); });
    new Worker('require(${root.replaceAll('"', "\\'")})', { eval: true }).on('exit', () => {
      process.kill(process.pid, 'SIGURG');
      setTimeout(() => {}, 20_000);
    });`;
  const { code, signal, stdout, stderr } = await runNode(['-e', script]);
  assert.deepEqual([code, signal, stdout, stderr], [0, null, 'urgent\n', '']);
});
