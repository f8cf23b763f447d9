'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const test = require('node:test');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');
const { Worker } = require('node:worker_threads');

const { OffloopError, host, offload } = require('..');
const { runNode } = require('./helpers/child.js');
const { Gate, waitAtGate } = require('./helpers/gate.js');
const { withPool } = require('./helpers/pool.js');
const { rejection, until } = require('./helpers/until.js');

const CHILD = join(__dirname, 'fixtures', 'state-child.js');
// The sanitizer keeps freed memory for a while.
const isSanitized = Boolean(process.env.LD_PRELOAD?.includes('asan'));

function collector() {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}

// ── what a task receives ─────────────────────────────────────────────────────────────────────────

test('a task receives the value itself, wherever the Shared stands among its arguments', () =>
  withPool({}, async (pool) => {
    const table = { rows: [{ id: 1 }, { id: 2 }] };
    const shared = pool.share(table);
    assert.deepEqual(await pool.run((value) => value, [shared]), table);
    const nested = { deep: [new Map([['key', shared]])], again: shared, other: 1 };
    const found = await pool.run(
      (first, { deep, again, other }) => {
        const inner = deep[0].get('key');
        return [inner === again, again === first, inner.rows[1].id, other];
      },
      [shared, nested],
    );
    assert.deepEqual(found, [true, true, 2, 1]);
  }));

test('offloaded functions, context values and workerData take a Shared, too', () =>
  withPool({}, async (pool) => {
    const shared = pool.share({ factor: 3 });
    const times = pool.offload((n, { factor }) => n * factor);
    assert.equal(await times(2, shared), 6);
    const context = { shared };
    assert.deepEqual(
      await pool.run(() => [shared.factor, Object.isFrozen(shared)], [], { context }),
      [3, true],
    );
    await withPool({ workerData: { shared } }, async (other) => {
      const read = () => [offloop.workerData.shared.factor, Object.isFrozen(offloop.workerData)];
      assert.deepEqual(await other.run(read), [3, false]);
    });
  }));

test('it is made once in an isolate, and once more in a fresh context', () =>
  withPool({}, async (pool) => {
    const shared = pool.share({ list: [] });
    const isSame = (value) => {
      globalThis.seen ??= value;
      return [
        seen === value,
        Object.getPrototypeOf(value.list) === Array.prototype,
        value instanceof Object,
      ];
    };
    for (const options of [{}, {}, { fresh: true }, {}]) {
      assert.deepEqual(await pool.run(isSame, [shared], options), [true, true, true]);
    }
  }));

test('it is a snapshot: what the caller changes later is not seen', () =>
  withPool({}, async (pool) => {
    const value = { list: [1] };
    const shared = pool.share(value);
    value.list.push(2);
    assert.deepEqual(await pool.run((given) => given.list, [shared]), [1]);
  }));

test('it works on every pool', async () => {
  const shared = await withPool({}, async (pool) => pool.share({ from: 'a closed pool' }));
  await withPool({}, async (pool) => {
    assert.equal(await pool.run(({ from }) => from, [shared]), 'a closed pool');
  });
  const onDefault = offload(({ from }) => from);
  assert.equal(await onDefault(shared), 'a closed pool');
});

test('a fresh task tells its progress, calls the main thread and gets a Shared in the answer', () =>
  withPool({ workerData: { base: 1 }, init: () => (globalThis.ready = true) }, async (pool) => {
    const shared = pool.share({ word: 'answered' });
    const told = [];
    const task = async (ask, { word }) => {
      offloop.progress(word);
      const answer = await ask(offloop.workerData.base);
      return [ready, answer.word, Object.isFrozen(answer)];
    };
    const seen = await pool.run(task, [host((n) => (n === 1 ? shared : null)), shared], {
      fresh: true,
      onProgress: (value) => told.push(value),
    });
    assert.deepEqual([seen, told], [[true, 'answered', true], ['answered']]);
  }));

test('a Shared may be part of another', () =>
  withPool({}, async (pool) => {
    const inner = pool.share({ word: 'inner' });
    const outer = pool.share({ inner, list: [inner] });
    inner.release();
    const task = ({ inner: one, list }) => [one.word, one === list[0], Object.isFrozen(one)];
    assert.deepEqual(await pool.run(task, [outer]), ['inner', true, true]);
  }));

// ── frozen ───────────────────────────────────────────────────────────────────────────────────────

