'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');
const vm = require('node:vm');

const { Pool, OffloopError, TimeoutError, AbortError } = require('..');
const { reviveThrown } = require('../lib/thrown.js');
const { runNode } = require('./helpers/child.js');
const { rejection, until } = require('./helpers/until.js');

const pool = new Pool({ name: 'errors', maxThreads: 1 });
test.after(() => pool.close());

/** A second copy of the module, as another package's dependency would have. */
function secondCopy() {
  const path = require.resolve('../lib/errors.js');
  const cached = require.cache[path];
  delete require.cache[path];
  const copy = require(path);
  require.cache[path] = cached;
  return copy;
}

test('an OffloopError carries code, name and cause', () => {
  const error = new OffloopError('OFFLOOP_ERR_CLOSED', 'closed', { cause: 7 });
  assert.equal(error.code, 'OFFLOOP_ERR_CLOSED');
  assert.equal(error.name, 'OffloopError');
  assert.equal(error.cause, 7);
  assert.ok(error instanceof Error);
  assert.match(error.stack, /^OffloopError: closed\n/);
});

test('instanceof agrees across two copies of the package, and only for its own class', () => {
  const copy = secondCopy();
  assert.notEqual(copy.OffloopError, OffloopError);
  const theirs = new copy.OffloopError('OFFLOOP_ERR_CLOSED', 'closed');
  assert.ok(theirs instanceof OffloopError);
  assert.ok(!(theirs instanceof TimeoutError));
  assert.ok(new copy.TimeoutError('OFFLOOP_ERR_TIMEOUT', 'late') instanceof TimeoutError);
  assert.ok(new copy.AbortError('why') instanceof AbortError);
  assert.ok(!(new AbortError('why') instanceof OffloopError));
  for (const other of [null, undefined, 1, 'x', {}, new Error('x')]) {
    assert.ok(!(other instanceof OffloopError));
  }
  class Special extends OffloopError {}
  assert.ok(new Special('X', 'x') instanceof Special);
  assert.ok(new Special('X', 'x') instanceof OffloopError);
  assert.ok(!(theirs instanceof Special));
});

test('a task that throws rejects with the class, message and own properties', async () => {
  const error = await rejection(
    pool.run(() => {
      throw Object.assign(new TypeError('bad input'), {
        code: 'E_BAD',
        details: { at: [1, 2] },
        when: new Date(5),
      });
    }),
  );
  assert.ok(error instanceof TypeError);
  assert.equal(error.message, 'bad input');
  assert.equal(error.name, 'TypeError');
  assert.equal(error.code, 'E_BAD');
  assert.deepEqual(error.details, { at: [1, 2] });
  assert.deepEqual(error.when, new Date(5));
  assert.deepEqual(Object.keys(error).sort(), ['code', 'details', 'when']);
});

test('each built-in error class comes back as itself', async () => {
  const names = [
    'Error',
    'TypeError',
    'RangeError',
    'SyntaxError',
    'ReferenceError',
    'EvalError',
    'URIError',
  ];
  for (const name of names) {
    const error = await rejection(
      pool.run(
        (className) => {
          throw new globalThis[className](`a ${className}`);
        },
        [name],
      ),
    );
    assert.equal(Object.getPrototypeOf(error), globalThis[name].prototype);
    assert.equal(error.message, `a ${name}`);
    assert.ok(require('node:util').types.isNativeError(error));
  }
});

test('a subclass keeps its name and its properties on the nearest built-in class', async () => {
  const error = await rejection(
    pool.run(() => {
      class QuotaError extends RangeError {
        constructor(message, left) {
          super(message);
          this.name = 'QuotaError';
          this.left = left;
        }
      }
      throw new QuotaError('too much', 3);
    }),
  );
  assert.ok(error instanceof RangeError);
  assert.equal(error.name, 'QuotaError');
  assert.equal(error.left, 3);
  assert.match(error.stack, /QuotaError|RangeError: too much/);
});

test('cause and errors come along, cycles kept', async () => {
  const error = await rejection(
    pool.run(() => {
      const inner = new RangeError('inner');
      const outer = new Error('outer', { cause: inner });
      inner.cause = outer;
      throw new AggregateError([inner, 'plain', outer], 'all failed', { cause: { plain: true } });
    }),
  );
  assert.ok(error instanceof AggregateError);
  assert.equal(error.errors.length, 3);
  const [inner, plain, outer] = error.errors;
  assert.ok(inner instanceof RangeError);
  assert.equal(plain, 'plain');
  assert.equal(outer.cause, inner);
  assert.equal(inner.cause, outer);
  assert.deepEqual(error.cause, { plain: true });
});

test('an error that is its own cause comes back so', async () => {
  const error = await rejection(
    pool.run(() => {
      const self = new Error('self');
      self.cause = self;
      throw self;
    }),
  );
  assert.equal(error.cause, error);
});

test('a property that cannot be cloned becomes a description', async () => {
  const error = await rejection(
    pool.run(() => {
      const failure = Object.assign(new Error('x'), {
        callback() {},
        token: Symbol('secret'),
        fine: 1,
      });
      Object.defineProperty(failure, 'broken', {
        get() {
          throw new Error('getter');
        },
        enumerable: true,
      });
      throw failure;
    }),
  );
  assert.equal(error.message, 'x');
  assert.equal(error.fine, 1);
  assert.equal(typeof error.callback, 'string');
  assert.match(error.callback, /callback/);
  assert.equal(typeof error.token, 'string');
  assert.match(error.token, /secret/);
  assert.equal(typeof error.broken, 'string');
});

