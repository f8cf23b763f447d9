'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const test = require('node:test');

const { Pool } = require('..');
const { runNode } = require('./helpers/child.js');
const { findController, inControlGroup } = require('./helpers/control-groups.js');
const { rejection, until } = require('./helpers/until.js');

const CHILD = join(__dirname, 'fixtures', 'memory-child.js');
const ROUNDS = Number(process.env.OFFLOOP_MEMORY_ROUNDS ?? 2);
const MIB = 2 ** 20;
const MEMORY_LIMIT = 'OFFLOOP_ERR_MEMORY_LIMIT';

async function withPool(options, use) {
  const pool = new Pool({ maxThreads: 1, memoryLimitMb: 64, ...options });
  try {
    await use(pool);
  } finally {
    await pool.close();
  }
}

/** Runs a memory bomb in a child, which must live to tell of it. */
async function survive(args, options) {
  const ended = await runNode([CHILD, ...args], options);
  const where = JSON.stringify(ended);
  assert.deepEqual([ended.code, ended.signal], [4, null], where);
  const seen = JSON.parse(ended.stdout.trim().split('\n').at(-1));
  assert.equal(seen.next, 42, where);
  return { seen, where };
}

// ── the limit itself ─────────────────────────────────────────────────────────────────────────────

const HOARDS = {
  'small objects': () => {
    const kept = [];
    for (;;) kept.push({ a: [1, 2, 3] });
  },
  'a growing Map': () => {
    const map = new Map();
    for (let n = 0; ; n += 1) map.set(n, { n });
  },
  'a growing Set': () => {
    const set = new Set();
    for (let n = 0; ; n += 1) set.add(`${n}`);
  },
  'an object with millions of keys': () => {
    const object = {};
    for (let n = 0; ; n += 1) object[`key ${n}`] = n;
  },
  'arrays of thirty million elements': () => {
    const kept = [];
    for (;;) kept.push(new Array(3e7));
  },
  'a catch that tries again': () => {
    const kept = [];
    for (;;) {
      try {
        for (;;) kept.push(new Array(1_000).fill({}));
      } catch {
        kept.push('again');
      }
    }
  },
};

for (const [name, hoard] of Object.entries(HOARDS)) {
  test(`${name}: stopped at the limit, the isolate is replaced, the thread is not`, () =>
    withPool({}, async (pool) => {
      const disposed = [];
      pool.on('isolateDestroy', (reason) => disposed.push(reason));
      const error = await rejection(pool.run(hoard));
      assert.equal(error.code, MEMORY_LIMIT, error.message);
      assert.match(error.message, /64 MiB/);
      assert.equal(await pool.run(() => 'next'), 'next');
      const stats = pool.stats();
      assert.deepEqual(
        [stats.isolatesLost, stats.isolatesCreated, stats.isolatesParked],
        [1, 2, 0],
      );
      if (stats.isolatesWedged === 0) {
        assert.equal(stats.threadsReplaced, 0);
        await until(() => disposed.length > 0, 'the isolate to be disposed of');
        assert.deepEqual(disposed, ['memory-limit']);
      }
    }));
}

test('a builtin that fills an array for seconds does not keep its caller waiting', () =>
  withPool({}, async (pool) => {
    const error = await rejection(
      pool.run(function fill() {
        return new Array(1e8).fill(0).length;
      }),
    );
    assert.equal(error.code, MEMORY_LIMIT);
    assert.match(error.message, /'fill'.*64 MiB/);
    assert.equal(await pool.run(() => 'next'), 'next');
    const { isolatesLost, isolatesCreated } = pool.stats();
    assert.deepEqual([isolatesLost, isolatesCreated], [1, 2]);
  }));

test('fifty tasks over the limit among a hundred that are not settle once each', () =>
  withPool({ maxThreads: 2 }, async (pool) => {
    const outcomes = [];
    await Promise.all(
      Array.from({ length: 150 }, async (_, n) => {
        const run = n % 3 === 1 ? pool.run(HOARDS['small objects']) : pool.run((v) => v, [n]);
        outcomes.push([n, await run.catch((error) => error.code)]);
      }),
    );
    assert.equal(outcomes.length, 150);
    for (const [n, outcome] of outcomes) assert.equal(outcome, n % 3 === 1 ? MEMORY_LIMIT : n);
    await until(() => pool.stats().isolatesLost === 50, 'the last isolate to be lost');
  }));

