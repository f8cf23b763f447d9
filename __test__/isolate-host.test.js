'use strict';

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const path = require('node:path');
const { describe, test } = require('node:test');

const { AbortError, Isolate, host } = require('..');
const { runNode } = require('./helpers/child.js');
const { withIsolate } = require('./helpers/isolate');
const { delay, rejection, until } = require('./helpers/until');

const ROOT = path.dirname(__dirname);

describe('functions of the main thread as globals', () => {
  test('what set gives is called by every later request, in each context by its own', () =>
    withIsolate({}, async (isolate) => {
      const context = await isolate.createContext();
      await isolate.set(
        'fetchRow',
        host(async (id) => ({ id, from: 'main' })),
      );
      await context.set(
        'fetchRow',
        host((id) => ({ id, from: 'context' })),
      );
      for (let round = 0; round < 3; round += 1) {
        assert.deepEqual(await isolate.evaluate(`fetchRow(${round})`), { id: round, from: 'main' });
        const row = await context.run((id) => globalThis.fetchRow(id), [round]);
        assert.deepEqual(row, { id: round, from: 'context' });
      }
      const script = await isolate.compile('(async () => (await fetchRow(7)).from)()');
      assert.equal(await script.run(), 'main');
      assert.equal(await script.run(context), 'context');
    }));

  test('anywhere in a value, and as an argument of a run, and in an answer', () =>
    withIsolate({}, async (isolate) => {
      const calls = [];
      await isolate.set('api', {
        log: host((text) => calls.push(text)),
        deep: [host(() => ({ next: host((n) => n + 1) }))],
      });
      await isolate.evaluate('api.log("one")');
      const answered = await isolate.run(
        async (twice) => {
          await globalThis.api.log(await twice(21));
          const { next } = await globalThis.api.deep[0]();
          return next(1);
        },
        [host((n) => n * 2)],
      );
      assert.equal(answered, 2);
      assert.deepEqual(calls, ['one', 42]);
    }));

  test('runs in the async context of the request that calls it', () =>
    withIsolate({}, async (isolate) => {
      const store = new AsyncLocalStorage();
      await isolate.set(
        'who',
        host(() => store.getStore()),
      );
      const ask = (name) => store.run(name, () => isolate.evaluate('who()'));
      assert.deepEqual(await Promise.all([ask('a'), ask('b')]), ['a', 'b']);
    }));

  test('what it throws is thrown there, what cannot be cloned is named', () =>
    withIsolate({}, async (isolate) => {
      await isolate.set(
        'fails',
        host(() => {
          throw new RangeError('out of it');
        }),
      );
      await isolate.set(
        'wrong',
        host(() => () => {}),
      );
      const caught = await isolate.evaluate(
        'fails().catch((error) => [error instanceof RangeError, error.message])',
      );
      assert.deepEqual(caught, [true, 'out of it']);
      const error = await rejection(isolate.evaluate('wrong()'));
      assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
    }));

  test('shared memory does not come in by an answer either', () =>
    withIsolate({}, async (isolate) => {
      await isolate.set(
        'memory',
        host(() => new SharedArrayBuffer(4)),
      );
      const error = await rejection(isolate.evaluate('memory().then((m) => typeof m)'));
      assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
      assert.equal(await isolate.evaluate('1'), 1);
    }));

  test('one that was replaced, or whose context is gone, is not called any more', () =>
    withIsolate({}, async (isolate) => {
      await isolate.set(
        'f',
        host(() => 'old'),
      );
      await isolate.evaluate('globalThis.kept = f; 1');
      await isolate.set(
        'f',
        host(() => 'new'),
      );
      assert.equal(await isolate.evaluate('f()'), 'new');
      const error = await rejection(isolate.evaluate('kept()'));
      assert.equal(error.code, 'OFFLOOP_ERR_CLOSED');
    }));

  test('a plain function is refused, and says what to do', () =>
    withIsolate({}, async (isolate) => {
      const error = await rejection(isolate.set('f', { g: () => 1 }));
      assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
      assert.match(error.message, /set\('f'\)\.g is a function.*host\(/);
    }));

  test('may use other isolates, as deep as it likes, on a single thread too', async () => {
    const script = `
      const { Isolate, host } = require(${JSON.stringify(ROOT)});
      const { readdirSync } = require('node:fs');
      const threads = () => readdirSync('/proc/self/task').length;
      (async () => {
        const all = Array.from({ length: 12 }, () => new Isolate());
        for (const isolate of all) await isolate.evaluate('1');
        const before = threads();
        for (let index = 0; index + 1 < all.length; index += 1) {
          await all[index].set('next', host((n) => all[index + 1].run((m) => globalThis.next(m + 1), [n])));
        }
        await all.at(-1).set('next', host((n) => n));
        for (let round = 0; round < 3; round += 1) {
          console.log(await all[0].evaluate('next(1)'));
        }
        for (let wait = 0; threads() > before && wait < 2000; wait += 1) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        console.log(threads() <= before);
      })();`;
    const prefix = process.platform === 'linux' ? ['taskset', '-c', '0'] : [];
    const ended = await runNode(['-e', script], { prefix });
    assert.equal(ended.stdout, '12\n12\n12\ntrue\n', ended.stderr);
  });

  test('may use the isolate that waits for it, whose request then comes next', () =>
    withIsolate({}, async (isolate) => {
      let later;
      await isolate.set(
        'again',
        host(() => {
          later = isolate.evaluate('"later"');
          return 'now';
        }),
      );
      assert.equal(await isolate.evaluate('again()'), 'now');
      assert.equal(await later, 'later');
    }));
});

describe('while a function of the main thread is asked', () => {
  const never = host(() => new Promise(() => {}));

  test('the isolate can be stopped, timed out, aborted', () =>
    withIsolate({}, async (isolate) => {
      let asked = 0;
      await isolate.set(
        'never',
        host(() => {
          asked += 1;
          return new Promise(() => {});
        }),
      );
      const stopped = isolate.evaluate('never()');
      await until(() => asked === 1, 'the call');
      assert.equal(isolate.terminate(), true);
      assert.ok((await rejection(stopped)) instanceof AbortError);
      const late = await rejection(isolate.evaluate('never()', { timeout: 20 }));
      assert.equal(late.code, 'OFFLOOP_ERR_TIMEOUT');
      const controller = new AbortController();
      const aborted = isolate.evaluate('never()', { signal: controller.signal });
      setTimeout(() => controller.abort('why'), 10);
      assert.equal((await rejection(aborted)).cause, 'why');
      assert.equal(await isolate.evaluate('1'), 1);
    }));

  test('the isolate can be disposed of', async () => {
    const isolate = new Isolate();
    await isolate.set('never', never);
    const waiting = isolate.evaluate('never()');
    waiting.catch(() => {});
    await until(() => isolate.wallTime > 5, 'it to wait');
    await isolate.dispose();
    assert.equal((await rejection(waiting)).code, 'OFFLOOP_ERR_CLOSED');
  });

  test('the function itself may dispose of the isolate, or stop it', async () => {
    for (const end of ['dispose', 'terminate']) {
      const isolate = new Isolate();
      let ended;
      await isolate.set(
        'end',
        host(() => {
          ended = isolate[end]();
          return 'never seen';
        }),
      );
      const error = await rejection(isolate.evaluate('end()'));
      assert.equal(error.code, end === 'dispose' ? 'OFFLOOP_ERR_CLOSED' : 'ABORT_ERR');
      await ended;
      await isolate.dispose();
    }
  });

  test('answers that come after the end change nothing', () =>
    withIsolate({}, async (isolate) => {
      let answer;
      await isolate.set(
        'slow',
        host(
          () =>
            new Promise((resolve) => {
              answer = resolve;
            }),
        ),
      );
      const first = isolate.evaluate('slow().then((value) => { globalThis.seen = value })');
      await until(() => answer !== undefined, 'the call');
      isolate.terminate();
      await rejection(first);
      answer('too late');
      await delay(5);
      assert.equal(await isolate.get('seen'), undefined);
    }));
});

describe('what an isolate says while it runs', () => {
  test('progress arrives in order, before the result', () =>
    withIsolate({}, async (isolate) => {
      const seen = [];
      const result = await isolate.run(
        (n) => {
          for (let i = 0; i < n; i += 1) offloop.progress(i);
          return 'done';
        },
        [50],
        { onProgress: (value) => seen.push(value) },
      );
      assert.equal(result, 'done');
      assert.deepEqual(
        seen,
        Array.from({ length: 50 }, (_, index) => index),
      );
    }));

  test('printing and calling faster than the main thread listens waits for it', async (t) => {
    let printed = 0;
    t.mock.method(console, 'log', () => {
      printed += 1;
    });
    await withIsolate({ memoryLimitMb: 64 }, async (isolate) => {
      await isolate.set(
        'note',
        host(() => {}),
      );
      const flood = () => {
        const line = 'x'.repeat(2 ** 20);
        for (;;) {
          console.log(line);
          globalThis.note(line).catch(() => {});
        }
      };
      const before = process.memoryUsage.rss();
      const flooding = isolate.run(flood, [], { timeout: 300 });
      flooding.catch(() => {});
      // This thread does not listen meanwhile.
      const end = Date.now() + 200;
      while (Date.now() < end);
      const grown = (process.memoryUsage.rss() - before) / 2 ** 20;
      assert.ok(grown < 200, `${grown} MB`);
      assert.equal((await rejection(flooding)).code, 'OFFLOOP_ERR_TIMEOUT');
      assert.equal(await isolate.evaluate('1'), 1);
    });
    assert.ok(printed > 0);
  });
});
