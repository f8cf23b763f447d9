'use strict';

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const test = require('node:test');

const { Pool, host, offload, OffloopError } = require('..');
const { runNode } = require('./helpers/child.js');
const { Gate } = require('./helpers/gate.js');
const { withPool } = require('./helpers/pool.js');
const { rejection, until } = require('./helpers/until.js');

const root = JSON.stringify(require.resolve('..'));

const ask = async (question, ...rest) => question(...rest);

test('a host function runs on the main thread and answers the task', () =>
  withPool({}, async (pool) => {
    let calls = 0;
    const add = host((a, b) => {
      calls += 1;
      return a + b;
    });
    assert.equal(await pool.run(ask, [add, 1, 2]), 3);
    assert.equal(await pool.run(ask, [host(async (a) => a * 2), 4]), 8);
    assert.equal(calls, 1);
  }));

test('it may stand anywhere in the arguments, and twice', () =>
  withPool({}, async (pool) => {
    const up = host((text) => text.toUpperCase());
    const io = { list: [up], map: new Map([['up', up]]), bytes: new Uint8Array(2) };
    const result = await pool.run(
      async ({ list, map, bytes }) => [
        await list[0]('a'),
        await map.get('up')('b'),
        list[0] === map.get('up'),
        bytes.length,
      ],
      [io],
    );
    assert.deepEqual(result, ['A', 'B', true, 2]);
  }));

test('it may stand in the context, by name and inside of values, for all tasks and pools', async () => {
  const seen = [];
  const context = { log: host((line) => seen.push(line)), io: { twice: host((n) => n * 2) } };
  const work = async (n) => {
    await log(n);
    return io.twice(n);
  };
  for (const name of ['one', 'two']) {
    await withPool({ name }, async (pool) => {
      assert.equal(await pool.run(work, [1], { context }), 2);
      assert.equal(await pool.run(work, [2], { context }), 4);
    });
  }
  assert.deepEqual(seen, [1, 2, 1, 2]);
});

test('in the task it is an async function of the same name, and no constructor', () =>
  withPool({}, async (pool) => {
    const facts = await pool.run(
      async (lookUp) => {
        const pending = lookUp();
        let constructs = true;
        try {
          new lookUp();
        } catch {
          constructs = false;
        }
        await pending;
        return [typeof lookUp, lookUp.name, pending instanceof Promise, constructs];
      },
      [host(function lookUp() {})],
    );
    assert.deepEqual(facts, ['function', 'lookUp', true, false]);
  }));

test('many calls at once are answered each with its own', () =>
  withPool({ maxThreads: 2 }, async (pool) => {
    const slow = host(async (n) => {
      if (n % 3 === 0) await new Promise(setImmediate);
      return n;
    });
    const all = async (fn, from) =>
      Promise.all(Array.from({ length: 500 }, (_, n) => fn(from + n)));
    const [first, second] = await Promise.all([
      pool.run(all, [slow, 0]),
      pool.run(all, [slow, 1000]),
    ]);
    assert.deepEqual(
      first,
      Array.from({ length: 500 }, (_, n) => n),
    );
    assert.deepEqual(
      second,
      Array.from({ length: 500 }, (_, n) => 1000 + n),
    );
  }));

test('arguments and answers are cloned', () =>
  withPool({}, async (pool) => {
    const kept = { n: 1, bytes: new Uint8Array([1]) };
    let received;
    const exchange = host((value) => {
      received = value;
      return kept;
    });
    const answer = await pool.run(
      async (fn) => {
        const mine = { set: new Set([1n]), date: new Date(5) };
        const theirs = await fn(mine, undefined);
        theirs.n = 2;
        theirs.bytes[0] = 9;
        return theirs;
      },
      [exchange],
    );
    assert.deepEqual(received, { set: new Set([1n]), date: new Date(5) });
    assert.deepEqual(answer, { n: 2, bytes: new Uint8Array([9]) });
    assert.deepEqual(kept, { n: 1, bytes: new Uint8Array([1]) });
  }));

test('an answer may hold further host functions, which belong to the same task', () =>
  withPool({}, async (pool) => {
    const open = host((name) => ({ read: host(() => `text of ${name}`) }));
    const text = await pool.run(async (openFile) => (await openFile('a')).read(), [open]);
    assert.equal(text, 'text of a');
  }));

