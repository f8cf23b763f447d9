'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');

const { Pool, host, TimeoutError, AbortError } = require('..');
const { runNode } = require('./helpers/child.js');
const { Gate, waitAtGate, spin } = require('./helpers/gate.js');
const { withPool } = require('./helpers/pool.js');
const { rejection, until } = require('./helpers/until.js');

const root = JSON.stringify(require.resolve('..'));
const range = (count) => Array.from({ length: count }, (_, index) => index);

/** Waits `ms` on a timer, returns `value`. */
const sleep = (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value));
const ask = async (question, ...rest) => question(...rest);

/** A promise and what settles it. */
function deferred() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

/**
 * Tasks that wait for an answer of this thread, each suspended: something else needs the threads.
 * `answer(n)` answers the nth, `ended[n]` is its outcome.
 */
async function suspendedTasks(pool, count, options) {
  const called = range(count).map(deferred);
  const waits = range(count).map(deferred);
  const ended = range(count).map((n) =>
    pool.run(
      ask,
      [
        host(() => {
          called[n].resolve();
          return waits[n].promise;
        }),
      ],
      options,
    ),
  );
  for (const end of ended) end.catch(() => {});
  await Promise.all(called.map(({ promise }) => promise));
  const pressure = new Gate();
  const busy = range(pool.maxThreads).map(() => pool.run(waitAtGate, [pressure.buffer]));
  await pressure.allStarted(pool.maxThreads);
  pressure.open();
  await Promise.all(busy);
  await until(() => pool.stats().suspended === count, `${count} suspended tasks`);
  return { ended, answer: (n, value) => waits[n].resolve(value) };
}

// ── threads ──────────────────────────────────────────────────────────────────────────────────────

test('a task that waits leaves its thread to others, and goes on in its own isolate', () =>
  withPool({}, async (pool) => {
    const answer = deferred();
    const waiting = pool.run(
      async (question) => {
        globalThis.mine = 'kept';
        const local = [1, 2];
        const said = await question();
        return [said, globalThis.mine, local];
      },
      [host(() => answer.promise)],
    );
    // Its one thread is free: these would wait for ever otherwise.
    assert.equal(await pool.run(() => globalThis.mine), undefined);
    assert.equal(await pool.run(() => 'second'), 'second');
    assert.deepEqual([pool.stats().suspended, pool.stats().running], [1, 1]);
    answer.resolve('said');
    assert.deepEqual(await waiting, ['said', 'kept', [1, 2]]);
    assert.deepEqual([pool.stats().suspended, pool.stats().running], [0, 0]);
  }));

test('timers, Atomics.waitAsync and asynchronous WebAssembly wake a suspended task', () =>
  withPool({}, async (pool) => {
    const other = () => pool.run(() => 'other');
    const timer = pool.run(sleep, [1000, 'timer']);
    assert.equal(await other(), 'other');
    assert.equal(pool.stats().suspended, 1);
    assert.equal(await timer, 'timer');

    const gate = new Gate();
    const shared = pool.run(
      async (buffer) => {
        const state = new Int32Array(buffer);
        Atomics.store(state, 0, 1);
        return Atomics.waitAsync(state, 1, 0).value;
      },
      [gate.buffer],
    );
    await gate.allStarted(1);
    assert.equal(await other(), 'other');
    assert.equal(pool.stats().suspended, 1);
    gate.open();
    assert.equal(await shared, 'ok');

    const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    const compiled = range(20).map(() =>
      pool.run(
        async (bytes) => {
          const module = await WebAssembly.compile(bytes);
          const instance = await WebAssembly.instantiate(module);
          return Object.keys(instance.exports).length;
        },
        [empty],
      ),
    );
    assert.deepEqual(await Promise.all(compiled), Array(20).fill(0));
  }));

test('the tasks that may be suspended can each run a task on the same pool of one thread', () =>
  withPool({ maxSuspended: 5 }, async (pool) => {
    const square = host((n) => pool.run((m) => m * m, [n]));
    const results = await Promise.all(range(5).map((n) => pool.run(ask, [square, n])));
    assert.deepEqual(results, [0, 1, 4, 9, 16]);
    assert.equal(pool.stats().suspended, 0);
  }));

test('tasks may wait for tasks that wait for tasks, as deep as may be suspended', () =>
  withPool({ maxSuspended: 6 }, async (pool) => {
    const down = (depth) =>
      depth === 0
        ? pool.run(() => 0)
        : pool.run(async (next) => 1 + (await next()), [host(() => down(depth - 1))]);
    assert.equal(await down(6), 6);
  }));

