'use strict';

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const diagnostics = require('node:diagnostics_channel');
const test = require('node:test');

const { Pool, AbortError, TimeoutError, offload } = require('..');
const { runNode } = require('./helpers/child.js');
const { Gate, waitAtGate, spin } = require('./helpers/gate.js');
const { until, rejection } = require('./helpers/until.js');

const root = JSON.stringify(require.resolve('..'));
const RUN = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'];

/** Listens to channels for as long as `body` runs. */
async function listening(handlers, body) {
  for (const [name, handler] of Object.entries(handlers)) diagnostics.subscribe(name, handler);
  try {
    return await body();
  } finally {
    for (const [name, handler] of Object.entries(handlers)) diagnostics.unsubscribe(name, handler);
  }
}

/** Listens to runs; each message is logged with the keys that it has at that moment. */
async function following(body, { store } = {}) {
  const seen = [];
  const handlers = {};
  for (const event of RUN) {
    handlers[`tracing:offloop:run:${event}`] = (message) =>
      seen.push({ event, message, keys: Object.keys(message).sort(), store: store?.getStore() });
  }
  await listening(handlers, () => body(seen));
  return seen;
}

const events = (seen) => seen.map(({ event }) => event);

// ── pools and isolates ───────────────────────────────────────────────────────────────────────────

test('pools and isolates announce their beginning and their end', async () => {
  const seen = [];
  const log = (what) => (message) => seen.push([what, message]);
  const handlers = {
    'offloop:pool:create': log('pool:create'),
    'offloop:pool:close': log('pool:close'),
    'offloop:isolate:create': log('isolate:create'),
    'offloop:isolate:destroy': log('isolate:destroy'),
  };
  await listening(handlers, async () => {
    const pool = new Pool({ maxThreads: 1, name: 'watched' });
    assert.deepEqual(seen, [['pool:create', { pool, poolName: 'watched' }]]);
    await pool.run(() => 1);
    const { id } = pool.stats().isolates[0];
    await pool.close();
    await until(() => seen.length === 4, 'all messages');
    assert.deepEqual(seen.slice(1), [
      ['isolate:create', { pool, poolName: 'watched', isolate: id }],
      ['isolate:destroy', { pool, poolName: 'watched', isolate: id, reason: 'closed' }],
      ['pool:close', { pool, poolName: 'watched' }],
    ]);
  });
});

test('pool and isolate messages come in the async context of the pool', async () => {
  const storage = new AsyncLocalStorage();
  const stores = [];
  const handlers = Object.fromEntries(
    ['pool:create', 'isolate:create', 'isolate:destroy', 'pool:close'].map((name) => [
      `offloop:${name}`,
      () => stores.push(storage.getStore()),
    ]),
  );
  await listening(handlers, async () => {
    const pool = storage.run('owner', () => new Pool({ maxThreads: 1 }));
    await storage.run('request', () => pool.run(() => 1));
    await storage.run('end', () => pool.close());
    await until(() => stores.length === 4, 'all messages');
  });
  assert.deepEqual(stores, ['owner', 'owner', 'owner', 'owner']);
});

// ── runs ─────────────────────────────────────────────────────────────────────────────────────────

test('a run that resolves is one message in four channels, with its result and times', async () => {
  const pool = new Pool({ maxThreads: 1, name: 'traced' });
  const seen = await following(async (log) => {
    const promise = pool.run((n) => ({ twice: n * 2 }), [4], { name: 'double' });
    assert.deepEqual(events(log), ['start', 'end'], 'before run returns');
    const value = await promise;
    assert.deepEqual(value, { twice: 8 });
    assert.equal(log.at(-1).message.result, value);
  });
  assert.deepEqual(events(seen), ['start', 'end', 'asyncStart', 'asyncEnd']);
  const { message } = seen[0];
  assert.ok(seen.every((entry) => entry.message === message));
  assert.deepEqual(seen[0].keys, ['pool', 'poolName', 'taskName']);
  assert.deepEqual(seen[1].keys, ['pool', 'poolName', 'taskName']);
  assert.deepEqual(seen[2].keys, ['pool', 'poolName', 'result', 'runMs', 'taskName', 'waitMs']);
  assert.equal(message.pool, pool);
  assert.deepEqual([message.poolName, message.taskName], ['traced', 'double']);
  assert.ok(message.waitMs > 0 && message.runMs > 0);
  await pool.close();
});

