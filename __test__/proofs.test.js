'use strict';

// First of all, so that offloop and everything it loads finds them so.
const taken = takeAwayWorkersAndProcesses();

const assert = require('node:assert/strict');
const { readFileSync, readdirSync } = require('node:fs');
const test = require('node:test');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

const offloop = require('..');
const { coreSuite } = require('./helpers/core-suite.js');
const { Gate, spin, waitAtGate } = require('./helpers/gate.js');
const { until, rejection } = require('./helpers/until.js');

const { Pool, AbortError } = offloop;

/** @returns {string[]} what was called although it is gone */
function takeAwayWorkersAndProcesses() {
  const calls = [];
  const gone = (name) =>
    function goneInThisTest() {
      calls.push(name);
      throw new Error(`${name} is not there in this test`);
    };
  const workerThreads = require('node:worker_threads');
  workerThreads.Worker = gone('worker_threads.Worker');
  const childProcess = require('node:child_process');
  for (const [name, value] of Object.entries(childProcess)) {
    if (typeof value === 'function') childProcess[name] = gone(`child_process.${name}`);
  }
  require('node:cluster').fork = gone('cluster.fork');
  require('node:module').syncBuiltinESMExports();
  return calls;
}

// ── no Worker, no process ────────────────────────────────────────────────────────────────────────

test('Workers and processes really are gone in this file', () => {
  assert.throws(() => new (require('node:worker_threads').Worker)('x'), /not there/);
  assert.throws(() => require('node:child_process').spawn('x'), /not there/);
  assert.throws(() => require('node:child_process').execFileSync('x'), /not there/);
  taken.length = 0;
});

for (const [name, check] of coreSuite) {
  test(`without Workers, processes or cluster: ${name}`, async () => {
    await check(offloop);
    assert.deepEqual(taken, []);
  });
}

// ── threads of our own ───────────────────────────────────────────────────────────────────────────

const TASKS = '/proc/self/task';

/** CPU ticks of this process's threads named `offloop-*`, by thread id. */
function offloopThreads() {
  const threads = new Map();
  for (const id of readdirSync(TASKS)) {
    let stat;
    try {
      stat = readFileSync(`${TASKS}/${id}/stat`, 'utf8');
    } catch {
      continue;
    }
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    if (!name.startsWith('offloop-')) continue;
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    threads.set(id, Number(fields[11]) + Number(fields[12]));
  }
  return threads;
}

test(
  'a task burns its CPU time on a thread named offloop-*, not on the main thread',
  { skip: process.platform !== 'linux' && 'needs /proc' },
  async () => {
    const pool = new Pool({ maxThreads: 1, name: 'cpu' });
    const controller = new AbortController();
    const buffer = new SharedArrayBuffer(8);
    const before = offloopThreads();
    const endless = pool.run(spin, [buffer], { signal: controller.signal });
    await until(
      () => [...offloopThreads()].some(([id, ticks]) => ticks - (before.get(id) ?? 0) >= 5),
      'CPU time on a thread named offloop-*',
    );
    controller.abort();
    assert.ok((await rejection(endless)) instanceof AbortError);
    await pool.destroy();
  },
);

test('two tasks run at the same moment on threads of one process', async () => {
  const pool = new Pool({ maxThreads: 2 });
  const gate = new Gate();
  const both = [pool.run(waitAtGate, [gate.buffer]), pool.run(waitAtGate, [gate.buffer])];
  await gate.allStarted(2);
  gate.open();
  await Promise.all(both);
  await pool.close();
});

// ── memory ───────────────────────────────────────────────────────────────────────────────────────

const DISTINCT = Number(process.env.OFFLOOP_DISTINCT_FUNCTIONS ?? 100_000);
const BATCH = 500;
// A kilobyte kept of each would be 100 MiB; what V8 keeps in reserve differs by tens from run to run.
const MOST_GROWTH_MIB = 80;

/** Makes distinct functions up to a count, uses each, and tells the resident memory in MiB then. */
async function residentAfter(from, count, collect, use) {
  for (let first = from; first < count; first += BATCH) {
    const functions = Array.from(
      { length: BATCH },
      (_, n) => new Function('a', `return a + ${first + n};`),
    );
    assert.equal((await use(functions))[7], first + 8);
  }
  // Finalizers run between the turns of the loop.
  for (let turn = 0; turn < 3; turn += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage.rss() / 2 ** 20;
}

/** What as many functions again add, once V8's heaps have the size that such work needs. */
async function growthOf(from, collect, use) {
  const warm = await residentAfter(from, from + DISTINCT, collect, use);
  return (await residentAfter(from + DISTINCT, from + 2 * DISTINCT, collect, use)) - warm;
}

test(`${DISTINCT} distinct functions leave the resident memory flat`, async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  // Some versions of V8 keep every function ever made by `new Function`: that is not ours.
  const without = await growthOf(0, collect, async (functions) => {
    await new Promise((resolve) => setImmediate(resolve));
    return functions.map((fn) => fn(1));
  });
  const pool = new Pool({ maxThreads: 1 });
  const run = (functions) => Promise.all(functions.map((fn) => pool.run(fn, [1])));
  const growth = await growthOf(2 * DISTINCT, collect, run);
  await pool.close();
  const ours = growth - Math.max(0, without);
  assert.ok(
    ours < MOST_GROWTH_MIB,
    `grew by ${growth.toFixed()} MiB, ${without.toFixed()} of it without offloop`,
  );
});

test('one function made again and again is one function', async () => {
  const pool = new Pool({ maxThreads: 1 });
  for (let round = 0; round < 20; round += 1) {
    const results = await Promise.all(
      Array.from({ length: 500 }, (_, index) => pool.run((n) => n * 2, [index])),
    );
    assert.equal(results[499], 998);
  }
  await pool.close();
});