test('beyond maxSuspended a task that waits holds its thread, until a place becomes free', () =>
  withPool({ maxSuspended: 1 }, async (pool) => {
    const { ended, answer } = await suspendedTasks(pool, 1);
    const second = deferred();
    const called = deferred();
    const holding = pool.run(ask, [
      host(() => {
        called.resolve();
        return second.promise;
      }),
    ]);
    await called.promise;
    let ran = false;
    const queued = pool
      .run(() => 'ran')
      .then((value) => {
        ran = true;
        return value;
      });
    // Nothing can tell that a task will not begin; but the first one that ends makes room for it.
    await until(() => pool.queueSize === 1, 'the task to be queued');
    assert.deepEqual([ran, pool.stats().suspended], [false, 1]);
    answer(0, 'first');
    assert.equal(await ended[0], 'first');
    assert.equal(await queued, 'ran');
    second.resolve('second');
    assert.equal(await holding, 'second');
  }));

test('maxSuspended: 0 suspends nothing: a task that waits holds its thread to its end', () =>
  withPool({ maxSuspended: 0 }, async (pool) => {
    const order = [];
    const first = pool.run(sleep, [30]).then(() => order.push('waited'));
    const second = pool.run(() => 1).then(() => order.push('next'));
    await Promise.all([first, second]);
    assert.deepEqual(order, ['waited', 'next']);
    assert.equal(pool.stats().isolatesCreated, 1);
  }));

test('nobody is suspended for nobody: without other tasks one that waits keeps its thread warm', () =>
  withPool({}, async (pool) => {
    for (const n of range(20)) assert.equal(await pool.run(sleep, [1, n]), n);
    assert.equal(pool.stats().isolatesCreated, 1);
  }));

test('a thousand tasks that wait take far less than the sum of their waits on two threads', () =>
  withPool({ maxThreads: 2, maxSuspended: 1000 }, async (pool) => {
    const WAIT = 50;
    const begun = performance.now();
    const results = await Promise.all(range(1000).map((n) => pool.run(sleep, [WAIT, n])));
    const took = performance.now() - begun;
    assert.deepEqual(results, range(1000));
    const oneAfterTheOther = (1000 * WAIT) / 2;
    assert.ok(took < oneAfterTheOther / 2, `${took} ms, and ${oneAfterTheOther} of waiting`);
  }));

test('where no more isolates can be made, tasks wait for those there are', async () => {
  const script = `
    const { Pool } = require(${root});
    const pool = new Pool({ maxThreads: 2, maxSuspended: 1000 });
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    Promise.all(Array.from({ length: 200 }, () => pool.run(sleep, [20]))).then(async (all) => {
      const { isolatesLost, suspended } = pool.stats();
      await pool.close();
      console.log(all.length, isolatesLost > 0, suspended);
    });
  `;
  const prefix = ['sh', '-c', 'ulimit -n 120; exec "$@"', 'sh'];
  const { code, stdout, stderr } = await runNode(['-e', script], { prefix });
  assert.deepEqual([code, stdout, stderr], [0, '200 true 0\n', '']);
});

test('who can go on goes before tasks that have not begun', () =>
  withPool({}, async (pool) => {
    const { ended, answer } = await suspendedTasks(pool, 2);
    const gate = new Gate();
    const order = [];
    const busy = pool.run(waitAtGate, [gate.buffer]);
    await gate.allStarted(1);
    const late = pool.run(() => {}).then(() => order.push('new'));
    answer(0);
    answer(1);
    const resumed = ended.map((end) => end.then(() => order.push('resumed')));
    // The answers are on their way; the one thread is at the gate.
    await new Promise((resolve) => setTimeout(resolve, 50));
    gate.open();
    await Promise.all([busy, late, ...resumed]);
    assert.deepEqual(order, ['resumed', 'resumed', 'new']);
  }));

