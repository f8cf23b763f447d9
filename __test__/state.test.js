'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const test = require('node:test');

const { runNode } = require('./helpers/child.js');
const { withPool } = require('./helpers/pool.js');
const { seeded } = require('./helpers/seeded.js');
const { rejection, until, delay } = require('./helpers/until.js');

const CHILD = join(__dirname, 'fixtures', 'state-child.js');
// The sanitizer keeps freed memory for a while.
const isSanitized = Boolean(process.env.LD_PRELOAD?.includes('asan'));

// ── what later tasks see ─────────────────────────────────────────────────────────────────────────

test('globals and prototype changes stay for later tasks of the same isolate', () =>
  withPool({}, async (pool) => {
    await pool.run(() => {
      globalThis.cache = new Map([['key', 1]]);
      Array.prototype.last = function last() {
        return this[this.length - 1];
      };
    });
    assert.deepEqual(await pool.run(() => [cache.get('key'), [1, 2].last()]), [1, 2]);
  }));

test('recycle forgets them', () =>
  withPool({}, async (pool) => {
    await pool.run(() => {
      globalThis.cache = 1;
    });
    await pool.recycle();
    assert.equal(await pool.run(() => typeof cache), 'undefined');
  }));

// ── fresh ────────────────────────────────────────────────────────────────────────────────────────

test('a fresh run sees nothing of earlier tasks and leaves nothing to later ones', () =>
  withPool({}, async (pool) => {
    await pool.run(() => {
      globalThis.count = 1;
      Array.prototype.extra = true;
      Math.max = () => 'patched';
    });
    const seen = await pool.run(
      () => {
        const found = [typeof count, [].extra, Math.max(1, 2)];
        globalThis.count = 'fresh';
        Object.prototype.polluted = true;
        return found;
      },
      [],
      { fresh: true },
    );
    assert.deepEqual(seen, ['undefined', undefined, 2]);
    const after = await pool.run(() => [count, [].extra, Math.max(1, 2), {}.polluted]);
    assert.deepEqual(after, [1, true, 'patched', undefined]);
    assert.equal(pool.stats().isolatesCreated, 1);
  }));

test('the same function runs fresh and not, with its context option', () =>
  withPool({}, async (pool) => {
    const context = { table: { calls: 0 }, twice: (n) => n * 2 };
    const task = (n) => {
      'use strict';
      table.calls += 1;
      return [twice(n), table.calls];
    };
    for (const calls of [1, 2]) {
      assert.deepEqual(await pool.run(task, [21], { context }), [42, calls]);
      assert.deepEqual(await pool.run(task, [21], { context, fresh: true }), [42, 1]);
    }
    const offloaded = pool.offload(task, { context });
    assert.deepEqual(await offloaded.with({ fresh: true })(4), [8, 1]);
  }));

test('an error of a fresh run names the line and column of its source', () =>
  withPool({}, async (pool) => {
    const task = () => {
      throw new Error('here');
    };
    const [ordinary, fresh] = [
      await rejection(pool.run(task)),
      await rejection(pool.run(task, [], { fresh: true })),
    ];
    const place = ({ stack }) => /state\.test\.js:\d+:\d+/.exec(stack)[0];
    assert.equal(place(fresh), place(ordinary));
  }));

test('console, timers and promises of a fresh run work, and end with it', () =>
  withPool({ console: 'ignore' }, async (pool) => {
    const result = await pool.run(
      async () => {
        console.log('fresh');
        setInterval(() => {}, 1);
        await new Promise((resolve) => setTimeout(resolve, 5));
        return structuredClone({ done: true });
      },
      [],
      { fresh: true },
    );
    assert.deepEqual(result, { done: true });
    assert.equal(await pool.run(() => 'next'), 'next');
  }));