test('a task is named by its options, else by its function, else anonymous', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const seen = await following(async () => {
    await pool.run(function compute() {}, [], { name: 'chosen' });
    await pool.run(function compute() {});
    await pool.run(() => {});
    await pool.offload(function offloaded() {}, { name: 'by offload' })();
    await offload(function onDefaultPool() {})();
  });
  const starts = seen.filter(({ event }) => event === 'start').map(({ message }) => message);
  assert.deepEqual(
    starts.map(({ taskName }) => taskName),
    ['chosen', 'compute', '(anonymous)', 'by offload', 'onDefaultPool'],
  );
  assert.equal(starts[4].poolName, 'default');
  await pool.close();
});

test('a run that throws is told with the error that its caller gets', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const error = {};
  const seen = await following(async () => {
    error.caught = await rejection(
      pool.run(function broken() {
        throw new RangeError('out');
      }),
    );
  });
  assert.deepEqual(events(seen), ['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
  assert.ok(error.caught instanceof RangeError);
  assert.equal(seen[2].message.error, error.caught);
  assert.deepEqual(seen[2].keys, ['error', 'pool', 'poolName', 'runMs', 'taskName', 'waitMs']);
  await pool.close();
});

test('throw undefined is an error of a run, too', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const seen = await following(async () => {
    await assert.rejects(
      pool.run(() => {
        throw undefined;
      }),
      (error) => error === undefined,
    );
  });
  assert.deepEqual(events(seen), ['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
  assert.ok(Object.hasOwn(seen[4].message, 'error'));
  await pool.close();
});

test('timeouts, aborts and the end of the pool are told; times only when the run ended by itself', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const buffer = new SharedArrayBuffer(8);
  const controller = new AbortController();
  const seen = await following(async () => {
    await rejection(pool.run(spin, [buffer], { timeout: 10, name: 'late' }));
    // On a busy machine its time may have been over before it was called.
    const [begun] = new Int32Array(buffer);
    const aborted = pool.run(spin, [buffer], { signal: controller.signal, name: 'aborted' });
    await until(() => new Int32Array(buffer)[0] === begun + 1, 'it to run');
    controller.abort('enough');
    await rejection(aborted);
    const ended = pool.run(spin, [buffer], { name: 'ended' });
    await until(() => new Int32Array(buffer)[0] === begun + 2, 'it to run');
    await Promise.all([rejection(ended), pool.destroy()]);
  });
  const of = (name) => seen.filter(({ message }) => message.taskName === name);
  for (const name of ['late', 'aborted', 'ended']) {
    assert.deepEqual(events(of(name)), ['start', 'end', 'error', 'asyncStart', 'asyncEnd'], name);
    assert.deepEqual(of(name)[4].keys, ['error', 'pool', 'poolName', 'taskName'], name);
  }
  assert.ok(of('late')[2].message.error instanceof TimeoutError);
  assert.ok(of('aborted')[2].message.error instanceof AbortError);
  assert.equal(of('aborted')[2].message.error.cause, 'enough');
  assert.equal(of('ended')[2].message.error.code, 'OFFLOOP_ERR_CLOSED');
});

test('a refused run has the same five, and the same error', async () => {
  const pool = new Pool({ maxThreads: 1, maxQueue: 0 });
  const gate = new Gate();
  const busy = pool.run(waitAtGate, [gate.buffer]);
  await gate.allStarted(1);
  const attempts = [
    [() => pool.run(() => 1, [], { name: 'full' }), 'full', 'OFFLOOP_ERR_QUEUE_FULL'],
    [() => pool.run(() => gate), '(anonymous)', 'OFFLOOP_ERR_CLOSURE'],
    [() => pool.run(function f() {}, [], { timout: 1 }), 'f', 'OFFLOOP_ERR_INVALID_OPTION'],
    [() => pool.run('no function'), '(anonymous)', 'OFFLOOP_ERR_INVALID_OPTION'],
    [() => pool.run(null), '(anonymous)', 'OFFLOOP_ERR_INVALID_OPTION'],
  ];
  for (const [attempt, name, code] of attempts) {
    let refused;
    const seen = await following(async (log) => {
      const promise = attempt();
      promise.catch(() => {});
      assert.deepEqual(events(log), ['start', 'end']);
      refused = await rejection(promise);
    });
    assert.equal(refused.code, code);
    assert.deepEqual(events(seen), ['start', 'end', 'error', 'asyncStart', 'asyncEnd'], name);
    assert.equal(seen[2].message.error, refused);
    assert.equal(seen[2].message.taskName, name);
  }
  gate.open();
  await busy;
  assert.equal(pool.stats().refused, attempts.length);
  await pool.close();
  const seen = await following(async () => {
    const refused = await rejection(pool.run(() => 1, [], { timout: 1 }));
    assert.equal(refused.code, 'OFFLOOP_ERR_CLOSED', 'the state is checked before the options');
  });
  assert.equal(seen.length, 5);
});

test('a followed run detaches nothing when it is refused, and its options are read once', async () => {
  const pool = new Pool({ maxThreads: 1 });
  let reads = 0;
  const options = {
    get name() {
      reads += 1;
      return 'once';
    },
  };
  const seen = await following(() => pool.run(() => 1, [], options));
  assert.equal(reads, 1);
  assert.equal(seen[0].message.taskName, 'once');
  await pool.close();
  const buffer = new ArrayBuffer(3);
  await following(() => rejection(pool.run((b) => b, [buffer], { transferList: [buffer] })));
  assert.equal(buffer.byteLength, 3);
});

test('handlers of a run are called in the async context of its caller', async () => {
  const storage = new AsyncLocalStorage();
  const pool = storage.run('owner', () => new Pool({ maxThreads: 1 }));
  const seen = await following(
    async () => {
      const after = await storage.run('request', async () => {
        await pool.run(() => 1);
        await rejection(
          pool.run(() => {
            throw new Error('x');
          }),
        );
        await rejection(pool.run(() => 1, [], { nonsense: 1 }));
        return storage.getStore();
      });
      assert.equal(after, 'request');
    },
    { store: storage },
  );
  assert.equal(seen.length, 4 + 5 + 5);
  assert.deepEqual([...new Set(seen.map(({ store }) => store))], ['request']);
  await pool.close();
});

test('a store bound to start holds for the whole run, and only for it', async () => {
  const spans = new AsyncLocalStorage();
  const channel = diagnostics.channel('tracing:offloop:run:start');
  channel.bindStore(spans, (message) => `span of ${message.taskName}`);
  const pool = new Pool({ maxThreads: 1 });
  const stores = [];
  try {
    await listening({ 'tracing:offloop:run:asyncStart': () => stores.push(spans.getStore()) }, () =>
      Promise.all([
        pool.run(() => 1, [], { name: 'a' }),
        rejection(pool.run(() => nothing, [], { name: 'b' })),
      ]),
    );
  } finally {
    channel.unbindStore(spans);
  }
  assert.deepEqual(stores.sort(), ['span of a', 'span of b']);
  assert.equal(spans.getStore(), undefined);
  await pool.close();
});

test('a handler that throws spoils no run', async () => {
  const script = `
    const diagnostics = require('node:diagnostics_channel');
    const { Pool } = require(${root});
    for (const event of ['start', 'end', 'asyncStart', 'asyncEnd', 'error']) {
      diagnostics.subscribe('tracing:offloop:run:' + event, () => { throw new Error(event); });
    }
    for (const event of ['pool:create', 'isolate:create', 'isolate:destroy', 'pool:close']) {
      diagnostics.subscribe('offloop:' + event, () => { throw new Error(event); });
    }
    const uncaught = new Set();
    process.on('uncaughtException', (error) => uncaught.add(error.message));
    (async () => {
      const pool = new Pool({ maxThreads: 1 });
      const value = await pool.run((n) => n + 1, [41]);
      const error = await pool.run(() => { throw new Error('own') }).catch((e) => e.message);
      await pool.close();
      setTimeout(() => console.log(value, error, uncaught.size), 50);
    })();
  `;
  const { code, stdout, stderr } = await runNode(['-e', script]);
  assert.deepEqual([code, stdout, stderr], [0, '42 own 9\n', '']);
});

test('a followed run keeps the stack of its caller, and a stopped listener is told nothing more', async () => {
  const pool = new Pool({ maxThreads: 1 });
  async function caller() {
    return await pool.run(() => {
      throw new Error('deep');
    });
  }
  let error;
  const seen = await following(async () => {
    error = await rejection(caller());
  });
  assert.match(error.stack, /at async caller/);
  await pool.run(() => 1);
  assert.equal(seen.length, 5);
  await pool.close();
});

test('runs in a Worker are told in that Worker only', async () => {
  const { Worker } = require('node:worker_threads');
  const { once } = require('node:events');
  const seen = await following(async () => {
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads');
       const told = [];
       for (const event of ['start', 'asyncEnd']) {
         require('node:diagnostics_channel').subscribe('tracing:offloop:run:' + event, () => told.push(event));
       }
       const { Pool } = require(${root});
       const pool = new Pool({ maxThreads: 1 });
       pool.run(() => 1).then(() => pool.close()).then(() => parentPort.postMessage(told));`,
      { eval: true },
    );
    const [[told]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
    assert.deepEqual(told, ['start', 'asyncEnd']);
  });
  assert.deepEqual(seen, []);
});

// ── NODE_DEBUG ───────────────────────────────────────────────────────────────────────────────────

const logged = `
  const { Pool } = require(${root});
  const pool = new Pool({ maxThreads: 1, name: 'logged' });
  (async () => {
    await pool.run(() => 'secret', [], { name: 'good' });
    await pool.run(() => { throw new TypeError('no luck'); }, [], { name: 'bad' }).catch(() => {});
    await pool.run(() => { throw 42; }, [], { name: 'odd' }).catch(() => {});
    await pool.run(() => { for (;;); }, [], { name: 'slow', timeout: 10 }).catch(() => {});
    await pool.close();
  })();
`;

test('NODE_DEBUG=offloop logs pools, isolates and runs to stderr, and no values', async () => {
  const { code, stdout, stderr } = await runNode(['-e', logged], {
    env: { NODE_DEBUG: 'offloop' },
  });
  assert.deepEqual([code, stdout], [0, '']);
  const expected = [
    /^OFFLOOP \d+: pool logged: created, maxThreads 1$/,
    /^OFFLOOP \d+: pool logged: good submitted$/,
    /^OFFLOOP \d+: pool logged: isolate \d+ created$/,
    /^OFFLOOP \d+: pool logged: good done, waited [\d.]+ ms, ran [\d.]+ ms$/,
    /^OFFLOOP \d+: pool logged: bad failed, TypeError: no luck$/,
    /^OFFLOOP \d+: pool logged: odd failed, threw 42$/,
    /^OFFLOOP \d+: pool logged: slow failed, OFFLOOP_ERR_TIMEOUT: slow: /,
    /^OFFLOOP \d+: pool logged: isolate \d+ disposed of, closed$/,
    /^OFFLOOP \d+: pool logged: closed$/,
  ];
  const lines = stderr.trim().split('\n');
  let at = 0;
  for (const pattern of expected) {
    while (at < lines.length && !pattern.test(lines[at])) at += 1;
    assert.ok(at < lines.length, `no line ${pattern} in order in:\n${stderr}`);
  }
  assert.doesNotMatch(stderr, /secret/);
});

test('without NODE_DEBUG nothing is logged, and nobody listens', async () => {
  const script = `${logged}
    const names = ['offloop:pool:create', 'tracing:offloop:run:start', 'tracing:offloop:run:asyncEnd'];
    console.log(names.map((name) => require('node:diagnostics_channel').hasSubscribers(name)).join());
  `;
  const { stdout, stderr } = await runNode(['-e', script], { env: { NODE_DEBUG: '' } });
  assert.deepEqual([stdout, stderr], ['false,false,false\n', '']);
});