test('tasks that wait again and again take turns, each in its isolate', () =>
  withPool({ maxThreads: 2, maxSuspended: 20 }, async (pool) => {
    const count = async (turns, echo, id) => {
      globalThis.turns = 0;
      for (let turn = 0; turn < turns; turn += 1) {
        const said = await echo([id, turn]);
        if (said[0] !== id || said[1] !== turn) throw new Error(`${said} for ${id}:${turn}`);
        globalThis.turns += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
      return globalThis.turns;
    };
    const echo = host(async (value) => {
      await new Promise(setImmediate);
      return value;
    });
    const results = await Promise.all(range(20).map((id) => pool.run(count, [50, echo, id])));
    assert.deepEqual(results, Array(20).fill(50));
    assert.equal(pool.stats().suspended, 0);
  }));

test('a bounded queue has room while the task that runs waits', () =>
  withPool({ maxQueue: 0 }, async (pool) => {
    const answer = deferred();
    const waiting = pool.run(ask, [host(() => answer.promise)]);
    let other;
    // Until it waits, the one thread has it, and there is no room.
    await until(async () => {
      other = await pool.run(() => 'other').catch((error) => error);
      return other === 'other' || other.code !== 'OFFLOOP_ERR_QUEUE_FULL';
    }, 'room');
    assert.equal(other, 'other');
    answer.resolve('answer');
    assert.equal(await waiting, 'answer');
  }));

// ── ends ─────────────────────────────────────────────────────────────────────────────────────────

test('a callback that never settles ends with the timeout, suspended or not', () =>
  withPool({}, async (pool) => {
    const never = host(() => new Promise(() => {}));
    const alone = await rejection(pool.run(ask, [never], { timeout: 40 }));
    assert.ok(alone instanceof TimeoutError);
    const order = [];
    const suspended = rejection(pool.run(ask, [never], { timeout: 1500 })).then((error) => {
      order.push(error.name);
      return pool.stats().suspended;
    });
    await pool.run(() => 1).then(() => order.push('other'));
    assert.equal(await suspended, 0);
    assert.deepEqual(order, ['other', 'TimeoutError']);
    assert.equal(await pool.run(() => 'next'), 'next');
  }));

test('timeout does not pause while a task is suspended', () =>
  withPool({}, async (pool) => {
    const begun = performance.now();
    const ended = rejection(pool.run(sleep, [60_000], { timeout: 50 }));
    await pool.run(() => 1);
    const error = await ended;
    assert.equal(error.code, 'OFFLOOP_ERR_TIMEOUT');
    assert.ok(performance.now() - begun < 30_000);
  }));

test('an abort of a suspended task rejects at once and disposes of its isolate', () =>
  withPool({}, async (pool) => {
    const gone = [];
    pool.on('isolateDestroy', (reason, isolate) => gone.push([reason, isolate]));
    const controller = new AbortController();
    const { ended } = await suspendedTasks(pool, 3, { signal: controller.signal });
    controller.abort(new Error('enough'));
    for (const end of ended) {
      const error = await rejection(end);
      assert.ok(error instanceof AbortError);
      assert.equal(error.cause.message, 'enough');
    }
    assert.equal(pool.stats().suspended, 0);
    await until(() => gone.length === 3, 'the isolates to be disposed of');
    assert.deepEqual([...new Set(gone.map(([reason]) => reason))], ['abandoned']);
    assert.equal(new Set(gone.map(([, isolate]) => isolate)).size, 3);
    assert.equal(await pool.run(() => 'next'), 'next');
  }));

test('answers and timers that come after the end of a suspended task change nothing', () =>
  withPool({}, async (pool) => {
    const controller = new AbortController();
    const { ended, answer } = await suspendedTasks(pool, 2, { signal: controller.signal });
    answer(0, 'just in time or too late');
    controller.abort();
    answer(1, 'too late');
    assert.ok((await rejection(ended[1])) instanceof AbortError);
    await ended[0].catch((error) => assert.ok(error instanceof AbortError));
    assert.equal(await pool.run(() => 'next'), 'next');
  }));

test('destroy rejects suspended tasks and leaves nothing behind', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const { ended } = await suspendedTasks(pool, 4);
  await pool.destroy();
  for (const end of ended) assert.equal((await rejection(end)).code, 'OFFLOOP_ERR_CLOSED');
  const { suspended, running, isolatesCreated, isolatesDisposed } = pool.stats();
  assert.deepEqual([suspended, running], [0, 0]);
  assert.equal(isolatesDisposed, isolatesCreated);
});

test('close waits for suspended tasks, with a timeout for so long', async () => {
  const patient = new Pool({ maxThreads: 1 });
  const { ended, answer } = await suspendedTasks(patient, 2);
  let closed = false;
  const closing = patient.close().then(() => {
    closed = true;
  });
  answer(0, 'a');
  assert.equal(await ended[0], 'a');
  assert.equal(closed, false);
  answer(1, 'b');
  assert.equal(await ended[1], 'b');
  await closing;

  const hasty = new Pool({ maxThreads: 1 });
  const late = await suspendedTasks(hasty, 2);
  await hasty.close({ timeout: 20 });
  for (const end of late.ended) assert.equal((await rejection(end)).code, 'OFFLOOP_ERR_CLOSED');
});