test('nothing in it can be changed by a task', () =>
  withPool({}, async (pool) => {
    const shared = pool.share({
      object: { deep: { er: 1 } },
      array: [1, [2]],
      map: new Map([[{ key: 1 }, { value: 1 }]]),
      set: new Set([{ element: 1 }]),
      date: new Date(0),
      regexp: /a/g,
      error: new Error('message', { cause: { deep: 1 } }),
      boxed: Object('text'),
    });
    const refusals = await pool.run(
      (value) => {
        'use strict';
        const changes = {
          property: () => (value.added = 1),
          deep: () => (value.object.deep.er = 2),
          removal: () => delete value.object.deep,
          push: () => value.array.push(3),
          element: () => (value.array[1][0] = 3),
          set: () => value.map.set('key', 2),
          delete: () => value.map.delete('key'),
          clear: () => value.map.clear(),
          mapKey: () => ([...value.map.keys()][0].key = 2),
          mapValue: () => ([...value.map.values()][0].value = 2),
          add: () => value.set.add(2),
          setElement: () => ([...value.set][0].element = 2),
          date: () => value.date.setFullYear(2000),
          lastIndex: () => value.regexp.exec('aa'),
          cause: () => (value.error.cause.deep = 2),
          boxed: () => (value.boxed.added = 1),
          prototype: () => Object.setPrototypeOf(value, null),
        };
        return Object.entries(changes).map(([name, change]) => {
          try {
            change();
          } catch (error) {
            if (error instanceof TypeError) return null;
          }
          return name;
        });
      },
      [shared],
    );
    assert.deepEqual(
      refusals.filter((name) => name !== null),
      [],
    );
  }));

test('frozen or not, it is read like the original, and copies of it can be changed', () =>
  withPool({}, async (pool) => {
    const value = {
      map: new Map([[1, { a: 1 }]]),
      set: new Set(['b']),
      date: new Date(86_400_000),
      regexp: /(\d+)/,
      bytes: new Uint8Array([1, 2]),
      view: new DataView(new ArrayBuffer(2)),
      buffer: new ArrayBuffer(3),
      sparse: [1, , 3],
    };
    const shared = pool.share(value);
    const read = await pool.run(
      (given) => {
        const copy = new Map(given.map);
        copy.set(2, 'added');
        return [
          given.map instanceof Map && given.set instanceof Set && given.date instanceof Date,
          given.map.get(1).a + given.map.size,
          [...given.set][0],
          given.date.getTime(),
          '12'.match(given.regexp)[1],
          given.view.byteLength + given.buffer.byteLength,
          1 in given.sparse,
          copy.size,
          structuredClone(given),
        ];
      },
      [shared],
    );
    assert.deepEqual(read.slice(0, 8), [true, 2, 'b', 86_400_000, '12', 5, false, 2]);
    assert.deepEqual(read[8], value);
    // A result leaves the isolate as a clone of its own, not frozen.
    const result = await pool.run((given) => given, [shared]);
    assert.deepEqual(result, value);
    result.map.set('key', 1);
    result.date.setTime(0);
  }));

test('a task that changed the built-ins does not change what is frozen', () =>
  withPool({}, async (pool) => {
    // The runtime keeps the built-ins that it found when it was first used in a context.
    await pool.run((value) => value, [pool.share({})]);
    await pool.run(() => {
      Object.freeze = (value) => value;
      Object.isFrozen = () => true;
      Object.values = () => [];
      Map.prototype.forEach = () => {};
      Object.defineProperty(Array.prototype, '0', { set() {}, configurable: true });
    });
    const shared = pool.share({ map: new Map([['key', { deep: [1] }]]) });
    const isFrozen = await pool.run(
      ({ map }) =>
        !Reflect.set(map.get('key'), 'deep', 1) && !Reflect.set(map.get('key').deep, 'length', 0),
      [shared],
    );
    assert.equal(isFrozen, true);
  }));

test('memory of a SharedArrayBuffer is the same for the caller and every isolate', () =>
  withPool({ maxThreads: 2 }, async (pool) => {
    const counters = new Int32Array(new SharedArrayBuffer(8));
    const shared = pool.share({ counters, buffer: counters.buffer });
    const task = ({ counters: given, buffer }) => {
      for (let n = 0; n < 1_000; n += 1) Atomics.add(given, 0, 1);
      return given.buffer === buffer;
    };
    const all = Array.from({ length: 8 }, () => pool.run(task, [shared]));
    assert.deepEqual(new Set(await Promise.all(all)), new Set([true]));
    assert.equal(counters[0], 8_000);
  }));