test('null, undefined and primitives are rejected with as they are', async () => {
  for (const thrown of [null, undefined, 42, 'text', true, 10n, NaN]) {
    const outcome = await pool
      .run(
        (value) => {
          throw value;
        },
        [thrown],
      )
      .then(
        () => assert.fail('resolved'),
        (reason) => ({ reason }),
      );
    assert.ok(Object.is(outcome.reason, thrown), String(thrown));
  }
});

test('plain objects thrown are rejected with as clones', async () => {
  const thrown = await rejection(
    pool.run(() => {
      throw { status: 404, items: new Map([[1, 2]]) };
    }),
  );
  assert.deepEqual(thrown, { status: 404, items: new Map([[1, 2]]) });
});

test('a thrown value that cannot be cloned becomes an error that describes it', async () => {
  const error = await rejection(
    pool.run(() => {
      throw function handler() {};
    }),
  );
  assert.ok(error instanceof OffloopError);
  assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
  assert.match(error.message, /handler/);
});

test('a rejected promise rejects like a throw', async () => {
  const error = await rejection(pool.run(async () => Promise.reject(new SyntaxError('later'))));
  assert.ok(error instanceof SyntaxError);
  assert.equal(error.message, 'later');
});

test('one failing task among many leaves the others alone', async () => {
  const settled = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      pool.run(
        (n) => {
          if (n === 7) throw new Error('seven');
          return n;
        },
        [index],
      ),
    ),
  );
  settled.forEach((outcome, index) => {
    if (index === 7) assert.equal(outcome.reason.message, 'seven');
    else assert.equal(outcome.value, index);
  });
});

test('an error of a function made in a vm context is of the classes of that context', async () => {
  const context = vm.createContext({});
  const foreign = vm.runInContext(
    '(function fail() { throw new RangeError("foreign"); })',
    context,
  );
  const error = await rejection(pool.run(foreign));
  assert.ok(!(error instanceof RangeError));
  assert.ok(error instanceof vm.runInContext('RangeError', context));
  assert.equal(error.message, 'foreign');
});

test('an error after the task has settled is the error event, with the name of the task', async () => {
  const noisy = new Pool({ maxThreads: 1 });
  const heard = [];
  noisy.on('error', (error, taskName) => heard.push([error, taskName]));
  const value = await noisy.run(function leavesARejection() {
    Promise.reject(new TypeError('nobody listens'));
    return 'done';
  });
  assert.equal(value, 'done');
  await until(() => heard.length > 0, 'the error event');
  const [[error, taskName]] = heard;
  assert.ok(error instanceof TypeError);
  assert.equal(error.message, 'nobody listens');
  assert.equal(taskName, 'leavesARejection');
  assert.equal(await noisy.run(() => 'alive'), 'alive');
  await noisy.close();
  assert.equal(heard.length, 1);
});

test('an error event that nobody listens to ends the process, as any EventEmitter has it', async () => {
  const script = `
    const { Pool } = require(${JSON.stringify(require.resolve('..'))});
    const pool = new Pool({ maxThreads: 1 });
    pool.run(() => { Promise.reject(new TypeError('nobody listens')); });
  `;
  const { code, stderr } = await runNode(['-e', script]);
  assert.equal(code, 1);
  assert.match(stderr, /TypeError: nobody listens/);
});

test('reviving never runs setters: __proto__ and inherited accessors stay data', () => {
  Object.defineProperty(Error.prototype, 'trap', {
    set() {
      throw new Error('setter ran');
    },
    configurable: true,
  });
  try {
    const error = reviveThrown({
      nodes: [
        {
          base: 'Error',
          name: 'Error',
          message: 'm',
          stack: 'Error: m',
          props: [
            ['__proto__', 'own'],
            ['trap', 1],
            ['stack', 'forged'],
          ],
        },
      ],
    });
    assert.equal(Object.getPrototypeOf(error), Error.prototype);
    assert.equal(Object.getOwnPropertyDescriptor(error, '__proto__').value, 'own');
    assert.equal(error.trap, 1);
    assert.equal(error.stack, 'Error: m');
  } finally {
    delete Error.prototype.trap;
  }
});

test('a class that this realm lacks falls back to Error', () => {
  const record = {
    nodes: [
      { base: 'SuppressedError', name: 'SuppressedError', message: 'm', stack: 's', props: [] },
    ],
  };
  const error = reviveThrown(record, { Error });
  assert.equal(Object.getPrototypeOf(error), Error.prototype);
  assert.equal(error.name, 'SuppressedError');
});

test('reviving takes no stack and leaves stackTraceLimit as it was', () => {
  const before = Error.stackTraceLimit;
  const record = {
    nodes: [
      {
        base: 'TypeError',
        name: 'TypeError',
        message: '',
        stack: 'TypeError\n    at there',
        props: [],
      },
    ],
  };
  const error = reviveThrown(record, undefined, '\n    at async caller');
  assert.equal(Error.stackTraceLimit, before);
  assert.equal(error.stack, 'TypeError\n    at there\n    at async caller');
  assert.equal(Object.hasOwn(error, 'message'), false);
});
