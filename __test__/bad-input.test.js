'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');

const { Pool, OffloopError, offload } = require('..');
const { rejection } = require('./helpers/until.js');

const pool = new Pool({ name: 'bad-input', maxThreads: 1 });
test.after(() => pool.close());

/** Each bad input leaves the pool as it was. */
async function refusedWith(code, promise, pattern) {
  const error = await rejection(promise);
  assert.ok(error instanceof OffloopError, String(error?.stack ?? error));
  assert.equal(error.code, code, error.stack);
  if (pattern !== undefined) assert.match(error.message, pattern);
  assert.equal(await pool.run(() => 'alive'), 'alive');
  return error;
}

test('run never throws: what is wrong rejects', () => {
  const inputs = [[], [1], [() => 1, 1], [() => 1, [], 1], [class {}], [() => 1, [Symbol('x')]]];
  for (const input of inputs) {
    const promise = pool.run(...input);
    assert.ok(promise instanceof Promise);
    promise.catch(() => {});
  }
});

test('a non-function is refused', async () => {
  for (const value of [undefined, null, 1, '() => 1', {}, [], Symbol('s'), 5n, Promise.resolve()]) {
    const error = await refusedWith(
      'OFFLOOP_ERR_INVALID_OPTION',
      pool.run(value),
      /'fn' must be a function/,
    );
    assert.ok(error instanceof TypeError);
    assert.throws(() => offload(value), { code: 'OFFLOOP_ERR_INVALID_OPTION' });
  }
});

test('native and bound functions and Proxies of functions are refused: they have no source', async () => {
  await refusedWith('OFFLOOP_ERR_CLOSURE', pool.run(Math.max), /'max'.*native/);
  await refusedWith('OFFLOOP_ERR_CLOSURE', pool.run(Array.prototype.map), /'map'/);
  await refusedWith('OFFLOOP_ERR_CLOSURE', pool.run(((a) => a).bind(null, 1)), /bound/);
  await refusedWith('OFFLOOP_ERR_CLOSURE', pool.run(new Proxy(() => 1, {})), /Proxy/);
  const hostile = new Proxy(() => 1, {
    get() {
      throw new Error('trap');
    },
    getOwnPropertyDescriptor() {
      throw new Error('trap');
    },
  });
  await refusedWith('OFFLOOP_ERR_CLOSURE', pool.run(hostile));
});

test('classes and generators are refused, with what to do instead', async () => {
  class Thing {}
  await refusedWith('OFFLOOP_ERR_INVALID_OPTION', pool.run(Thing), /'Thing'.*class/);
  await refusedWith('OFFLOOP_ERR_INVALID_OPTION', pool.run(class extends Thing {}), /class/);
  await refusedWith(
    'OFFLOOP_ERR_INVALID_OPTION',
    pool.run(function* numbers() {
      yield 1;
    }),
    /'numbers'.*generator.*array/,
  );
  await refusedWith(
    'OFFLOOP_ERR_INVALID_OPTION',
    pool.run(async function* numbers() {
      yield 1;
    }),
    /async generator/,
  );
});

test('arguments that are not an array, or too many, are refused', async () => {
  for (const args of [1, 'ab', {}, null, new Set([1]), { length: 1, 0: 1 }]) {
    await refusedWith(
      'OFFLOOP_ERR_INVALID_OPTION',
      pool.run((a) => a, args),
      /'args' must be an array/,
    );
  }
  await refusedWith(
    'OFFLOOP_ERR_INVALID_OPTION',
    pool.run((a) => a, new Array(4e9)),
    /args/,
  );
});

test('an argument that cannot be cloned is named by its path', async () => {
  const uncloneable = [
    [[() => 1], /\[0\]|argument 1|args/],
    [[1, { deep: { list: [1, () => 2] } }], /deep.*list.*1/],
    [[Symbol('mine')], /symbol/i],
    [[{ key: Symbol('mine') }], /key/],
    [[new WeakMap()], undefined],
    [[new WeakRef({})], undefined],
    [[new Map([['f', () => 1]])], undefined],
    [[new Proxy({}, {})], undefined],
    [[new Proxy([], {})], undefined],
    [[Promise.resolve(1)], undefined],
    [[(function* () {})()], undefined],
  ];
  for (const [args, pattern] of uncloneable) {
    await refusedWith(
      'OFFLOOP_ERR_NOT_CLONEABLE',
      pool.run((a) => a, args),
      pattern,
    );
  }
});

test('an argument whose getter throws rejects with that as the cause', async () => {
  const mine = new RangeError('from the getter');
  const error = await refusedWith(
    'OFFLOOP_ERR_NOT_CLONEABLE',
    pool.run(
      (a) => a,
      [
        {
          fine: 1,
          get broken() {
            throw mine;
          },
        },
      ],
    ),
    /broken|from the getter/,
  );
  assert.equal(error.cause, mine);
});

test('a detached buffer is refused, as an argument and under a view', async () => {
  const detached = new ArrayBuffer(8);
  const view = new Uint8Array(detached);
  structuredClone(null, { transfer: [detached] });
  await refusedWith(
    'OFFLOOP_ERR_NOT_CLONEABLE',
    pool.run((a) => a, [detached]),
    /detached/i,
  );
  await refusedWith(
    'OFFLOOP_ERR_NOT_CLONEABLE',
    pool.run((a) => a, [{ view }]),
    /detached/i,
  );
});