test("a plain typed array's bytes are each isolate's own", () =>
  withPool({}, async (pool) => {
    const bytes = new Uint8Array([1, 2, 3]);
    const shared = pool.share({ bytes });
    const change = ({ bytes: given }) => (given[0] += 1);
    assert.equal(await pool.run(change, [shared]), 2);
    assert.equal(await pool.run(change, [shared]), 3);
    assert.equal(await pool.run(change, [shared], { fresh: true }), 2);
    assert.deepEqual([...bytes], [1, 2, 3]);
  }));

// ── refusals ─────────────────────────────────────────────────────────────────────────────────────

test('what cannot be shared is refused at once, by its path', () =>
  withPool({}, async (pool) => {
    for (const value of [undefined, null, 1, 'text', true, Symbol('s'), 10n]) {
      assert.throws(() => pool.share(value), {
        code: 'OFFLOOP_ERR_INVALID_OPTION',
        option: 'value',
      });
    }
    assert.throws(
      () => pool.share({ list: [1, { run() {} }] }),
      (error) => {
        assert.ok(error instanceof OffloopError);
        assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
        assert.match(error.message, /^value\.list\[1\]\.run is a function/);
        return true;
      },
    );
    assert.throws(() => pool.share(() => 1), { code: 'OFFLOOP_ERR_NOT_CLONEABLE' });
    assert.throws(
      () => pool.share({ ask: host(() => 1) }),
      /value\.ask is a function of the main thread/,
    );
    await pool.close();
    assert.throws(() => pool.share({}), { code: 'OFFLOOP_ERR_CLOSED' });
  }));

test('a released Shared is refused, by its path; releasing twice does nothing', () =>
  withPool({}, async (pool) => {
    const shared = pool.share({ list: [] });
    assert.equal(shared.released, false);
    shared.release();
    shared.release();
    assert.equal(shared.released, true);
    const error = await rejection(pool.run((a) => a, [{ tables: [1, shared] }]));
    assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
    assert.match(error.message, /^arguments\[0\]\.tables\[1\] is a Shared that was released/);
    assert.throws(() => pool.share({ shared }), /value\.shared is a Shared that was released/);
  }));

test('a Shared is made by pools only, and its methods take nothing else', () =>
  withPool({}, async (pool) => {
    const shared = pool.share({});
    const { constructor } = shared;
    assert.throws(() => new constructor(), { code: 'OFFLOOP_ERR_INVALID_OPTION' });
    assert.throws(() => constructor.prototype.release.call({}), {
      code: 'OFFLOOP_ERR_INVALID_OPTION',
    });
    assert.equal(Object.prototype.toString.call(shared), '[object Shared]');
    // What looks like one is ordinary data.
    const lookalike = Object.create(Object.getPrototypeOf(shared), {
      word: { value: 'data', enumerable: true },
    });
    assert.deepEqual(await pool.run((value) => value, [lookalike]), { word: 'data' });
  }));

test('a value over the memory limit stops the task that would receive it', () =>
  withPool({ memoryLimitMb: 32 }, async (pool) => {
    const rows = Array.from({ length: 600_000 }, (_, id) => ({ id, text: `row ${id}` }));
    const objects = await rejection(pool.run((value) => value.rows.length, [pool.share({ rows })]));
    assert.equal(objects.code, 'OFFLOOP_ERR_MEMORY_LIMIT');
    const bytes = pool.share({ bytes: new Uint8Array(64 << 20) });
    const buffers = await rejection(pool.run((value) => value.bytes.length, [bytes]));
    assert.equal(buffers.code, 'OFFLOOP_ERR_MEMORY_LIMIT');
    assert.equal(await pool.run(() => 'next'), 'next');
  }));

test('values within the limit count against it together', () =>
  withPool({ memoryLimitMb: 64 }, async (pool) => {
    const make = () => pool.share({ bytes: new Uint8Array(12 << 20) });
    const all = Array.from({ length: 8 }, make);
    const outcomes = [];
    for (const shared of all) {
      const outcome = pool.run((value) => value.bytes.length, [shared]);
      outcomes.push(await outcome.catch(({ code }) => code));
    }
    assert.equal(outcomes[0], 12 << 20);
    assert.ok(outcomes.includes('OFFLOOP_ERR_MEMORY_LIMIT'), String(outcomes));
  }));

