'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');
const assert = require('node:assert/strict');
const { getEventListeners } = require('node:events');
const test = require('node:test');

const { Pool, AbortError, OffloopError, TimeoutError } = require('..');
const { Gate, waitAtGate, spin } = require('./helpers/gate.js');
const { until, rejection, delay } = require('./helpers/until.js');

// Far beyond what is measured (milliseconds): only a hang or a restart would pass it.
const PROMPT_MS = 1_000;

async function withPool(options, body) {
  const pool = new Pool({ maxThreads: 1, ...options });
  try {
    await body(pool);
  } finally {
    await pool.destroy();
  }
}

// ── results ──────────────────────────────────────────────────────────────────────────────────────

test('a task gets its arguments and its result comes back', () =>
  withPool({}, async (pool) => {
    assert.equal(await pool.run((a, b) => a + b, [4, 6]), 10);
    assert.equal(await pool.run(async (a, b) => a + b, [4, 6]), 10);
    assert.equal(await pool.run(() => undefined), undefined);
    assert.equal(await pool.run(() => {}), undefined);
    assert.equal(await pool.run(() => null), null);
    assert.equal(await pool.run((...all) => all.length, [1, 2, 3]), 3);
    assert.equal(await pool.run((a) => typeof a, [undefined]), 'undefined');
    assert.equal(await pool.run((a, b) => [a, b].length, [, 2]), 2);
  }));

test('run gives a native promise and needs no receiver of its own', () =>
  withPool({}, async (pool) => {
    const promise = pool.run(() => 1);
    assert.ok(promise instanceof Promise);
    await promise;
  }));

test('async functions, microtasks and timers run to their end', () =>
  withPool({}, async (pool) => {
    const steps = await pool.run(async () => {
      const order = [];
      await new Promise((resolve) => setTimeout(resolve, 5));
      order.push('timeout');
      queueMicrotask(() => order.push('microtask'));
      await null;
      order.push('await');
      const ticks = await new Promise((resolve) => {
        let count = 0;
        const timer = setInterval(() => {
          count += 1;
          if (count < 3) return;
          clearInterval(timer);
          resolve(count);
        }, 1);
      });
      order.push(ticks);
      return order;
    });
    assert.deepEqual(steps, ['timeout', 'microtask', 'await', 3]);
  }));

test('a thenable is awaited like a promise', () =>
  withPool({}, async (pool) => {
    assert.equal(await pool.run(() => ({ then: (resolve) => resolve('from then') })), 'from then');
  }));

test('asynchronous WebAssembly works', () =>
  withPool({}, async (pool) => {
    // (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
    const bytes = Uint8Array.from([
      0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97,
      100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11,
    ]);
    const sum = await pool.run(
      async (code) => {
        const { instance } = await WebAssembly.instantiate(code);
        return instance.exports.add(40, 2);
      },
      [bytes],
    );
    assert.equal(sum, 42);
  }));

test('a promise that nothing can settle rejects instead of hanging', () =>
  withPool({}, async (pool) => {
    const error = await rejection(pool.run(() => new Promise(() => {})));
    assert.ok(error instanceof OffloopError);
    assert.equal(error.code, 'OFFLOOP_ERR_UNSETTLED');
    assert.equal(await pool.run(() => 'next'), 'next');
  }));

test('an error in a timer, or a rejection that nobody handles, rejects the task that still runs', () =>
  withPool({}, async (pool) => {
    const late = () => new Promise((resolve) => setTimeout(resolve, 60_000));
    const inTimer = await rejection(
      pool.run(
        async () => {
          setTimeout(() => {
            throw new RangeError('in a timer');
          }, 1);
          await late();
        },
        [],
        { context: { late } },
      ),
    );
    assert.ok(inTimer instanceof RangeError);
    assert.equal(inTimer.message, 'in a timer');
    const unhandled = await rejection(
      pool.run(
        async () => {
          Promise.reject(new TypeError('unhandled'));
          await late();
        },
        [],
        { context: { late } },
      ),
    );
    assert.ok(unhandled instanceof TypeError);
    assert.equal(await pool.run(() => 'next'), 'next');
  }));