// ── where V8 gives up ────────────────────────────────────────────────────────────────────────────

const withPrlimit = process.platform === 'linux' ? {} : { skip: 'needs prlimit' };

test(
  'an allocation that the system refuses costs a thread, not the process',
  withPrlimit,
  async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { seen, where } = await survive(['array', '150']);
      assert.equal(seen.code, MEMORY_LIMIT, where);
      assert.match(seen.message, /more memory than V8 can have/, where);
      assert.deepEqual(seen.troubles, [], where);
      const { isolatesParked, isolatesLost, threadsReplaced, threads } = seen.stats;
      assert.deepEqual(
        [isolatesParked, isolatesLost, threadsReplaced, threads],
        [1, 1, 1, 1],
        where,
      );
    }
  },
);

/** A task whose collections find no memory, on whichever thread: V8's own among them. */
function starve(v8Threads) {
  return runNode([`--v8-pool-size=${v8Threads}`, CHILD, 'objects', '90']);
}

const MOST_STARVED = 20;
// The sanitizer itself ends the process when the system refuses it memory.
const withoutSanitizer = process.env.ASAN_OPTIONS ? { skip: 'address sanitizer' } : withPrlimit;

// Which threads find no memory is chance. It may be where no handler of ours is asked: C++ outside of V8, V8's concurrent
// marker, which writes through what malloc gave it without a look (SIGSEGV, 1 in 36 runs: Worklist::PublishPushSegment in
// ConcurrentMarking::RunMajor), an assertion of V8's about what malloc gave it (SIGTRAP, Node 22), or the main isolate,
// whose handler is Node's.
const BAD_ALLOC = /^terminate called after throwing an instance of '(St9|std::)bad_alloc'/;
const MALLOC_CHECK = /# Check failed: \(result\.ptr\) != nullptr/;
const NODES_OWN = /^FATAL ERROR: .* JavaScript heap out of memory$/m;

/** Whether the process ended where no handler of ours is asked. */
function endedElsewhere({ code, signal, stderr }) {
  if (code !== null || stderr.includes('offloop: ')) return false;
  return (
    signal === 'SIGSEGV' || [BAD_ALLOC, MALLOC_CHECK, NODES_OWN].some((end) => end.test(stderr))
  );
}

test(
  "the first of V8's own threads that is lost is told by the pool's 'error'",
  withoutSanitizer,
  async (t) => {
    for (let round = 0; round < MOST_STARVED; round += 1) {
      const ended = await starve(1);
      if (endedElsewhere(ended)) continue;
      const where = JSON.stringify(ended);
      assert.deepEqual([ended.code, ended.signal], [4, null], where);
      const { code, next, troubles } = JSON.parse(ended.stdout.trim().split('\n').at(-1));
      assert.deepEqual([code, next], [MEMORY_LIMIT, 42], where);
      if (troubles.length === 0) continue;
      assert.equal(troubles.length, 1, where);
      assert.equal(troubles[0].code, 'OFFLOOP_ERR_ISOLATE_LOST', where);
      assert.match(troubles[0].message, /restart it soon/, where);
      return;
    }
    t.skip(`none of V8's threads was the one to find no memory in ${MOST_STARVED} processes`);
  },
);

test('the second ends the process, and says so in a line', withoutSanitizer, async (t) => {
  for (let round = 0; round < MOST_STARVED; round += 1) {
    const ended = await starve(4);
    const where = JSON.stringify(ended);
    if (ended.code === 4 || endedElsewhere(ended)) continue;
    assert.equal(ended.signal, 'SIGABRT', where);
    const said = ended.stderr.split('\n').filter((line) => line.startsWith('offloop: '));
    assert.ok(said.length >= 1, where);
    for (const line of said) {
      assert.match(
        line,
        /^offloop: V8 cannot go on in a task's isolate, on a thread of its own: ./,
      );
    }
    return;
  }
  t.skip(`no two of V8's threads found no memory in ${MOST_STARVED} processes`);
});

// ── in a control group ───────────────────────────────────────────────────────────────────────────

const parent = findController('memory');

