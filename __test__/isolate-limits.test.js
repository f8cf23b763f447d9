'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const path = require('node:path');
const { describe, test } = require('node:test');

const { AbortError, Isolate, TimeoutError } = require('..');
const { eventsOf, withIsolate } = require('./helpers/isolate');
const { seeded } = require('./helpers/seeded');
const { delay, rejection, until } = require('./helpers/until');

const ROOT = path.dirname(__dirname);

/** Takes about as long as it says, and leaves two counters that are equal unless it is stopped between them. */
const work = (ms) => {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    globalThis.first = (globalThis.first ?? 0) + 1;
    for (let spin = 0; spin < 1000; spin += 1);
    globalThis.second = (globalThis.second ?? 0) + 1;
  }
  return globalThis.first === globalThis.second;
};
/** Tells that it has begun to who gave it a flag. */
const forever = (flag) => {
  globalThis.ticks = 1;
  if (flag) Atomics.store(flag, 0, 1);
  for (;;) globalThis.ticks += 1;
};

/** A flag, and what waits until code has raised it. */
function flagged() {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  return [flag, () => until(() => Atomics.load(flag, 0) === 1, 'the code to begin')];
}

describe('stopping', () => {
  test('terminate stops an endless loop, keeps globals and contexts, and sets interrupted', () =>
    withIsolate({ sharedMemory: true }, async (isolate) => {
      const [flag, begun] = flagged();
      const context = await isolate.createContext();
      await context.set('mine', 1);
      await isolate.set('kept', { a: 1 });
      assert.equal(isolate.interrupted, false);
      const looping = isolate.run(forever, [flag]);
      await begun();
      assert.equal(isolate.terminate(), true);
      const error = await rejection(looping);
      assert.ok(error instanceof AbortError);
      assert.match(String(error.cause), /terminate/);
      assert.equal(isolate.interrupted, true);
      assert.deepEqual(await isolate.get('kept'), { a: 1 });
      assert.ok((await isolate.get('ticks')) > 0);
      assert.equal(await context.get('mine'), 1);
      assert.equal(await isolate.run(work, [2]), true);
    }));

  test('terminate without anything under way does nothing', () =>
    withIsolate({}, async (isolate) => {
      assert.equal(isolate.terminate(), false);
      await isolate.evaluate('1');
      assert.equal(isolate.terminate(), false);
      assert.equal(isolate.interrupted, false);
    }));

  test('terminate right after the call ends it before it begins', () =>
    withIsolate({}, async (isolate) => {
      const looping = isolate.run(forever);
      assert.equal(isolate.terminate(), true);
      assert.ok((await rejection(looping)) instanceof AbortError);
      assert.equal(await isolate.evaluate('1'), 1);
    }));

  test('terminate ends what waits for a timer, whose callback is never called', () =>
    withIsolate({ sharedMemory: true }, async (isolate) => {
      const [flag, begun] = flagged();
      const waiting = isolate.run(
        (raised) =>
          new Promise((resolve) => {
            globalThis.began = true;
            Atomics.store(raised, 0, 1);
            setTimeout(() => {
              globalThis.late = true;
              resolve();
            }, 30);
          }),
        [flag],
      );
      await begun();
      isolate.terminate();
      await rejection(waiting);
      await delay(60);
      assert.equal(await isolate.get('began'), true);
      assert.equal(await isolate.get('late'), undefined);
    }));

  test('only what is under way is ended, what waits behind it runs', () =>
    withIsolate({ sharedMemory: true }, async (isolate) => {
      const [flag, begun] = flagged();
      const looping = isolate.run(forever, [flag]);
      const behind = isolate.evaluate('2 + 2');
      await begun();
      isolate.terminate();
      await rejection(looping);
      assert.equal(await behind, 4);
    }));

  test('a timeout counts from the start, whatever it is for', () =>
    withIsolate({}, async (isolate) => {
      const script = await isolate.compile('for (;;);', { filename: 'spin.js' });
      const context = await isolate.createContext();
      for (const call of [
        () => isolate.run(forever, [], { timeout: 20 }),
        () => isolate.evaluate('for (;;);', { timeout: 20 }),
        () => isolate.evaluate('new Promise((r) => setTimeout(r, 1e6))', { timeout: 20 }),
        () => script.run(undefined, { timeout: 20 }),
        () => script.run(context, { timeout: 20 }),
        () => context.run(forever, [], { timeout: 20 }),
        () => context.evaluate('for (;;);', { timeout: 20 }),
      ]) {
        const error = await rejection(call());
        assert.ok(error instanceof TimeoutError, String(error));
        assert.equal(error.code, 'OFFLOOP_ERR_TIMEOUT');
      }
      assert.equal(isolate.interrupted, true);
      assert.equal(await context.evaluate('1'), 1);
    }));

  test('the timeout of the isolate is for calls that say nothing, getters and setters too', () =>
    withIsolate({ timeout: 50 }, async (isolate) => {
      await isolate.evaluate(
        'Object.defineProperty(globalThis, "trap", { get() { for (;;); } }); 1',
      );
      assert.equal((await rejection(isolate.get('trap'))).code, 'OFFLOOP_ERR_TIMEOUT');
      assert.equal((await rejection(isolate.run(forever))).code, 'OFFLOOP_ERR_TIMEOUT');
      const result = isolate.evaluate('({ get a() { for (;;); } })');
      assert.equal((await rejection(result)).code, 'OFFLOOP_ERR_TIMEOUT');
      assert.equal(await isolate.run(work, [70], { timeout: 10_000 }), true);
    }));

  test('a signal aborts what waits and what runs, with its reason', () =>
    withIsolate({ sharedMemory: true }, async (isolate) => {
      const [flag, begun] = flagged();
      const controller = new AbortController();
      const { signal } = controller;
      const looping = isolate.run(forever, [flag], { signal });
      const waiting = isolate.evaluate('globalThis.never = 1', { signal });
      await begun();
      controller.abort('enough');
      for (const one of [looping, waiting]) {
        const error = await rejection(one);
        assert.ok(error instanceof AbortError);
        assert.equal(error.cause, 'enough');
      }
      assert.equal(await isolate.get('never'), undefined);
      assert.ok((await rejection(isolate.evaluate('1', { signal }))) instanceof AbortError);
    }));

  test(
    'stopped at random moments five hundred times, it is whole every time',
    { timeout: 120_000 },
    () =>
      withIsolate({}, async (isolate) => {
        const random = seeded(20_261_124);
        const context = await isolate.createContext();
        const attempts = [
          () => isolate.run(work, [20]),
          () => context.run(work, [20]),
          () =>
            isolate.evaluate(
              'structuredClone([1, new TextEncoder().encode("a")]); console.debug; 1',
            ),
          () =>
            isolate.run(async () => {
              for (let i = 0; i < 20; i += 1)
                await new Promise((resolve) => setTimeout(resolve, 1));
            }),
          () => isolate.run(() => JSON.stringify(new Array(200_000).fill({ a: 1 })).length),
          () => isolate.run(() => new Array(100_000).fill(0).map((_, n) => ({ n }))),
          () => context.evaluate('"ab".repeat(1e5).replace(/(a)(b)/g, "$2$1").length'),
          () => isolate.createContext(),
        ];
        let stopped = 0;
        for (let round = 0; round < 500; round += 1) {
          const attempt = attempts[Math.floor(random() * attempts.length)]();
          const end = performance.now() + random() * 6;
          await new Promise((resolve) => setImmediate(resolve));
          while (performance.now() < end);
          isolate.terminate();
          try {
            await attempt;
          } catch (error) {
            assert.ok(error instanceof AbortError, String(error));
            stopped += 1;
          }
          if (round % 50 === 0) {
            const check = () => [
              typeof setTimeout,
              typeof console.log,
              typeof structuredClone,
              new TextEncoder().encode('abc').length,
            ];
            for (const place of [isolate, context]) {
              assert.deepEqual(await place.run(check), ['function', 'function', 'function', 3]);
              const later = () => new Promise((resolve) => setTimeout(resolve, 1, 'later'));
              assert.equal(await place.run(later), 'later');
            }
          }
        }
        assert.ok(stopped > 100, `${stopped} were stopped`);
      }),
  );
});