test('a rejection that is handled later in the same run is no error', () =>
  withPool({}, async (pool) => {
    pool.on('error', assert.fail);
    const value = await pool.run(async () => {
      const rejected = Promise.reject(new Error('handled'));
      await Promise.resolve();
      return rejected.catch((error) => error.message);
    });
    assert.equal(value, 'handled');
  }));

test('what a task leaves behind never runs in the next one', () =>
  withPool({}, async (pool) => {
    const buffer = new SharedArrayBuffer(4);
    await pool.run(
      (shared) => {
        const cell = new Int32Array(shared);
        setTimeout(() => Atomics.add(cell, 0, 1), 1);
        setInterval(() => Atomics.add(cell, 0, 1), 1);
      },
      [buffer],
    );
    await pool.run(() => new Promise((resolve) => setTimeout(resolve, 30)));
    assert.equal(Atomics.load(new Int32Array(buffer), 0), 0);
  }));

test('globals that a task sets stay in its isolate until its context is dropped', () =>
  withPool({}, async (pool) => {
    await pool.run(() => {
      globalThis.kept = 1;
    });
    assert.equal(await pool.run(() => globalThis.kept), 1);
    assert.equal(globalThis.kept, undefined);
    await rejection(
      pool.run(
        () => {
          for (;;);
        },
        [],
        { timeout: 20 },
      ),
    );
    assert.equal(await pool.run(() => globalThis.kept), undefined);
  }));

// ── abort ────────────────────────────────────────────────────────────────────────────────────────

test('a signal that is aborted already rejects at once, and nothing is submitted or detached', () =>
  withPool({}, async (pool) => {
    const bytes = new ArrayBuffer(8);
    const error = await rejection(
      pool.run((b) => b.byteLength, [bytes], {
        signal: AbortSignal.abort('early'),
        transferList: [bytes],
      }),
    );
    assert.ok(error instanceof AbortError);
    assert.equal(error.name, 'AbortError');
    assert.equal(error.code, 'ABORT_ERR');
    assert.equal(error.cause, 'early');
    assert.equal(bytes.byteLength, 8);
    assert.equal(pool.stats().running + pool.queueSize, 0);
  }));

test('aborting a running endless loop rejects at once, and the thread runs the next task', () =>
  withPool({}, async (pool) => {
    const buffer = new SharedArrayBuffer(8);
    const controller = new AbortController();
    const running = pool.run(spin, [buffer], { signal: controller.signal });
    await until(() => new Int32Array(buffer)[1] > 0, 'the loop to run');
    const reason = new Error('enough');
    const began = performance.now();
    controller.abort(reason);
    const error = await rejection(running);
    assert.ok(error instanceof AbortError);
    assert.equal(error.cause, reason);
    assert.equal(await pool.run(() => 'next'), 'next');
    assert.ok(performance.now() - began < PROMPT_MS);
    const turns = new Int32Array(buffer)[1];
    await delay(20);
    assert.equal(new Int32Array(buffer)[1], turns, 'the loop has stopped');
    assert.equal(pool.stats().isolatesCreated, 1, 'the isolate was kept');
  }));

test('aborting a queued task frees its place and leaves the running one alone', () =>
  withPool({}, async (pool) => {
    const gate = new Gate();
    const running = pool.run(waitAtGate, [gate.buffer, 'ran']);
    await gate.allStarted(1);
    const controller = new AbortController();
    const queued = pool.run(waitAtGate, [gate.buffer, 'never'], { signal: controller.signal });
    assert.equal(pool.queueSize, 1);
    controller.abort();
    assert.equal(pool.queueSize, 0);
    assert.ok((await rejection(queued)) instanceof AbortError);
    gate.open();
    assert.equal(await running, 'ran');
    assert.equal(gate.started, 1);
  }));

test('tasks queued behind an aborted one still run, in order', () =>
  withPool({}, async (pool) => {
    const buffer = new SharedArrayBuffer(8);
    const controller = new AbortController();
    const first = pool.run(spin, [buffer], { signal: controller.signal });
    const rest = [1, 2, 3].map((n) => pool.run((value) => value, [n]));
    await until(() => new Int32Array(buffer)[1] > 0, 'the loop to run');
    controller.abort();
    assert.ok((await rejection(first)) instanceof AbortError);
    assert.deepEqual(await Promise.all(rest), [1, 2, 3]);
  }));