test('what the host function throws, the task catches: class, properties, cause, and back again', () =>
  withPool({}, async (pool) => {
    class DeepError extends RangeError {}
    const fails = host(async function fails() {
      const error = new DeepError('too deep', { cause: new SyntaxError('why') });
      throw Object.assign(error, { code: 'E_DEEP', depth: 3 });
    });
    const seen = await pool.run(
      async (fn) => {
        try {
          await fn();
        } catch (error) {
          const { name, message, code, depth, cause } = error;
          const classes = [error instanceof RangeError, cause instanceof SyntaxError];
          return { classes, name, message, code, depth, why: cause.message, stack: error.stack };
        }
        return null;
      },
      [fails],
    );
    const { stack, ...rest } = seen;
    assert.deepEqual(rest, {
      classes: [true, true],
      name: 'RangeError',
      message: 'too deep',
      code: 'E_DEEP',
      depth: 3,
      why: 'why',
    });
    assert.match(stack, /at fails .*host-function\.test\.js/);
    const error = await rejection(pool.run(ask, [fails]));
    assert.ok(error instanceof RangeError && error.cause instanceof SyntaxError);
    assert.deepEqual([error.code, error.depth, error.message], ['E_DEEP', 3, 'too deep']);
  }));

test('an AggregateError, a DOMException, a cycle of causes and values that are no errors arrive as they are', () =>
  withPool({}, async (pool) => {
    const caught = async (fn) => {
      try {
        return await fn();
      } catch (error) {
        if (!(error instanceof Error)) return { thrown: error };
        const { name, message, errors } = error;
        const cyclic = error.cause !== undefined && error.cause.cause === error;
        return { name, message, errors: errors?.map((one) => one.message), cyclic };
      }
    };
    const throwing = (make) =>
      host(() => {
        throw make();
      });
    const aggregate = () => new AggregateError([new Error('a'), new TypeError('b')], 'both');
    assert.deepEqual(await pool.run(caught, [throwing(aggregate)]), {
      name: 'AggregateError',
      message: 'both',
      errors: ['a', 'b'],
      cyclic: false,
    });
    const dom = await pool.run(caught, [throwing(() => new DOMException('gone', 'AbortError'))]);
    assert.deepEqual([dom.name, dom.message], ['AbortError', 'gone']);
    const cycle = () => {
      const error = new Error('outer');
      error.cause = new Error('inner', { cause: error });
      return error;
    };
    assert.equal((await pool.run(caught, [throwing(cycle)])).cyclic, true);
    for (const value of [null, undefined, 42, 'text', { plain: 1 }]) {
      assert.deepEqual(await pool.run(caught, [throwing(() => value)]), { thrown: value });
    }
    const uncloneable = await pool.run(caught, [throwing(() => () => {})]);
    assert.match(uncloneable.message, /'\(anonymous\)' threw a value that cannot be cloned/);
  }));

test('arguments that cannot be cloned reject the call in the task, by their path; the task may go on', () =>
  withPool({}, async (pool) => {
    let calls = 0;
    const noted = host(function noted() {
      calls += 1;
      return 'noted';
    });
    const seen = await pool.run(
      async (fn) => {
        const refused = fn(1, { cb: () => {} });
        let failure;
        try {
          await refused;
        } catch (error) {
          failure = [error.code, error.message];
        }
        return [failure, await fn(1)];
      },
      [noted],
    );
    assert.deepEqual(seen, [
      [
        'OFFLOOP_ERR_NOT_CLONEABLE',
        "host function 'noted': arguments[1].cb is a function; it cannot be cloned",
      ],
      'noted',
    ]);
    assert.equal(calls, 1);
  }));

test('an answer that cannot be cloned rejects the call in the task, by its path', () =>
  withPool({}, async (pool) => {
    const answers = host(function answers() {
      return { deep: [Symbol('x')] };
    });
    const error = await rejection(pool.run(ask, [answers]));
    assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
    assert.match(error.message, /answer of host function 'answers'\.deep\[0\] is a symbol/);
    const getter = host(() => ({
      get broken() {
        throw new Error('mine');
      },
    }));
    assert.match(
      (await rejection(pool.run(ask, [getter]))).message,
      /broken is a getter that threw/,
    );
  }));

test('a function that is not wrapped is refused by its path, and the message names host(fn)', () =>
  withPool({}, async (pool) => {
    for (const [args, path] of [
      [[() => 1], 'arguments[0] is a function'],
      [[1, { on: { end() {} } }], 'arguments[1].on.end is a function'],
    ]) {
      const error = await rejection(pool.run((...all) => all.length, args));
      assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
      assert.ok(
        error.message.startsWith(path) && error.message.includes('host(fn)'),
        error.message,
      );
    }
    // A result goes the other way: nothing is to be wrapped there.
    const error = await rejection(pool.run(() => () => {}));
    assert.ok(!error.message.includes('host('), error.message);
  }));