describe('errors that nobody handles', () => {
  test('one that comes too late is an event with the name of what left it behind', () =>
    withIsolate({}, async (isolate) => {
      const errors = [];
      isolate.on('error', (error, name) => errors.push([error.message, name]));
      await isolate.run(function leaves() {
        Promise.reject(new Error('nobody listens'));
      });
      await until(() => errors.length > 0, 'the event');
      assert.deepEqual(errors, [['nobody listens', 'leaves']]);
      assert.equal(await isolate.evaluate('1'), 1);
    }));

  test('without a listener the process goes on, with one warning', () => {
    const script = `
      const { Isolate } = require(${JSON.stringify(ROOT)});
      process.on('warning', ({ code }) => console.log(code));
      const isolate = new Isolate();
      const leave = () => { Promise.reject(new Error('a')); };
      isolate.run(leave).then(() => isolate.run(leave)).then(() => isolate.evaluate('"alive"')).then(console.log);`;
    const out = execFileSync(process.execPath, ['--no-warnings', '-e', script], {
      encoding: 'utf8',
    });
    assert.deepEqual(out.trim().split('\n').sort(), ['OFFLOOP_UNCAUGHT_IN_ISOLATE', 'alive']);
  });

  test('one during a wait rejects what waits', () =>
    withIsolate({}, async (isolate) => {
      const error = await rejection(
        isolate.run(() => {
          setTimeout(() => {
            throw new RangeError('in a timer');
          }, 1);
          return new Promise(() => {});
        }),
      );
      assert.ok(error instanceof RangeError);
      assert.equal(
        (await rejection(isolate.evaluate('new Promise(() => {})'))).code,
        'OFFLOOP_ERR_UNSETTLED',
      );
    }));
});