test('recycle waits for suspended tasks, which end where they began', () =>
  withPool({}, async (pool) => {
    const { ended, answer } = await suspendedTasks(pool, 2);
    const before = pool.stats().isolates.map(({ id }) => id);
    let recycled = false;
    const recycling = pool.recycle().then(() => {
      recycled = true;
    });
    assert.equal(await pool.run(() => 'new'), 'new');
    assert.equal(recycled, false);
    answer(0, 0);
    answer(1, 1);
    assert.deepEqual(await Promise.all(ended), [0, 1]);
    await recycling;
    assert.ok(pool.stats().isolates.every(({ id }) => !before.includes(id)));
  }));

test('what a suspended task throws, prints and leaves unhandled is told as ever', () =>
  withPool({ console: 'ignore' }, async (pool) => {
    const throws = rejection(
      pool.run(
        async (ms) => {
          await new Promise((resolve) => setTimeout(resolve, ms));
          throw new RangeError('after the wait');
        },
        [40],
      ),
    );
    const unhandled = rejection(
      pool.run(
        async (ms) => {
          setTimeout(() => {
            throw new TypeError('in a timer');
          }, ms);
          await new Promise((resolve) => setTimeout(resolve, 60_000));
        },
        [40],
      ),
    );
    const unsettled = rejection(
      pool.run(
        async (ms) => {
          await new Promise((resolve) => setTimeout(resolve, ms));
          await new Promise(() => {});
        },
        [40],
      ),
    );
    assert.equal(await pool.run(() => 1), 1);
    assert.match((await throws).message, /after the wait/);
    assert.match((await unhandled).message, /in a timer/);
    assert.equal((await unsettled).code, 'OFFLOOP_ERR_UNSETTLED');
  }));

test('a task that passes the memory limit after it was suspended ends as any', () =>
  withPool({ memoryLimitMb: 24 }, async (pool) => {
    const greedy = rejection(
      pool.run(
        async (ms) => {
          await new Promise((resolve) => setTimeout(resolve, ms));
          const kept = [];
          for (;;) kept.push(new Array(10_000).fill(kept.length));
        },
        [30],
      ),
    );
    assert.equal(await pool.run(() => 1), 1);
    assert.equal((await greedy).code, 'OFFLOOP_ERR_MEMORY_LIMIT');
    assert.equal(await pool.run(() => 'next'), 'next');
  }));

test('suspended tasks that are given up again and again leave memory and descriptors flat', async () => {
  const script = `
    const { Pool, host } = require(${root});
    const fs = require('node:fs');
    const descriptors = () => process.platform === 'linux' ? fs.readdirSync('/proc/self/fd').length : 0;
    (async () => {
      const pool = new Pool({ maxThreads: 1, maxSuspended: 8 });
      const rounds = async (count) => {
        for (let n = 0; n < count; n += 1) {
          const controller = new AbortController();
          const never = host(() => new Promise(() => {}));
          const tasks = Array.from({ length: 4 }, () => pool.run(async (fn) => {
            const big = new Array(1e5).fill(1);
            return fn(big.length);
          }, [never], { signal: controller.signal }).catch(() => {}));
          await pool.run(() => 1);
          controller.abort();
          await Promise.all(tasks);
        }
        const { isolates } = pool.stats();
        if (isolates.length > 9) throw new Error(isolates.length + ' isolates at the same time');
        while (pool.stats().isolates.length > 1) await new Promise((resolve) => setTimeout(resolve, 2));
        gc();
      };
      await rounds(15);
      const before = [process.memoryUsage.rss(), descriptors()];
      await rounds(60);
      const after = [process.memoryUsage.rss(), descriptors()];
      await pool.close();
      // An isolate is 2 MB and more: 240 of them would be half a gigabyte. The address sanitizer keeps what was freed.
      console.log(Boolean(process.env.ASAN_OPTIONS) || (after[0] - before[0]) / 2 ** 20 < 60, after[1] - before[1] <= 5);
    })();
  `;
  const { code, stdout, stderr } = await runNode(['--expose-gc', '-e', script]);
  assert.deepEqual([code, stdout, stderr], [0, 'true true\n', '']);
});