test('host takes a function, and what it returns is of no use elsewhere', () =>
  withPool({}, async (pool) => {
    for (const value of [undefined, null, 'f', {}]) {
      assert.throws(
        () => host(value),
        (error) => error instanceof TypeError && error.code === 'OFFLOOP_ERR_INVALID_OPTION',
      );
    }
    const marked = host(function mine() {});
    assert.equal(Object.prototype.toString.call(marked), '[object HostFunction]');
    assert.equal(marked.name, 'mine');
    // Sent back by the task it is a function again, which cannot be cloned.
    const error = await rejection(pool.run((fn) => fn, [marked]));
    assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
  }));

test('it runs in the async context of the run that gave it away', () =>
  withPool({ maxThreads: 2 }, async (pool) => {
    const storage = new AsyncLocalStorage();
    const whose = host(async () => {
      await null;
      return storage.getStore();
    });
    const one = (id) => storage.run(id, () => pool.run(ask, [whose]));
    assert.deepEqual(await Promise.all([one('a'), one('b'), pool.run(ask, [whose])]), [
      'a',
      'b',
      undefined,
    ]);
  }));

test('it is gone with its task: a later one that kept it is refused, and nothing runs', () =>
  withPool({}, async (pool) => {
    let calls = 0;
    const counted = host(function counted() {
      calls += 1;
    });
    await pool.run(
      (fn) => {
        globalThis.kept = fn;
      },
      [counted],
    );
    const late = await rejection(pool.run(() => kept()));
    assert.equal(late.code, 'OFFLOOP_ERR_CLOSED');
    assert.match(late.message, /host function 'counted' is gone/);
    // Not even when the later task was given the same one.
    const other = await rejection(pool.run(async () => kept(), [counted]));
    assert.equal(other.code, 'OFFLOOP_ERR_CLOSED');
    // One of a context belongs to the tasks that have the context.
    await pool.run(
      () => {
        globalThis.kept = fromContext;
      },
      [],
      { context: { fromContext: counted } },
    );
    const foreign = await rejection(pool.run(() => kept()));
    assert.equal(foreign.code, 'OFFLOOP_ERR_CLOSED');
    assert.match(foreign.message, /does not belong to the task/);
    assert.equal(calls, 0);
  }));

test('calls that a task leaves behind when it settles are made at most once and bother nobody', () =>
  withPool({}, async (pool) => {
    let calls = 0;
    const counted = host(async () => {
      calls += 1;
      throw new Error('for nobody');
    });
    assert.equal(
      await pool.run(
        (fn) => {
          fn().catch(() => {});
          fn().catch(() => {});
          return 'settled';
        },
        [counted],
      ),
      'settled',
    );
    assert.equal(await pool.run(() => 'next'), 'next');
    assert.ok(calls <= 2, `${calls}`);
  }));

test('a task that waits for an answer keeps the process alive; nothing else does', async () => {
  const script = `
    const { Pool, host } = require(${root});
    const pool = new Pool({ maxThreads: 1 });
    const later = host(() => new Promise((resolve) => setTimeout(resolve, 100, 'answer').unref()));
    pool.run(async (fn) => fn(), [later]).then(console.log);
  `;
  const { code, stdout, stderr } = await runNode(['-e', script]);
  assert.deepEqual([code, stdout, stderr], [0, 'answer\n', '']);
});

test('an abort and a timeout end a task that waits for an answer, whose late answer is dropped', () =>
  withPool({}, async (pool) => {
    for (const way of ['abort', 'timeout']) {
      let answerLate;
      const never = host(
        () =>
          new Promise((resolve) => {
            answerLate = resolve;
          }),
      );
      const controller = new AbortController();
      const options = way === 'abort' ? { signal: controller.signal } : { timeout: 30 };
      const ended = rejection(pool.run(ask, [never], options));
      await until(() => answerLate !== undefined, 'the call');
      if (way === 'abort') controller.abort();
      const error = await ended;
      assert.match(error.name, way === 'abort' ? /AbortError/ : /TimeoutError/);
      answerLate({ late: true });
      assert.equal(await pool.run(() => 'next'), 'next');
    }
  }));