for (const bomb of ['arrays', 'map', 'objects', 'strings', 'buffers']) {
  test(
    `${bomb} in a group of 384 MiB: the task fails, the kernel kills nobody`,
    { skip: parent.reason },
    async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        await inControlGroup(parent, { memory: 384 * MIB }, async ({ prefix }) => {
          const { seen, where } = await survive([bomb], { prefix });
          if (bomb === 'buffers' && seen.code === undefined) {
            assert.match(seen.message, /allocation failed/i, where);
          } else {
            assert.equal(seen.code, MEMORY_LIMIT, where);
          }
          assert.deepEqual(seen.troubles, [], where);
        });
      }
    },
  );
}

// ── descriptors ──────────────────────────────────────────────────────────────────────────────────

const unix = process.platform === 'win32' ? { skip: 'needs ulimit' } : {};
const withDescriptors = (count) => ['sh', '-c', `ulimit -n ${count} && exec "$@"`, 'sh'];

function runScript(body, prefix) {
  const script = `
    const { openSync } = require('node:fs');
    const { Pool } = require(${JSON.stringify(join(__dirname, '..'))});
    (async () => { ${body} })();`;
  return runNode(['-e', script], { prefix });
}

test(
  'sixteen threads with 64 descriptors: tasks share the isolates that there can be',
  unix,
  async () => {
    const ended = await runScript(
      `const pool = new Pool({ maxThreads: 16 });
     const wait = (n) => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20); return n; };
     const results = await Promise.all(Array.from({ length: 64 }, (_, n) => pool.run(wait, [n])));
     const { completed, failed, threads, queued, running } = pool.stats();
     console.log(JSON.stringify({ right: results.every((value, n) => value === n), completed, failed, threads, queued, running }));
     await pool.close();`,
      withDescriptors(64),
    );
    assert.deepEqual([ended.code, ended.signal, ended.stderr], [0, null, '']);
    const { threads, ...seen } = JSON.parse(ended.stdout);
    assert.deepEqual(seen, { right: true, completed: 64, failed: 0, queued: 0, running: 0 });
    assert.ok(threads >= 1 && threads < 16, `${threads} isolates`);
  },
);

test(
  'without any isolate and without descriptors a task fails and names the limit',
  unix,
  async () => {
    const ended = await runScript(
      `const open = [];
     const pool = new Pool({ maxThreads: 4 });
     try { for (;;) open.push(openSync('/dev/null')); } catch {}
     const codes = new Set();
     await Promise.all(Array.from({ length: 9 }, () =>
       pool.run(() => 1).then(() => codes.add('resolved'), ({ code, message }) => codes.add(code + ' ' + message))));
     for (const descriptor of open) require('node:fs').closeSync(descriptor);
     console.log(JSON.stringify({ codes: [...codes], then: await pool.run(() => 42), stats: pool.stats() }));
     await pool.close();`,
      withDescriptors(96),
    );
    assert.deepEqual([ended.code, ended.signal, ended.stderr], [0, null, '']);
    const { codes, then, stats } = JSON.parse(ended.stdout);
    assert.equal(codes.length, 1);
    assert.match(codes[0], /^OFFLOOP_ERR_ISOLATE_LOST .*limit of 96 \(ulimit -n\)/);
    assert.equal(then, 42);
    assert.deepEqual([stats.failed, stats.completed, stats.threads, stats.running], [9, 1, 1, 0]);
  },
);

test(
  'tasks that wait for an isolate can be aborted, keep their order and outlive no pool',
  unix,
  async () => {
    const ended = await runScript(
      `const pool = new Pool({ maxThreads: 8 });
     const order = [];
     const wait = (n) => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30); return n; };
     const controller = new AbortController();
     const runs = Array.from({ length: 24 }, (_, n) =>
       pool.run(wait, [n], n % 4 === 3 ? { signal: controller.signal } : {}).then((v) => order.push(v), (e) => e.name));
     setTimeout(() => controller.abort(), 45);
     const closed = pool.close();
     const outcomes = await Promise.all(runs);
     await closed;
     console.log(JSON.stringify({ aborts: outcomes.filter((o) => o === 'AbortError').length, settled: outcomes.length, order, threads: pool.stats().threads }));`,
      withDescriptors(48),
    );
    assert.deepEqual([ended.code, ended.signal, ended.stderr], [0, null, '']);
    const { aborts, settled, order, threads } = JSON.parse(ended.stdout);
    assert.equal(settled, 24);
    assert.equal(order.length, 24 - aborts);
    assert.ok(aborts >= 1, 'some waited long enough to be aborted');
    assert.equal(threads, 0);
  },
);