describe('memory', () => {
  const bombs = {
    'an array that grows': () => {
      const all = [];
      for (;;) all.push(new Array(1000).fill(all.length));
    },
    'strings in a map': () => {
      const map = new Map();
      for (let n = 0; ; n += 1) map.set(`key-${n}`, `${n}`.padStart(200, 'x'));
    },
    'array buffers': () => {
      const all = [];
      for (;;) all.push(new Uint8Array(2 ** 20).fill(1));
    },
  };
  for (const [name, bomb] of Object.entries(bombs)) {
    test(`${name}: the run rejects, then memory and lost, then everything says so`, async () => {
      const isolate = new Isolate({ memoryLimitMb: 24 });
      const events = eventsOf(isolate);
      const context = await isolate.createContext();
      const behind = [];
      const failing = isolate.run(bomb);
      behind.push(isolate.evaluate('1'), context.evaluate('1'));
      for (const one of behind) one.catch(() => {});
      const error = await rejection(failing);
      assert.equal(error.code, 'OFFLOOP_ERR_MEMORY_LIMIT', String(error));
      assert.match(error.message, /24 MiB/);
      if (name === 'array buffers' && (await isolate.evaluate('1').catch(() => 0)) === 1) {
        // One allocation too many may be refused before a collection finds that the limit is passed: then nothing is lost.
        for (const one of behind) assert.equal(await one, 1);
        assert.deepEqual(events, []);
        await isolate.dispose();
        return;
      }
      await until(() => events.length >= 2, 'the events');
      assert.deepEqual(events, [
        ['memory', 'OFFLOOP_ERR_MEMORY_LIMIT'],
        ['lost', 'OFFLOOP_ERR_MEMORY_LIMIT'],
      ]);
      for (const call of [
        () => behind[0],
        () => behind[1],
        () => isolate.run(() => 1),
        () => isolate.createContext(),
        () => context.evaluate('1'),
      ]) {
        const after = await rejection(call());
        assert.equal(after.code, 'OFFLOOP_ERR_ISOLATE_LOST', String(after));
        assert.match(after.message, /memory limit of 24 MiB/);
      }
      assert.equal(isolate.disposed, true);
      await isolate.dispose();
    });
  }

  test('a result that would be larger than the isolate may be is refused', () =>
    withIsolate({ memoryLimitMb: 24 }, async (isolate) => {
      // One text, mentioned a thousand times, and written as often.
      const error = await rejection(isolate.run(() => new Array(1000).fill('x'.repeat(2 ** 20))));
      assert.equal(error.code, 'OFFLOOP_ERR_MEMORY_LIMIT');
      assert.equal(await isolate.evaluate('1'), 1);
    }));
});