test('aborted calls and their host functions leave nothing behind', async () => {
  const script = `
    const { Pool, host } = require(${root});
    (async () => {
      const pool = new Pool({ maxThreads: 1 });
      const refs = [];
      for (let n = 0; n < 50; n += 1) {
        const controller = new AbortController();
        let called;
        const began = new Promise((resolve) => { called = resolve; });
        const big = new Uint8Array(1000);
        const never = host(() => { called(); return big.length > 0 ? new Promise(() => {}) : 0; });
        refs.push(new WeakRef(big), new WeakRef(never));
        const ended = pool.run(async (fn) => fn(), [never], { signal: controller.signal });
        await began;
        controller.abort();
        await ended.catch(() => {});
      }
      let left = refs.length;
      for (let turn = 0; turn < 100 && left > 2; turn += 1) {
        gc();
        await new Promise(setImmediate);
        left = refs.filter((ref) => ref.deref() !== undefined).length;
      }
      console.log(left <= 2 ? 'collected' : left + ' of ' + refs.length + ' are left');
      await pool.close();
    })();
  `;
  const { code, stdout, stderr } = await runNode(['--expose-gc', '-e', script]);
  assert.deepEqual([code, stdout, stderr], [0, 'collected\n', '']);
});

test('a host function may run a task on another thread of the same pool', () =>
  withPool({ maxThreads: 2 }, async (pool) => {
    const square = host((n) => pool.run((m) => m * m, [n]));
    assert.equal(await pool.run(async (fn) => (await fn(3)) + 1, [square]), 10);
  }));

test('a host function that throws or rejects is no unhandled rejection on the main thread', async () => {
  const script = `
    const { Pool, host } = require(${root});
    process.on('unhandledRejection', () => console.log('unhandled'));
    (async () => {
      const pool = new Pool({ maxThreads: 1 });
      const bad = [host(() => { throw new Error('1'); }), host(async () => { throw new Error('2'); })];
      for (const fn of bad) await pool.run(async (f) => f(), [fn]).catch((e) => console.log(e.message));
      await pool.run((f) => { f(); }, [bad[1]]);
      await pool.close();
    })();
  `;
  const { code, stdout, stderr } = await runNode(['-e', script]);
  assert.deepEqual([code, stdout, stderr], [0, '1\n2\n', '']);
});

test('an answer that nobody in the task catches rejects the task', () =>
  withPool({}, async (pool) => {
    const bad = host(() => {
      throw new RangeError('unheard');
    });
    const error = await rejection(
      pool.run(
        async (fn, buffer) => {
          fn();
          const state = new Int32Array(buffer);
          await Atomics.waitAsync(state, 0, 0).value;
        },
        [bad, new Gate().buffer],
      ),
    );
    assert.deepEqual([error.name, error.message], ['RangeError', 'unheard']);
  }));

test('what a task does to prototypes does not reach the machinery', () =>
  withPool({}, async (pool) => {
    const result = await pool.run(
      async (fn) => {
        const { resolve, then } = { resolve: Promise.resolve, then: Promise.prototype.then };
        Array.prototype[Symbol.iterator] = null;
        Object.prototype.base = 'Error';
        Object.prototype.d = 'polluted';
        Map.prototype.get = Map.prototype.set = null;
        const value = await fn({ a: 1 });
        let failure;
        try {
          await fn(null);
        } catch (error) {
          failure = error.message;
        }
        delete Object.prototype.base;
        delete Object.prototype.d;
        return `${value} ${failure} ${typeof resolve} ${typeof then}`;
      },
      [host((value) => value.a)],
    );
    assert.match(result, /^1 Cannot read properties of null .* function function$/);
  }));

test('it works through offload and in a Worker', async () => {
  assert.equal(
    await offload(ask)(
      host((n) => n + 1),
      1,
    ),
    2,
  );
  const script = `
    const { Worker, isMainThread, parentPort } = require('node:worker_threads');
    const { Pool, host } = require(${root});
    const work = async () => {
      const pool = new Pool({ maxThreads: 1 });
      const seen = [];
      const value = await pool.run(async (fn) => { offloop.progress(1); return fn(2); }, [host((n) => n * 2)],
        { onProgress: (n) => seen.push(n) });
      await pool.close();
      return [value, ...seen].join();
    };
    if (isMainThread) {
      new Worker(process.argv[1]).on('message', console.log);
    } else {
      work().then((text) => parentPort.postMessage(text));
    }
  `;
  const fs = require('node:fs');
  const os = require('node:os');
  const path = require('node:path');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'offloop-host-'));
  try {
    const file = path.join(folder, 'worker.cjs');
    fs.writeFileSync(file, script);
    const { code, stdout, stderr } = await runNode([file]);
    assert.deepEqual([code, stdout, stderr], [0, '4,1\n', '']);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('a host function of a pool that is closed takes no call any more', async () => {
  const pool = new Pool({ maxThreads: 1 });
  let called = false;
  const never = host(() => {
    called = true;
    return new Promise(() => {});
  });
  const ended = rejection(pool.run(ask, [never]));
  await until(() => called, 'the call');
  await pool.destroy();
  const error = await ended;
  assert.ok(error instanceof OffloopError);
  assert.equal(error.code, 'OFFLOOP_ERR_CLOSED');
});
