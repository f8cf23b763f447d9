'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');

const { Pool, OffloopError, TimeoutError, host } = require('..');
const { withPool } = require('./helpers/pool.js');
const { rejection } = require('./helpers/until.js');

function refusal(options) {
  try {
    new Pool(options);
  } catch (error) {
    return error;
  }
  throw new Error('expected a refusal');
}

// ── workerData ───────────────────────────────────────────────────────────────────────────────────

test('a task reads workerData, of every kind that can be cloned', () => {
  const counters = new Int32Array(new SharedArrayBuffer(8));
  const workerData = {
    list: [1, { deep: true }],
    map: new Map([['key', new Set([1])]]),
    bytes: new Uint8Array([1, 2, 3]),
    counters,
  };
  workerData.self = workerData;
  return withPool({ workerData }, async (pool) => {
    const seen = await pool.run(() => {
      const { workerData: data } = offloop;
      Atomics.add(data.counters, 0, 1);
      return [data.list, data.map, data.bytes, data.self === data];
    });
    assert.deepEqual(seen, [workerData.list, workerData.map, workerData.bytes, true]);
    assert.equal(counters[0], 1);
  });
});

test('without the option workerData is undefined, and a primitive is itself', async () => {
  await withPool({}, async (pool) => {
    assert.deepEqual(await pool.run(() => ['workerData' in offloop, offloop.workerData]), [
      true,
      undefined,
    ]);
  });
  for (const workerData of [0, '', null, 10n, 'text']) {
    await withPool({ workerData }, async (pool) => {
      assert.equal(await pool.run(() => offloop.workerData), workerData);
    });
  }
});

test('workerData is copied once for a context: later tasks find what earlier ones changed in it', () =>
  withPool({ workerData: { count: 0 } }, async (pool) => {
    const task = () => {
      offloop.workerData.count += 1;
      return [offloop.workerData.count, offloop.workerData === offloop.workerData];
    };
    assert.deepEqual(await pool.run(task), [1, true]);
    assert.deepEqual(await pool.run(task), [2, true]);
    assert.deepEqual(await pool.run(task, [], { fresh: true }), [1, true]);
    assert.deepEqual(await pool.run(task), [3, true]);
  }));

test('each isolate has a copy of its own, which the caller cannot change', async () => {
  const workerData = { list: ['before'], arrived: new Int32Array(new SharedArrayBuffer(4)) };
  await withPool({ maxThreads: 2, workerData }, async (pool) => {
    workerData.list.push('after');
    const task = () => {
      const { list, arrived } = offloop.workerData;
      Atomics.add(arrived, 0, 1);
      Atomics.notify(arrived, 0);
      // Both tasks are under way, so in two isolates.
      while (Atomics.load(arrived, 0) < 2) Atomics.wait(arrived, 0, 1, 1_000);
      list.push('task');
      return list;
    };
    const both = await Promise.all([pool.run(task), pool.run(task)]);
    assert.deepEqual(both, [
      ['before', 'task'],
      ['before', 'task'],
    ]);
    assert.equal(pool.stats().isolatesCreated, 2);
  });
});

test('an isolate made ahead of need has workerData, too', () =>
  withPool({ minThreads: 1, workerData: 'here' }, async (pool) => {
    await pool.warmup();
    assert.equal(await pool.run(() => offloop.workerData), 'here');
  }));