test('what is left of the ordinary context runs in no fresh run', () =>
  withPool({}, async (pool) => {
    await pool.run(() => {
      globalThis.ran = 0;
      Promise.resolve()
        .then(() => new Promise((resolve) => setTimeout(resolve, 1)))
        .then(() => (ran += 1));
      setInterval(() => (ran += 1), 1);
    });
    const wait = () => new Promise((resolve) => setTimeout(resolve, 20));
    await pool.run(wait, [], { fresh: true });
    assert.equal(await pool.run(() => ran), 0);
  }));

test('a stopped fresh run costs the ordinary context nothing', () =>
  withPool({}, async (pool) => {
    await pool.run(() => {
      globalThis.kept = 'kept';
    });
    const endless = () => {
      for (;;);
    };
    const error = await rejection(pool.run(endless, [], { fresh: true, timeout: 20 }));
    assert.equal(error.code, 'OFFLOOP_ERR_TIMEOUT');
    const waiting = new AbortController();
    const never = pool.run(() => new Promise((resolve) => setTimeout(resolve, 60_000)), [], {
      fresh: true,
      signal: waiting.signal,
    });
    setTimeout(() => waiting.abort(), 10);
    assert.equal((await rejection(never)).name, 'AbortError');
    assert.equal(await pool.run(() => kept), 'kept');
  }));

test('a fresh run over the memory limit costs the isolate', () =>
  withPool({ memoryLimitMb: 32 }, async (pool) => {
    const hoard = () => {
      const kept = [];
      for (;;) kept.push(new Array(1_000).fill({}));
    };
    const error = await rejection(pool.run(hoard, [], { fresh: true }));
    assert.equal(error.code, 'OFFLOOP_ERR_MEMORY_LIMIT');
    assert.equal(await pool.run(() => 'next'), 'next');
  }));

test('fresh runs leave the resident memory flat', { skip: isSanitized }, async () => {
  const { code, stdout, stderr } = await runNode([CHILD, 'fresh', '6000', '64'], {
    timeout: 120_000,
  });
  assert.equal(code, 0, stderr);
  const { secondQuarterMib, lastQuarterMib } = JSON.parse(stdout);
  // Contexts that stayed would pass the limit. What V8 allocates beside its heap for each, 20 KB or so, would be 60 MiB
  // for the 3,000 runs between the middles of the two quarters.
  assert.ok(lastQuarterMib - secondQuarterMib < 40, stdout);
});

// ── stopped tasks ────────────────────────────────────────────────────────────────────────────────

const ABORTS = 300;

test(`of ${ABORTS} tasks stopped halfway through changing two counters, no later task sees one change without the other`, () =>
  withPool({ maxThreads: 2 }, async (pool) => {
    const random = seeded(20_261_124);
    const progress = new Int32Array(new SharedArrayBuffer(4));
    const change = (counter) => {
      globalThis.first ??= 0;
      globalThis.second ??= 0;
      if (first !== second) return [first, second];
      for (;;) {
        first += 1;
        for (let spun = 0; spun < 50; spun += 1) Math.sqrt(spun);
        Atomics.add(counter, 0, 1);
        second += 1;
      }
    };
    const look = () => [globalThis.first ?? 0, globalThis.second ?? 0];
    let stoppedWithin = 0;
    for (let round = 0; round < ABORTS; round += 1) {
      const controller = new AbortController();
      const before = progress[0];
      const options =
        random() < 0.2 ? { timeout: 1 + random() * 3 } : { signal: controller.signal };
      let ended = false;
      const task = pool.run(change, [progress], options).catch((error) => error);
      void task.then(() => (ended = true));
      // A short timeout may stop a task before its first change.
      await until(() => ended || progress[0] !== before, 'the counters to change');
      if (random() < 0.5) await delay(random() * 2);
      controller.abort();
      const error = await task;
      assert.ok(error instanceof Error, `a task saw ${error}`);
      stoppedWithin += progress[0] === before ? 0 : 1;
      if (random() < 0.5) {
        const [first, second] = await pool.run(look);
        assert.equal(first, second);
      }
    }
    assert.ok(stoppedWithin > ABORTS / 2, `${stoppedWithin} were stopped after their first change`);
  }));
