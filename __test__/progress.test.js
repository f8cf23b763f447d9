'use strict';

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const test = require('node:test');

const { Pool, OffloopError } = require('..');
const { Gate, waitAtGate, spin } = require('./helpers/gate.js');
const { withPool } = require('./helpers/pool.js');
const { until, rejection, delay } = require('./helpers/until.js');

/** Tells 0 to count - 1. */
function countTo(count) {
  for (let n = 0; n < count; n += 1) offloop.progress(n);
  return count;
}

/** Tells it has begun, then works for ever. */
function tellAndSpin(buffer) {
  const state = new Int32Array(buffer);
  for (;;) {
    offloop.progress('on');
    Atomics.add(state, 1, 1);
  }
}

test('progress arrives in order, and all of it before the result', () =>
  withPool({}, async (pool) => {
    const seen = [];
    const onProgress = (value) => seen.push(value);
    const result = await pool.run(countTo, [10_000], { onProgress });
    seen.push('result');
    assert.equal(result, 10_000);
    assert.deepEqual(seen, [...Array.from({ length: 10_000 }, (_, n) => n), 'result']);
  }));

test('progress arrives while the task runs, not only at its end', () =>
  withPool({}, async (pool) => {
    const gate = new Gate();
    const tellThenWait = (buffer) => {
      offloop.progress('half');
      const state = new Int32Array(buffer);
      while (Atomics.load(state, 1) === 0) Atomics.wait(state, 1, 0, 20);
      return 'whole';
    };
    // The task goes on only when its progress was heard of.
    const onProgress = () => gate.open();
    assert.equal(await pool.run(tellThenWait, [gate.buffer], { onProgress }), 'whole');
  }));

test('values are cloned: objects, buffers, undefined', () =>
  withPool({}, async (pool) => {
    const seen = [];
    await pool.run(
      () => {
        const bytes = new Uint8Array([1, 2]);
        offloop.progress({ bytes, map: new Map([[1, { a: undefined }]]) });
        bytes[0] = 9;
        offloop.progress(undefined);
        offloop.progress();
      },
      [],
      { onProgress: (...values) => seen.push(values) },
    );
    const first = { bytes: new Uint8Array([1, 2]), map: new Map([[1, { a: undefined }]]) };
    assert.deepEqual(seen, [[first], [undefined], [undefined]]);
  }));

test('without a listener progress does nothing, not even clone', () =>
  withPool({}, async (pool) => {
    const value = await pool.run(() => offloop.progress(() => {}));
    assert.equal(value, undefined);
  }));

test('a value that cannot be cloned throws in the task, by its path, and the task may go on', () =>
  withPool({}, async (pool) => {
    const seen = [];
    const caught = await pool.run(
      () => {
        try {
          offloop.progress({ list: [1, () => {}] });
        } catch (error) {
          offloop.progress('after');
          return [error instanceof Error, error.code, error.message];
        }
        return null;
      },
      [],
      { onProgress: (value) => seen.push(value) },
    );
    assert.deepEqual(caught, [
      true,
      'OFFLOOP_ERR_NOT_CLONEABLE',
      'the progress value.list[1] is a function; it cannot be cloned',
    ]);
    assert.deepEqual(seen, ['after']);
    const error = await rejection(
      pool.run(
        () => {
          const broken = {
            get size() {
              throw new TypeError('mine');
            },
          };
          offloop.progress(broken);
        },
        [],
        { onProgress: () => {} },
      ),
    );
    assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
    assert.match(error.message, /\.size is a getter that threw.*mine/);
    assert.ok(error.cause instanceof TypeError);
  }));

test('a listener runs in the async context of its own run', () =>
  withPool({ maxThreads: 2 }, async (pool) => {
    const storage = new AsyncLocalStorage();
    const seen = [];
    const one = (id) =>
      storage.run(id, () =>
        pool.run(countTo, [3], { onProgress: (n) => seen.push(`${storage.getStore()}:${n}`) }),
      );
    await Promise.all([one('a'), one('b')]);
    assert.deepEqual(seen.toSorted?.() ?? [...seen].sort(), [
      'a:0',
      'a:1',
      'a:2',
      'b:0',
      'b:1',
      'b:2',
    ]);
  }));

test('a listener that throws rejects the run with that very error, stops the task and is not called again', () =>
  withPool({}, async (pool) => {
    const mine = new Error('mine');
    let calls = 0;
    const buffer = new SharedArrayBuffer(8);
    const onProgress = () => {
      calls += 1;
      throw mine;
    };
    const error = await rejection(pool.run(tellAndSpin, [buffer], { onProgress }));
    assert.equal(error, mine);
    // The one thread is free again.
    assert.equal(await pool.run(() => 'next'), 'next');
    assert.equal(calls, 1);
    assert.equal(pool.stats().failed, 1);
  }));

test('after an abort or a timeout no listener is called any more', () =>
  withPool({}, async (pool) => {
    for (const way of ['abort', 'timeout']) {
      const controller = new AbortController();
      let settled = false;
      let late = 0;
      let heard = 0;
      const onProgress = () => {
        heard += 1;
        if (settled) late += 1;
        if (way === 'abort' && heard === 10) {
          controller.abort();
          settled = true;
        }
      };
      const { signal } = controller;
      const options = way === 'abort' ? { onProgress, signal } : { onProgress, timeout: 50 };
      const buffer = new SharedArrayBuffer(8);
      const error = await rejection(pool.run(tellAndSpin, [buffer], options));
      settled = true;
      assert.match(error.name, way === 'abort' ? /AbortError/ : /TimeoutError/);
      assert.ok(heard >= (way === 'abort' ? 10 : 1), `${heard}`);
      await pool.run(() => 1);
      await delay(5);
      assert.equal(late, 0, way);
    }
  }));