test('aborting one task does not touch those on other threads', () =>
  withPool({ maxThreads: 2 }, async (pool) => {
    const gate = new Gate();
    const buffer = new SharedArrayBuffer(8);
    const controller = new AbortController();
    const bystander = pool.run(waitAtGate, [gate.buffer, 'fine']);
    const victim = pool.run(spin, [buffer], { signal: controller.signal });
    await gate.allStarted(1);
    await until(() => new Int32Array(buffer)[1] > 0, 'the loop to run');
    controller.abort();
    assert.ok((await rejection(victim)) instanceof AbortError);
    gate.open();
    assert.equal(await bystander, 'fine');
  }));

test('a signal shared by thousands of tasks has one listener, and none when they are done', () =>
  withPool({}, async (pool) => {
    const warnings = [];
    const onWarning = (warning) => warnings.push(warning);
    process.on('warning', onWarning);
    const { signal } = new AbortController();
    const all = Array.from({ length: 3_000 }, (_, n) =>
      pool.run((value) => value, [n], { signal }),
    );
    assert.equal(getEventListeners(signal, 'abort').length, 1);
    assert.equal((await Promise.all(all)).at(-1), 2_999);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    await delay(5);
    process.off('warning', onWarning);
    assert.deepEqual(warnings, []);
  }));

test('aborting a signal shared by many rejects every one of them once', () =>
  withPool({}, async (pool) => {
    const gate = new Gate();
    const controller = new AbortController();
    const { signal } = controller;
    const all = Array.from({ length: 500 }, () => pool.run(waitAtGate, [gate.buffer], { signal }));
    await gate.allStarted(1);
    controller.abort('all');
    const settled = await Promise.allSettled(all);
    assert.ok(
      settled.every(({ reason }) => reason instanceof AbortError && reason.cause === 'all'),
    );
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    assert.equal(pool.queueSize, 0);
    gate.open();
    assert.equal(await pool.run(() => 'next'), 'next');
  }));

test('an abort after the end changes nothing', () =>
  withPool({}, async (pool) => {
    const controller = new AbortController();
    assert.equal(await pool.run(() => 'done', [], { signal: controller.signal }), 'done');
    controller.abort();
    assert.equal(await pool.run(() => 'next'), 'next');
  }));

test('a getter among the arguments that aborts the signal still rejects the task', () =>
  withPool({}, async (pool) => {
    const controller = new AbortController();
    const sly = {
      get value() {
        controller.abort('in the getter');
        return 1;
      },
    };
    const error = await rejection(pool.run((o) => o.value, [sly], { signal: controller.signal }));
    assert.ok(error instanceof AbortError);
    assert.equal(error.cause, 'in the getter');
  }));

test('cancelPending rejects what waits and lets the running task finish', () =>
  withPool({}, async (pool) => {
    const gate = new Gate();
    const running = pool.run(waitAtGate, [gate.buffer, 'ran']);
    await gate.allStarted(1);
    const queued = Array.from({ length: 9 }, () => pool.run(waitAtGate, [gate.buffer]));
    assert.equal(pool.queueSize, 9);
    assert.equal(pool.cancelPending('cleared'), 9);
    assert.equal(pool.queueSize, 0);
    for (const { reason } of await Promise.allSettled(queued)) {
      assert.ok(reason instanceof AbortError);
      assert.equal(reason.cause, 'cleared');
    }
    assert.equal(pool.cancelPending(), 0);
    gate.open();
    assert.equal(await running, 'ran');
  }));

// ── deadlines ────────────────────────────────────────────────────────────────────────────────────

test('an endless loop is stopped at its timeout, and the isolate serves on', () =>
  withPool({}, async (pool) => {
    const error = await rejection(
      pool.run(
        () => {
          for (;;);
        },
        [],
        { timeout: 50, name: 'forever' },
      ),
    );
    assert.ok(error instanceof TimeoutError);
    assert.ok(error instanceof OffloopError);
    assert.equal(error.name, 'TimeoutError');
    assert.equal(error.code, 'OFFLOOP_ERR_TIMEOUT');
    assert.match(error.message, /forever/);
    assert.match(error.message, /50 ?ms/);
    assert.equal(await pool.run(() => 'next'), 'next');
    assert.equal(pool.stats().isolatesCreated, 1);
    assert.equal(pool.stats().timedOut, 1);
  }));