test('workerData that cannot be cloned is refused by the constructor, by its path', () => {
  const error = refusal({ workerData: { list: [{ callback() {} }] } });
  assert.ok(error instanceof OffloopError);
  assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
  assert.match(error.message, /^workerData\.list\[0\]\.callback is a function/);

  const asking = refusal({ workerData: [host(() => 1)] });
  assert.equal(asking.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
  assert.match(asking.message, /^workerData\[0\] is a function of the main thread/);

  const thrown = new RangeError('from the getter');
  const getter = refusal({
    workerData: {
      get deep() {
        throw thrown;
      },
    },
  });
  assert.equal(getter.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
  assert.match(getter.message, /^workerData\.deep is a getter that threw/);
  assert.equal(getter.cause, thrown);
});

test('workerData that does not fit into the memory limit fails the task that reads it, no other', () =>
  withPool({ memoryLimitMb: 16, workerData: new Uint8Array(32 << 20) }, async (pool) => {
    assert.equal(await pool.run(() => 'no reader'), 'no reader');
    const error = await rejection(pool.run(() => offloop.workerData.length));
    assert.equal(error.code, 'OFFLOOP_ERR_MEMORY_LIMIT');
    assert.equal(await pool.run(() => 'no reader'), 'no reader');
  }));

// ── init ─────────────────────────────────────────────────────────────────────────────────────────

test('init runs once in a context, before its first task', () =>
  withPool(
    {
      workerData: { base: 40 },
      init: () => {
        globalThis.inits = (globalThis.inits ?? 0) + 1;
        globalThis.add = (n) => offloop.workerData.base + n;
      },
    },
    async (pool) => {
      for (let round = 0; round < 3; round += 1) {
        assert.deepEqual(await pool.run((n) => [inits, add(n)], [2]), [1, 42]);
      }
    },
  ));

test('a task begins when an async init has settled', () =>
  withPool(
    {
      init: async () => {
        globalThis.steps = ['begun'];
        await new Promise((resolve) => setTimeout(resolve, 20));
        steps.push('ended');
      },
    },
    async (pool) => {
      assert.deepEqual(await pool.run(() => steps), ['begun', 'ended']);
    },
  ));

test('timers and microtasks that init leaves behind never run', () =>
  withPool(
    {
      init: () => {
        globalThis.late = 0;
        setInterval(() => (late += 1), 1);
        setImmediate(() => (late += 1));
      },
    },
    async (pool) => {
      const late = await pool.run(async () => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        return globalThis.late;
      });
      assert.equal(late, 0);
    },
  ));

test('init runs in every isolate, again in a fresh context and in the one after a stopped task', () =>
  withPool(
    {
      workerData: new Int32Array(new SharedArrayBuffer(4)),
      init: () => {
        globalThis.inits = Atomics.add(offloop.workerData, 0, 1) + 1;
      },
    },
    async (pool) => {
      const which = () => inits;
      assert.equal(await pool.run(which), 1);
      assert.equal(await pool.run(which, [], { fresh: true }), 2);
      assert.equal(await pool.run(which), 1);
      const endless = () => {
        for (;;);
      };
      await rejection(pool.run(endless, [], { timeout: 20 }));
      assert.equal(await pool.run(which), 3);
      await pool.recycle();
      assert.equal(await pool.run(which), 4);
    },
  ));

test('what init throws fails the tasks that need it, and the next task tries again', () =>
  withPool(
    {
      name: 'failing',
      workerData: new Int32Array(new SharedArrayBuffer(4)),
      init: function prepare() {
        const attempt = Atomics.add(offloop.workerData, 0, 1) + 1;
        globalThis.half = 'initialised';
        if (attempt < 3) throw new RangeError(`attempt ${attempt}`);
        globalThis.whole = [typeof globalThis.half, attempt];
      },
    },
    async (pool) => {
      const task = () => whole;
      for (const attempt of [1, 2]) {
        const error = await rejection(pool.run(task, [], { name: 'nightly' }));
        assert.ok(error instanceof OffloopError);
        assert.equal(error.code, 'OFFLOOP_ERR_INIT_FAILED');
        assert.match(error.message, /^nightly: .*init function of pool 'failing'.*attempt/);
        assert.ok(error.cause instanceof RangeError);
        assert.equal(error.cause.message, `attempt ${attempt}`);
        assert.match(error.cause.stack, /prepare \(.*pool-setup\.test\.js:\d+/);
      }
      // Not the second attempt's context: `half` was set anew.
      assert.deepEqual(await pool.run(task), ['string', 3]);
      const { failed, completed, isolatesCreated } = pool.stats();
      assert.deepEqual(
        { failed, completed, isolatesCreated },
        { failed: 2, completed: 1, isolatesCreated: 1 },
      );
    },
  ));

test('an async init that rejects with a primitive is told as it is', () =>
  withPool({ init: async () => Promise.reject('no table') }, async (pool) => {
    const error = await rejection(pool.run(() => 1));
    assert.equal(error.code, 'OFFLOOP_ERR_INIT_FAILED');
    assert.equal(error.cause, 'no table');
    assert.match(error.message, /no table/);
  }));

test('an init that nothing can settle fails the task', () =>
  withPool({ init: () => new Promise(() => {}) }, async (pool) => {
    const error = await rejection(pool.run(() => 1));
    assert.equal(error.code, 'OFFLOOP_ERR_INIT_FAILED');
    assert.match(error.message, /nothing can settle/);
  }));

test("an endless init is covered by its task's timeout and signal, and tried again by the next", () => {
  const mayEnd = new Int32Array(new SharedArrayBuffer(4));
  const init = () => {
    while (Atomics.load(offloop.workerData, 0) === 0);
  };
  return withPool({ workerData: mayEnd, init }, async (pool) => {
    const timedOut = await rejection(pool.run(() => 1, [], { timeout: 30 }));
    assert.ok(timedOut instanceof TimeoutError);
    const signal = AbortSignal.timeout(30);
    const aborted = await rejection(pool.run(() => 1, [], { signal }));
    assert.equal(aborted.name, 'AbortError');
    Atomics.store(mayEnd, 0, 1);
    assert.equal(await pool.run(() => 'third'), 'third');
  });
});

test('an init over the memory limit costs its isolate, and its task knows why', () =>
  withPool(
    {
      memoryLimitMb: 32,
      init: () => {
        globalThis.kept = [];
        for (;;) kept.push(new Array(1_000).fill({}));
      },
    },
    async (pool) => {
      const error = await rejection(pool.run(() => 1));
      assert.equal(error.code, 'OFFLOOP_ERR_MEMORY_LIMIT');
    },
  ));

test('an init that cannot travel, or is none, is refused by the constructor', () => {
  const outside = 1;
  const capturing = refusal({ init: () => outside });
  assert.equal(capturing.code, 'OFFLOOP_ERR_CLOSURE');
  assert.match(capturing.message, /outside: .*pool-setup\.test\.js.*workerData/);
  for (const init of ['text', {}, null]) {
    const error = refusal({ init });
    assert.equal(error.code, 'OFFLOOP_ERR_INVALID_OPTION');
    assert.equal(error.option, 'init');
  }
  for (const init of [class Init {}, function* generate() {}]) {
    const error = refusal({ init });
    assert.equal(error.code, 'OFFLOOP_ERR_INVALID_OPTION');
    assert.equal(error.option, 'init');
  }
  assert.equal(refusal({ init: Math.max }).code, 'OFFLOOP_ERR_CLOSURE');
});