test('a task that tells faster than it is heard waits for its caller: memory stays bounded', () =>
  withPool({}, async (pool) => {
    const COUNT = 300;
    const BYTES = 1 << 20;
    const before = process.memoryUsage.rss();
    let most = 0;
    let received = 0;
    const onProgress = (value) => {
      received += value.length;
      most = Math.max(most, process.memoryUsage.rss());
    };
    await pool.run(
      (count, bytes) => {
        for (let n = 0; n < count; n += 1) offloop.progress(new Uint8Array(bytes));
      },
      [COUNT, BYTES],
      { onProgress },
    );
    assert.equal(received, COUNT * BYTES);
    // The address sanitizer keeps what was freed.
    if (process.env.ASAN_OPTIONS) return;
    // All at once they are 300 MiB; sixteen of them may be on their way, and some garbage may lie about.
    assert.ok(most - before < 200 * BYTES, `${(most - before) / BYTES} MiB`);
  }));

test('a hundred thousand values neither starve the event loop nor pile up', () =>
  withPool({}, async (pool) => {
    let turns = 0;
    let longest = 0;
    let inTurn = 0;
    const turn = () => {
      turns += 1;
      longest = Math.max(longest, inTurn);
      inTurn = 0;
      immediate = setImmediate(turn);
    };
    let immediate = setImmediate(turn);
    let heard = 0;
    const onProgress = (n) => {
      assert.equal(n, heard);
      heard += 1;
      inTurn += 1;
    };
    await pool.run(countTo, [100_000], { onProgress });
    clearImmediate(immediate);
    assert.equal(heard, 100_000);
    assert.ok(longest <= 4096, `${longest} values in one turn`);
    assert.ok(turns >= 100_000 / 4096, `${turns} turns`);
  }));

for (const way of ['its signal aborted', 'its pool destroyed']) {
  test(`a task that waits for its caller to listen can have ${way}`, () =>
    withPool({}, async (pool) => {
      const controller = new AbortController();
      const buffer = new SharedArrayBuffer(8);
      const state = new Int32Array(buffer);
      const options = { onProgress: () => {}, signal: controller.signal };
      const ended = rejection(pool.run(tellAndSpin, [buffer], options));
      // This thread does not listen meanwhile: the task runs until it must wait.
      const still = new Int32Array(new SharedArrayBuffer(4));
      let told = -1;
      while (Atomics.load(state, 1) !== told || told < 1) {
        told = Atomics.load(state, 1);
        Atomics.wait(still, 0, 0, 50);
      }
      assert.ok(told <= 1024, `${told} values on their way`);
      if (way === 'its signal aborted') controller.abort();
      else await pool.destroy();
      const error = await ended;
      assert.match(`${error.name} ${error.code}`, /AbortError|OFFLOOP_ERR_CLOSED/);
    }));
}

test('what is no function is refused as onProgress by name', () =>
  withPool({}, async (pool) => {
    for (const onProgress of [null, 1, 'f', {}]) {
      const error = await rejection(pool.run(spin, [], { onProgress }));
      assert.equal(error.code, 'OFFLOOP_ERR_INVALID_OPTION');
      assert.equal(error.option, 'onProgress');
      assert.ok(error instanceof OffloopError);
    }
  }));

test('offloop.signal is there, one for each task, and not aborted while the task can look', () =>
  withPool({}, async (pool) => {
    const look = () => {
      const { signal } = offloop;
      signal.addEventListener('abort', () => {});
      signal.removeEventListener('abort', null);
      signal.throwIfAborted();
      const same = signal === offloop.signal;
      const fresh = globalThis.lastSignal !== signal;
      globalThis.lastSignal = signal;
      return [signal.aborted, signal.reason, signal.onabort, `${signal}`, same, fresh];
    };
    const expected = [false, undefined, null, '[object AbortSignal]', true, true];
    assert.deepEqual(await pool.run(look), expected);
    assert.deepEqual(await pool.run(look), expected);
    const code = await pool.run(() => {
      try {
        offloop.signal.addEventListener('abort', 5);
      } catch (error) {
        return error.code;
      }
      return null;
    });
    assert.equal(code, 'ERR_INVALID_ARG_TYPE');
  }));

test('an offloaded function takes a listener for each call', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const heavy = pool.offload(countTo);
  const seen = [];
  assert.equal(await heavy.with({ onProgress: (n) => seen.push(n) })(2), 2);
  assert.equal(await heavy(3), 3);
  assert.deepEqual(seen, [0, 1]);
  await pool.close();
});

test('a task with a listener waits at its gate as any other', () =>
  withPool({}, async (pool) => {
    const gate = new Gate();
    const value = pool.run(waitAtGate, [gate.buffer, 7], { onProgress: () => {} });
    await gate.allStarted(1);
    gate.open();
    assert.equal(await value, 7);
    await until(() => pool.idleThreads === 1, 'the thread to be idle');
  }));