describe('disposing', () => {
  test('stops what runs and rejects what waits', async () => {
    const isolate = new Isolate({ sharedMemory: true });
    const [flag, begun] = flagged();
    const looping = isolate.run(forever, [flag]);
    const waiting = isolate.evaluate('1');
    waiting.catch(() => {});
    await begun();
    const end = isolate.dispose();
    for (const one of [looping, waiting]) {
      assert.equal((await rejection(one)).code, 'OFFLOOP_ERR_CLOSED');
    }
    await end;
  });

  test('ends a call that waits for a timer, or for WebAssembly', async () => {
    for (const waiting of [
      () => new Promise((resolve) => setTimeout(resolve, 1e6)),
      async () => {
        const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
        for (;;) await WebAssembly.compile(bytes);
      },
    ]) {
      const isolate = new Isolate();
      const promise = isolate.run(waiting);
      promise.catch(() => {});
      await until(() => isolate.wallTime > 5, 'it to wait');
      await isolate.dispose();
      assert.equal((await rejection(promise)).code, 'OFFLOOP_ERR_CLOSED');
    }
  });

  test('at any moment of a call, a hundred times', { timeout: 120_000 }, async () => {
    const random = seeded(7);
    for (let round = 0; round < 100; round += 1) {
      const isolate = new Isolate({ memoryLimitMb: 32 });
      const all = [
        isolate.createContext(),
        isolate.run(work, [4]),
        isolate.evaluate('JSON.stringify(new Array(1e5).fill(1)).length'),
      ];
      for (const one of all) one.catch(() => {});
      await delay(random() * 10);
      await isolate.dispose();
      for (const outcome of await Promise.allSettled(all)) {
        if (outcome.status === 'rejected') assert.equal(outcome.reason.code, 'OFFLOOP_ERR_CLOSED');
      }
    }
  });

  test(
    'isolates made and disposed of beside Workers that do the same',
    { timeout: 120_000 },
    async () => {
      const { Worker } = require('node:worker_threads');
      const source = `
      const { parentPort } = require('node:worker_threads');
      const { Isolate } = require(${JSON.stringify(ROOT)});
      (async () => {
        for (let round = 0; round < 15; round += 1) {
          const isolate = new Isolate();
          if (await isolate.run((n) => n * 2, [round]) !== round * 2) throw new Error('wrong');
          await isolate.dispose();
        }
        parentPort.postMessage('done');
      })();`;
      const workers = Array.from({ length: 3 }, () => new Worker(source, { eval: true }));
      const ends = workers.map(
        (worker) =>
          new Promise((resolve, reject) => {
            worker.once('message', resolve);
            worker.once('error', reject);
          }),
      );
      for (let round = 0; round < 15; round += 1) {
        await withIsolate({}, async (isolate) => {
          assert.equal(await isolate.run((n) => n + 1, [round]), round + 1);
        });
      }
      assert.deepEqual(await Promise.all(ends), ['done', 'done', 'done']);
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  );
});