test('a fresh task that is suspended keeps its own context, and leaves the ordinary one as it was', () =>
  withPool({ init: () => Object.assign(globalThis, { made: Math.random() }) }, async (pool) => {
    const look = async (question) => {
      globalThis.seen = (globalThis.seen ?? 0) + 1;
      const before = globalThis.made;
      await question();
      return [globalThis.seen, globalThis.made === before, before];
    };
    const answer = deferred();
    const question = host(() => answer.promise);
    const fresh = pool.run(look, [question], { fresh: true });
    const ordinary = pool.run(look, [question]);
    const aborted = new AbortController();
    const given = rejection(pool.run(look, [question], { fresh: true, signal: aborted.signal }));
    await pool.run(() => 1);
    assert.equal(pool.stats().suspended, 3);
    aborted.abort();
    assert.ok((await given) instanceof AbortError);
    answer.resolve();
    const [[seen, same, mine], [ordinarySeen, ordinarySame, theirs]] = await Promise.all([
      fresh,
      ordinary,
    ]);
    assert.deepEqual([seen, same, ordinarySeen, ordinarySame], [1, true, 1, true]);
    assert.notEqual(mine, theirs);
    assert.equal(await pool.run(() => 'next', [], { fresh: true }), 'next');
  }));

// ── cpuTimeout ───────────────────────────────────────────────────────────────────────────────────

test('cpuTimeout stops code that runs for longer, and says that it is CPU time', () =>
  withPool({}, async (pool) => {
    const error = await rejection(
      pool.run(spin, [new SharedArrayBuffer(8)], { cpuTimeout: 30, name: 'mine' }),
    );
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.code, 'OFFLOOP_ERR_TIMEOUT');
    assert.match(error.message, /mine: .*'spin' used more CPU time than its cpuTimeout of 30 ms/);
    assert.equal(pool.stats().timedOut, 1);
    assert.equal(await pool.run(() => 'next'), 'next');
  }));

test('cpuTimeout does not count what a task waits for, be it suspended or not', () =>
  withPool({}, async (pool) => {
    const alone = await pool.run(sleep, [300, 'waited'], { cpuTimeout: 80 });
    assert.equal(alone, 'waited');
    const { ended, answer } = await suspendedTasks(pool, 2, { cpuTimeout: 80 });
    await sleep(300);
    for (const n of range(2)) answer(n, n);
    assert.deepEqual(await Promise.all(ended), [0, 1]);
  }));

test('cpuTimeout adds up what runs between the waits', () =>
  withPool({}, async (pool) => {
    const inSlices = async () => {
      for (let slice = 0; slice < 10_000; slice += 1) {
        const enough = performance.now() + 5;
        while (performance.now() < enough);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    const ended = rejection(pool.run(inSlices, [], { cpuTimeout: 60, timeout: 30_000 }));
    await pool.run(() => 1);
    assert.match((await ended).message, /cpuTimeout of 60 ms/);
  }));

test('a run may have more CPU time than the pool gives, or no limit', () =>
  withPool({ cpuTimeout: 1 }, async (pool) => {
    const work = () => {
      const enough = performance.now() + 20;
      while (performance.now() < enough);
      return 'done';
    };
    assert.equal((await rejection(pool.run(work))).code, 'OFFLOOP_ERR_TIMEOUT');
    assert.equal(await pool.run(work, [], { cpuTimeout: Infinity }), 'done');
    assert.equal(await pool.run(work, [], { cpuTimeout: 60_000 }), 'done');
  }));

// ── what is told ─────────────────────────────────────────────────────────────────────────────────

test('stats tell suspended tasks from threads, and waiting is no work', () =>
  withPool({ maxThreads: 2 }, async (pool) => {
    const { ended, answer } = await suspendedTasks(pool, 4);
    const { suspended, running, threads, idleThreads, isolates, busyMs } = pool.stats();
    assert.deepEqual([suspended, running], [4, 4]);
    assert.ok(threads <= 2 && idleThreads === threads, `${idleThreads} of ${threads}`);
    assert.equal(isolates.filter(({ busy }) => busy).length, 4);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(pool.stats().busyMs - busyMs < 50, 'time passes, but no thread is busy');
    for (const n of range(4)) answer(n, n);
    assert.deepEqual(await Promise.all(ended), [0, 1, 2, 3]);
    assert.equal(pool.stats().suspended, 0);
    assert.ok(pool.stats().runTime.max >= 100, 'a run lasts from its beginning to its end');
  }));