test("a pool's timeout holds for runs that do not say", () =>
  withPool({ timeout: 50 }, async (pool) => {
    const loop = () => {
      for (;;);
    };
    assert.ok((await rejection(pool.run(loop))) instanceof TimeoutError);
    assert.equal(await pool.run(() => 1, [], { timeout: Infinity }), 1);
  }));

test('the timeout starts with the task: waiting in the queue does not count', () =>
  withPool({}, async (pool) => {
    const gate = new Gate();
    const first = pool.run(waitAtGate, [gate.buffer]);
    await gate.allStarted(1);
    const queued = pool.run(() => 'in time', [], { timeout: 100 });
    await delay(250);
    gate.open();
    await first;
    assert.equal(await queued, 'in time');
  }));

test('the timeout covers waiting for timers and for promises', () =>
  withPool({}, async (pool) => {
    const late = pool.run(() => new Promise((resolve) => setTimeout(resolve, 60_000)), [], {
      timeout: 50,
    });
    assert.ok((await rejection(late)) instanceof TimeoutError);
    assert.equal(await pool.run(() => 'next'), 'next');
  }));

test('the timeout covers getters of the result', () =>
  withPool({}, async (pool) => {
    const stuck = pool.run(
      () => ({
        get value() {
          for (;;);
        },
      }),
      [],
      { timeout: 50 },
    );
    assert.ok((await rejection(stuck)) instanceof TimeoutError);
    assert.equal(await pool.run(() => 'next'), 'next');
  }));

test('try, finally and catch cannot hold up a timeout', () =>
  withPool({}, async (pool) => {
    const stubborn = pool.run(
      () => {
        for (;;) {
          try {
            for (;;);
          } catch {
            continue;
          } finally {
            for (;;);
          }
        }
      },
      [],
      { timeout: 50 },
    );
    assert.ok((await rejection(stubborn)) instanceof TimeoutError);
    assert.equal(await pool.run(() => 'next'), 'next');
  }));

test('a timeout ends the description of an error whose every property is endless', () =>
  withPool({ maxThreads: 1 }, async (pool) => {
    const error = await rejection(
      pool.run(
        () => {
          const endless = {
            get() {
              for (;;);
            },
            enumerable: true,
          };
          throw Object.defineProperties(new Error('x'), {
            name: endless,
            message: endless,
            cause: endless,
            first: endless,
            second: endless,
          });
        },
        [],
        { timeout: 50 },
      ),
    );
    assert.equal(error.code, 'OFFLOOP_ERR_TIMEOUT');
    assert.equal(await pool.run(() => 'next', [], { timeout: 20_000 }), 'next');
  }));

test('a task that ends before its timeout is not disturbed by it later', () =>
  withPool({}, async (pool) => {
    for (let round = 0; round < 50; round += 1) {
      assert.equal(await pool.run((n) => n, [round], { timeout: 15 + (round % 5) }), round);
    }
    assert.equal(
      await pool.run(() => {
        const end = Date.now() + 60;
        while (Date.now() < end);
        return 'undisturbed';
      }),
      'undisturbed',
    );
  }));

test('racing aborts, timeouts and ends settle every promise exactly once', () =>
  withPool({ maxThreads: 2 }, async (pool) => {
    const outcomes = new Map();
    const all = Array.from({ length: 300 }, (_, index) => {
      const controller = new AbortController();
      if (index % 3 === 0) setTimeout(() => controller.abort(), index % 17);
      const promise = pool.run(
        (ms) => {
          const end = Date.now() + ms;
          while (Date.now() < end);
          return ms;
        },
        [index % 4],
        { signal: controller.signal, timeout: 1 + (index % 5) },
      );
      const count = () => outcomes.set(index, (outcomes.get(index) ?? 0) + 1);
      return promise.then(count, (error) => {
        assert.ok(error instanceof AbortError || error instanceof TimeoutError, error);
        count();
      });
    });
    await Promise.all(all);
    assert.equal(outcomes.size, 300);
    assert.ok([...outcomes.values()].every((times) => times === 1));
    assert.equal(await pool.run(() => 'next'), 'next');
  }));

