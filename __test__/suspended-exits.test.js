'use strict';

// Whatever ends while tasks are suspended ends with the right code, and with everything that it has written.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');

const { runNode } = require('./helpers/child.js');

const root = JSON.stringify(require.resolve('..'));
const ROUNDS = Number(process.env.OFFLOOP_SUSPENDED_ROUNDS ?? 4);

/** `threeSuspended(pool)` resolves when three tasks of the pool are suspended for ever. */
const PRELUDE = `
  const { Worker, isMainThread, parentPort } = require('node:worker_threads');
  const { Pool, host } = require(${root});
  async function threeSuspended(pool) {
    const never = host(() => new Promise(() => {}));
    const waits = Array.from({ length: 3 }, () => pool.run(async (fn) => fn(), [never]));
    for (const wait of waits) wait.catch(() => {});
    while (pool.stats().suspended < 3) await pool.run(() => 1);
    return waits;
  }
  const LINE = 'x'.repeat(2 ** 20) + '\\n';
  if (isMainThread) process.stdout._handle?.setBlocking?.(true);
`;

const ENDS = {
  'process.exit': [7, `await threeSuspended(pool); process.stdout.write(LINE); process.exit(7);`],
  'process.reallyExit': [
    5,
    `await threeSuspended(pool); process.stdout.write(LINE); process.reallyExit(5);`,
  ],
  'an uncaught error': [
    1,
    `await threeSuspended(pool); process.stdout.write(LINE); setImmediate(() => { throw new Error('mine'); });`,
  ],
  'a destroyed pool': [
    0,
    `const waits = await threeSuspended(pool);
     await pool.destroy();
     const codes = await Promise.all(waits.map((wait) => wait.catch((error) => error.code)));
     if (new Set(codes).size !== 1 || codes[0] !== 'OFFLOOP_ERR_CLOSED') throw new Error(codes.join());
     process.stdout.write(LINE);`,
  ],
};

const WORKER_ENDS = {
  'a terminated Worker': `
    if (isMainThread) {
      const worker = new Worker(__filename);
      worker.once('message', async () => {
        await worker.terminate();
        process.stdout.write(LINE);
        process.exitCode = 3;
      });
    } else {
      await threeSuspended(pool);
      parentPort.postMessage('suspended');
    }`,
  'a Worker that calls process.exit': `
    if (isMainThread) {
      new Worker(__filename).once('exit', (code) => {
        process.stdout.write(LINE);
        process.exitCode = code;
      });
    } else {
      await threeSuspended(pool);
      process.exit(3);
    }`,
  'process.exit beside a Worker with suspended tasks': `
    if (isMainThread) {
      const worker = new Worker(__filename);
      worker.once('message', async () => {
        await threeSuspended(pool);
        process.stdout.write(LINE);
        process.exit(3);
      });
    } else {
      await threeSuspended(pool);
      parentPort.postMessage('suspended');
    }`,
};

async function ends(body, code) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'offloop-suspended-'));
  try {
    const file = path.join(folder, 'child.cjs');
    fs.writeFileSync(
      file,
      `${PRELUDE} (async () => { const pool = new Pool({ maxThreads: 1 }); ${body} })();`,
    );
    for (let round = 0; round < ROUNDS; round += 1) {
      const ended = await runNode([file]);
      const where = `round ${round}: ${JSON.stringify({ ...ended, stdout: ended.stdout.length })}`;
      assert.deepEqual([ended.code, ended.signal], [code, null], where);
      assert.equal(ended.stdout.length, 2 ** 20 + 1, where);
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

for (const [name, [code, body]] of Object.entries(ENDS)) {
  test(`${name} with suspended tasks ends the process with code ${code}`, () => ends(body, code));
}

for (const [name, body] of Object.entries(WORKER_ENDS)) {
  test(`${name} ends as it should, and the process with its own code`, () => ends(body, 3));
}

test('a suspended task keeps the process alive until it ends', async () => {
  const script = `
    const { Pool } = require(${root});
    const pool = new Pool({ maxThreads: 1 });
    pool.run((ms) => new Promise((resolve) => setTimeout(resolve, ms, 'waited')), [150]).then(console.log);
    pool.run(() => 'other').then(console.log);
  `;
  const { code, stdout, stderr } = await runNode(['-e', script]);
  assert.deepEqual([code, stdout, stderr], [0, 'other\nwaited\n', '']);
});