// ── the end of a Shared ──────────────────────────────────────────────────────────────────────────

test('tasks that have it when it is released still receive it', () =>
  withPool({}, async (pool) => {
    const gate = new Gate();
    const held = pool.run(waitAtGate, [gate.buffer]);
    await until(() => pool.stats().running === 1, 'the first task to run');
    const shared = pool.share({ word: 'still here' });
    const queued = [1, 2, 3].map(() => pool.run(({ word }) => word, [shared]));
    shared.release();
    gate.open();
    await held;
    assert.deepEqual(await Promise.all(queued), ['still here', 'still here', 'still here']);
    const error = await rejection(pool.run((value) => value, [shared]));
    assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
  }));

test('Symbol.dispose releases it', { skip: typeof Symbol.dispose !== 'symbol' }, () =>
  withPool({}, async (pool) => {
    const shared = pool.share({});
    shared[Symbol.dispose]();
    assert.equal(shared.released, true);
  }),
);

const HEAP_OF_COPY = 24 * 2 ** 20;

function bigValue() {
  return { numbers: Array.from({ length: HEAP_OF_COPY / 8 }, (_, n) => n + 0.5) };
}

test('release drops the copies of idle isolates', () =>
  withPool({}, async (pool) => {
    const shared = pool.share(bigValue());
    await pool.run(({ numbers }) => numbers.length, [shared]);
    const heapUsed = () => pool.stats().isolates[0].heapUsed;
    await until(() => heapUsed() > HEAP_OF_COPY, 'the copy to count');
    shared.release();
    await until(() => heapUsed() < HEAP_OF_COPY / 2, 'the copy to go');
    assert.equal(pool.stats().isolatesCreated, 1);
  }));

test('one that nobody can reach any more is freed, and its copies with it', () =>
  withPool({}, async (pool) => {
    const collect = collector();
    await (async () => {
      const shared = pool.share(bigValue());
      await pool.run(({ numbers }) => numbers.length, [shared]);
    })();
    const heapUsed = () => pool.stats().isolates[0].heapUsed;
    await until(() => heapUsed() > HEAP_OF_COPY, 'the copy to count');
    await until(() => {
      collect();
      return heapUsed() < HEAP_OF_COPY / 2;
    }, 'the copy to go');
  }));

test('a queued task keeps one alive that nobody else can reach', () =>
  withPool({}, async (pool) => {
    const collect = collector();
    const gate = new Gate();
    const held = pool.run(waitAtGate, [gate.buffer]);
    await until(() => pool.stats().running === 1, 'the first task to run');
    const queued = (() => pool.run(({ word }) => word, [pool.share({ word: 'kept' })]))();
    for (let turn = 0; turn < 5; turn += 1) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
    gate.open();
    assert.equal(await queued, 'kept');
    await held;
  }));

test('a Worker that ends takes its own with it', async () => {
  const script = `
    const { Pool } = require(${JSON.stringify(join(__dirname, '..'))});
    const pool = new Pool({ maxThreads: 1 });
    const shared = pool.share({ list: [1, 2, 3] });
    pool.share({ dropped: true });
    pool.run(({ list }) => list.length, [shared]).then((length) => process.exit(length));
  `;
  for (let round = 0; round < 3; round += 1) {
    const worker = new Worker(script, { eval: true });
    const code = await new Promise((resolve, reject) => {
      worker.on('exit', resolve);
      worker.on('error', reject);
    });
    assert.equal(code, 3);
  }
});

test(
  '1,000 shares of 1 MB made and dropped leave the resident memory flat',
  { skip: isSanitized },
  async () => {
    const { code, stdout, stderr } = await runNode([CHILD, 'shares', '1000'], { timeout: 120_000 });
    assert.equal(code, 0, stderr);
    const { secondQuarterMib, lastQuarterMib } = JSON.parse(stdout);
    // Half of them would be 250 MiB between the middles of these quarters.
    assert.ok(lastQuarterMib - secondQuarterMib < 64, stdout);
  },
);

test(
  'a loop that never returns to the event loop does not pile them up',
  { skip: isSanitized },
  async () => {
    const { code, stdout, stderr } = await runNode([CHILD, 'sharesInLoop', '600']);
    assert.equal(code, 0, stderr);
    assert.ok(JSON.parse(stdout).mostAboveStartMib < 400, stdout);
  },
);