// ── memory ───────────────────────────────────────────────────────────────────────────────────────

test('a task over its memory limit rejects, and the next one gets a fresh isolate', () =>
  withPool({ memoryLimitMb: 64 }, async (pool) => {
    const error = await rejection(
      pool.run(function hoard() {
        const kept = [];
        for (;;) kept.push(new Array(1_000).fill({ some: 'object' }));
      }),
    );
    assert.ok(error instanceof OffloopError);
    assert.equal(error.code, 'OFFLOOP_ERR_MEMORY_LIMIT');
    assert.match(error.message, /64/);
    assert.equal(await pool.run(() => 'next'), 'next');
    assert.equal(pool.stats().isolatesCreated, 2);
  }));

// docs/interruptible-loops.md: an optimised loop that V8 13 cannot interrupt by itself.
test('a loop without an interrupt check of its own is stopped by a timeout', () =>
  withPool({ maxThreads: 1 }, async (pool) => {
    const error = await rejection(
      pool.run(
        () => {
          for (;;) new Array(1_000).fill(1);
        },
        [],
        { timeout: 300 },
      ),
    );
    assert.equal(error.code, 'OFFLOOP_ERR_TIMEOUT');
    assert.equal(await pool.run(() => 'next', [], { timeout: 20_000 }), 'next');
    assert.equal(pool.stats().isolatesCreated, 1);
  }));

test('array buffers count against the memory limit', () =>
  withPool({ memoryLimitMb: 64 }, async (pool) => {
    const error = await rejection(
      pool.run(() => {
        const kept = [];
        for (;;) kept.push(new Uint8Array(1 << 20).fill(1));
      }),
    );
    assert.ok(['OFFLOOP_ERR_MEMORY_LIMIT', undefined].includes(error.code));
    if (error.code === undefined) assert.ok(error instanceof RangeError);
    assert.equal(await pool.run(() => 'next'), 'next');
  }));

// ── the caller's side ────────────────────────────────────────────────────────────────────────────

test('AsyncLocalStorage keeps its store across an awaited run', () =>
  withPool({}, async (pool) => {
    const storage = new AsyncLocalStorage();
    await storage.run('request 1', async () => {
      await pool.run(() => 1);
      assert.equal(storage.getStore(), 'request 1');
      await pool
        .run(() => Promise.reject(new Error('x')))
        .catch(() => {
          assert.equal(storage.getStore(), 'request 1');
        });
    });
  }));

test("a task's console output reaches the caller's console, in order, before its result", () =>
  withPool({}, async (pool) => {
    const lines = [];
    const originals = {};
    for (const method of ['log', 'info', 'warn', 'error', 'debug']) {
      originals[method] = console[method];
      console[method] = (...args) => lines.push([method, ...args]);
    }
    let seen;
    try {
      await pool.run(() => {
        console.log('one', { two: [2] });
        console.warn('careful');
        console.error(new Map([[1, 2]]));
        console.info(1n);
        console.debug(null, undefined);
      });
      seen = lines.length;
    } finally {
      Object.assign(console, originals);
    }
    assert.equal(seen, 5);
    assert.deepEqual(lines, [
      ['log', 'one', { two: [2] }],
      ['warn', 'careful'],
      ['error', new Map([[1, 2]])],
      ['info', 1n],
      ['debug', null, undefined],
    ]);
  }));

test("with console: 'ignore' nothing is printed", () =>
  withPool({ console: 'ignore' }, async (pool) => {
    const { log } = console;
    let printed = 0;
    console.log = () => {
      printed += 1;
    };
    try {
      assert.equal(
        await pool.run(() => {
          console.log('lost');
          return 'ran';
        }),
        'ran',
      );
    } finally {
      console.log = log;
    }
    assert.equal(printed, 0);
  }));

test('many completions in one wake-up settle all their promises', () =>
  withPool({ maxThreads: 2 }, async (pool) => {
    const results = await Promise.all(
      Array.from({ length: 20_000 }, (_, n) => pool.run((value) => value + 1, [n])),
    );
    assert.equal(results.length, 20_000);
    assert.ok(results.every((value, index) => value === index + 1));
  }));