test('an object nested a million deep is refused', async () => {
  let deep = {};
  for (let level = 0; level < 1e6; level += 1) deep = { deep };
  await refusedWith(
    'OFFLOOP_ERR_NOT_CLONEABLE',
    pool.run((a) => a, [deep]),
  );
});

test('results that cannot be cloned reject by what they are', async () => {
  const results = [
    () => () => 1,
    () => Symbol('mine'),
    () => ({ deep: { f() {} } }),
    () => new Proxy({}, {}),
    () => new WeakMap(),
    () => ({
      get broken() {
        throw new Error('getter');
      },
    }),
    () => {
      let deep = {};
      for (let level = 0; level < 1e6; level += 1) deep = { deep };
      return deep;
    },
    async () => ({ later: () => 1 }),
    () => {
      const buffer = new ArrayBuffer(8);
      structuredClone(null, { transfer: [buffer] });
      return buffer;
    },
    () =>
      new Proxy(
        {},
        {
          ownKeys() {
            throw new Error('trap');
          },
        },
      ),
  ];
  for (const fn of results) await refusedWith('OFFLOOP_ERR_NOT_CLONEABLE', pool.run(fn));
  const named = await rejection(pool.run(() => ({ deep: { callback() {} } })));
  assert.match(named.message, /deep.*callback/);
});

test('a thenable whose then throws, and a result whose then is no function', async () => {
  const error = await rejection(
    pool.run(() => ({
      get then() {
        throw new TypeError('then');
      },
    })),
  );
  assert.ok(error instanceof TypeError);
  assert.deepEqual(await pool.run(() => ({ then: 5 })), { then: 5 });
});

test('what is thrown while it is described cannot hurt', async () => {
  const hostile = [
    () => {
      throw new Proxy(new Error('x'), {
        get() {
          throw new Error('trap');
        },
      });
    },
    () => {
      const error = new Error('x');
      Object.defineProperty(error, 'message', {
        get() {
          throw new Error('getter');
        },
      });
      throw error;
    },
    () => {
      const error = new Error('x');
      error.stack = { not: 'a string' };
      error.name = Symbol('name');
      throw error;
    },
    () => {
      Error.prepareStackTrace = () => {
        throw new Error('prepare');
      };
      throw new Error('x');
    },
    () => {
      const error = new Error('x');
      for (let n = 0; n < 10_000; n += 1) error[`p${n}`] = n;
      throw error;
    },
    () => {
      throw new Error('m'.repeat(10_000_000));
    },
    () => {
      let error = new Error('0');
      for (let n = 1; n < 10_000; n += 1) error = new Error(String(n), { cause: error });
      throw error;
    },
    () => {
      throw Symbol('thrown');
    },
    () => {
      delete globalThis.Error;
      Object.prototype.base = 'polluted in the isolate';
      throw new TypeError('x');
    },
  ];
  for (const fn of hostile) {
    const own = new Pool({ maxThreads: 1 });
    const outcome = await own.run(fn).then(
      () => 'resolved',
      () => 'rejected',
    );
    assert.equal(outcome, 'rejected', String(fn));
    await own.close();
  }
});

test('a task that takes its globals apart hurts only its own isolate', async () => {
  const own = new Pool({ maxThreads: 1 });
  await own.run(() => {
    for (const name of Object.getOwnPropertyNames(globalThis)) {
      try {
        delete globalThis[name];
      } catch {
        // not every one can be
      }
    }
  });
  const outcome = await own.run((a) => a + 1, [1]).catch((error) => error);
  assert.ok(outcome === 2 || outcome instanceof Error);
  await own.close();
  assert.equal(await pool.run(() => typeof Array), 'function');
});

test('process.exit in a task is an error of the task', async () => {
  const error = await rejection(pool.run(() => process.exit(3)));
  assert.equal(error.code, 'OFFLOOP_ERR_BUILTIN_UNAVAILABLE');
  assert.match(error.message, /process/);
});

test('eval of text that does not parse is a SyntaxError of the task', async () => {
  const error = await rejection(pool.run((text) => (0, eval)(text), ['return (']));
  assert.ok(error instanceof SyntaxError);
});

test('an option getter that throws rejects with what it threw', async () => {
  const mine = new Error('option getter');
  const error = await rejection(
    pool.run(() => 1, [], {
      get timeout() {
        throw mine;
      },
    }),
  );
  assert.equal(error, mine);
  assert.equal(await pool.run(() => 'alive'), 'alive');
});

test('no promise is left hanging after a storm of bad input', async () => {
  const inputs = [];
  for (let round = 0; round < 50; round += 1) {
    inputs.push(
      pool.run(() => {
        throw null;
      }),
      pool.run(() => () => 1),
      pool.run((a) => a, [() => 1]),
      pool.run(null),
      pool.run(() => new Promise(() => {})),
      pool.run(() => 1, [], { timeout: 'x' }),
      pool.run(() => round),
      pool.run((n) => n, [round]),
    );
  }
  const settled = await Promise.allSettled(inputs);
  assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 50);
});
