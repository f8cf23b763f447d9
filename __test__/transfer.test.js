'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');
const { markAsUntransferable } = require('node:worker_threads');

const { Pool, OffloopError } = require('..');
const { rejection } = require('./helpers/until.js');

const pool = new Pool({ name: 'values', maxThreads: 1 });
test.after(() => pool.close());

const echo = (value) => value;

// ── values ───────────────────────────────────────────────────────────────────────────────────────

test('structured-cloneable values go there and back', async () => {
  const values = [
    undefined,
    null,
    true,
    0,
    -0,
    NaN,
    Infinity,
    2 ** 53,
    -1.5,
    10n ** 30n,
    -1n,
    '',
    'latin é',
    'two-byte ✓ 🎈',
    '\ud800 lone surrogate',
    'x'.repeat(100_000),
    new Date(1e12),
    /a+b/giu,
    [1, , 3],
    { nested: { deeply: [{ a: 1 }] }, 'odd key': 1, 0: 'index' },
    new Map([[{ k: 1 }, new Set([1, 'two'])]]),
    Object(7),
    Object('boxed'),
    new Error('an error as a value', { cause: 1 }),
  ];
  for (const value of values) {
    const back = await pool.run(echo, [value]);
    if (typeof value === 'number') assert.ok(Object.is(back, value), String(value));
    else if (value instanceof Error) assert.equal(back.message, value.message);
    else assert.deepEqual(back, value);
  }
});

test('references and cycles inside one value stay what they are', async () => {
  const shared = { n: 1 };
  const value = { a: shared, b: shared, list: [] };
  value.self = value;
  value.list.push(value.list);
  const back = await pool.run(echo, [value]);
  assert.equal(back.a, back.b);
  assert.equal(back.self, back);
  assert.equal(back.list[0], back.list);
});

test('arguments are a snapshot at the call', async () => {
  const value = { n: 1 };
  const bytes = Uint8Array.of(1, 2, 3);
  const list = [value, bytes];
  const result = pool.run((v, b) => [v.n, [...b]], list);
  value.n = 2;
  bytes.fill(9);
  list.length = 0;
  assert.deepEqual(await result, [1, [1, 2, 3]]);
});

test('an arguments array whose elements change as they are read is read once', async () => {
  let reads = 0;
  const sly = [0, 0];
  Object.defineProperty(sly, 0, {
    get() {
      reads += 1;
      return reads === 1 ? 'first' : { later: true };
    },
    enumerable: true,
  });
  assert.deepEqual(await pool.run((a, b) => [a, b], sly), ['first', 0]);
  assert.equal(reads, 1);
});

test('a class instance arrives as a plain object, as by structuredClone', async () => {
  class Point {
    constructor() {
      this.x = 1;
    }
  }
  const back = await pool.run(
    (p) => [p.x, Object.getPrototypeOf(p) === Object.prototype],
    [new Point()],
  );
  assert.deepEqual(back, [1, true]);
});

// ── buffers in ───────────────────────────────────────────────────────────────────────────────────

test('typed arrays and views of every kind arrive as they are', async () => {
  const kinds = [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
  ];
  for (const Kind of kinds) {
    const [name, sum] = await pool.run(
      (view) => [view.constructor.name, view.reduce((total, n) => total + n, 0)],
      [Kind.of(1, 2, 3)],
    );
    assert.deepEqual([name, sum], [Kind.name, 6]);
    assert.deepEqual(await pool.run(echo, [Kind.of(1, 2, 3)]), Kind.of(1, 2, 3));
  }
  assert.deepEqual(await pool.run(echo, [BigInt64Array.of(-1n, 2n)]), BigInt64Array.of(-1n, 2n));
  const view = new DataView(new ArrayBuffer(8), 2, 4);
  view.setInt16(0, 513);
  assert.deepEqual(
    await pool.run((v) => [v.byteOffset, v.byteLength, v.buffer.byteLength, v.getInt16(0)], [view]),
    [0, 4, 4, 513],
  );
  assert.equal((await pool.run(echo, [new Uint8Array(0)])).length, 0);
});

test('a buffer that is not listed is copied: the caller keeps it', async () => {
  const bytes = new Uint8Array([1, 2, 3]).buffer;
  assert.equal(await pool.run((b) => new Uint8Array(b).fill(9).length, [bytes]), 3);
  assert.deepEqual([...new Uint8Array(bytes)], [1, 2, 3]);
});

test('only the viewed bytes travel, and stand at offset 0', async () => {
  const whole = Uint8Array.from({ length: 1_000 }, (_, n) => n % 251);
  const view = whole.subarray(100, 110);
  const [offset, length, held, first] = await pool.run(
    (v) => [v.byteOffset, v.byteLength, v.buffer.byteLength, v[0]],
    [view],
  );
  assert.deepEqual([offset, length, held, first], [0, 10, 10, 100]);
});

test('a small Buffer arrives over exactly its own bytes, never with its neighbours', async () => {
  const secret = Buffer.from('a secret of another request');
  const three = Buffer.from('abc');
  assert.ok(
    three.buffer.byteLength > 3,
    'the case at hand: a slice of the pool that Buffers share',
  );
  const shape = (b) => [
    b.constructor.name,
    b.byteOffset,
    b.length,
    b.buffer.byteLength,
    String.fromCharCode(...b),
  ];
  assert.deepEqual(await pool.run(shape, [three]), ['Uint8Array', 0, 3, 3, 'abc']);
  const two = [Buffer.from('one'), Buffer.from('three')];
  const shapes = await pool.run(
    (...all) =>
      all.map((b) => [b.byteOffset, b.length, b.buffer.byteLength, String.fromCharCode(...b)]),
    two,
  );
  assert.deepEqual(shapes, [
    [0, 3, 3, 'one'],
    [0, 5, 5, 'three'],
  ]);
  assert.equal(secret.toString(), 'a secret of another request');
});

test('two views over one buffer still share it on the other side', async () => {
  const buffer = new ArrayBuffer(16);
  const views = { a: new Uint8Array(buffer, 0, 8), b: new Uint8Array(buffer, 4, 8) };
  const [same, seen] = await pool.run(
    ({ a, b }) => {
      a[4] = 77;
      return [a.buffer === b.buffer, b[0]];
    },
    [views],
  );
  assert.deepEqual([same, seen], [true, 77]);
});

test('a listed buffer is moved: the caller has it no more', async () => {
  const bytes = Float64Array.from({ length: 1_000 }, (_, n) => n);
  const sum = await pool.run((view) => view.reduce((a, b) => a + b, 0), [bytes], {
    transferList: [bytes.buffer],
  });
  assert.equal(sum, 499_500);
  assert.equal(bytes.buffer.byteLength, 0);
});

test('a listed buffer moves even when the task then throws', async () => {
  const buffer = new ArrayBuffer(8);
  await rejection(
    pool.run(
      () => {
        throw new Error('after the move');
      },
      [buffer],
      { transferList: [buffer] },
    ),
  );
  assert.equal(buffer.byteLength, 0);
});

test('a shared buffer is one memory on both sides', async () => {
  const shared = new SharedArrayBuffer(8);
  const cells = new Int32Array(shared);
  const back = await pool.run(
    (view) => {
      Atomics.add(view, 0, 5);
      return view;
    },
    [cells],
  );
  assert.equal(cells[0], 5);
  assert.ok(back.buffer instanceof SharedArrayBuffer);
  back[1] = 9;
  assert.equal(cells[1], 9);
});

test('a compiled WebAssembly module travels compiled', async () => {
  const module = new WebAssembly.Module(
    Uint8Array.from([
      0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 6,
      1, 4, 0, 65, 42, 11,
    ]),
  );
  assert.equal(await pool.run((m) => new WebAssembly.Instance(m).exports.f(), [module]), 42);
  assert.ok((await pool.run(echo, [module])) instanceof WebAssembly.Module);
});

// ── buffers out ──────────────────────────────────────────────────────────────────────────────────

test('a result keeps kind, offset and length of its view over the bytes that it views', async () => {
  const back = await pool.run(() => {
    const whole = new Float64Array(100).map((_, n) => n);
    return whole.subarray(10, 13);
  });
  assert.ok(back instanceof Float64Array);
  assert.deepEqual([...back], [10, 11, 12]);
  assert.equal(back.buffer.byteLength, 24);
});

test('a task that returns the same cached typed array is right on every call', async () => {
  for (const move of [false, undefined]) {
    for (let round = 0; round < 5; round += 1) {
      const table = await pool.run(
        () => {
          globalThis.table ??= Float64Array.from({ length: 1_000 }, (_, n) => n * n);
          return globalThis.table;
        },
        [],
        { move },
      );
      assert.equal(table.length, 1_000);
      assert.equal(table[999], 998_001);
      table.fill(-1);
    }
  }
});

test('with move the buffers of the result leave the isolate', async () => {
  const first = await pool.run(
    () => {
      globalThis.moved = new Uint8Array(1 << 20).fill(3);
      return globalThis.moved;
    },
    [],
    { move: true },
  );
  assert.equal(first.length, 1 << 20);
  assert.equal(first[12_345], 3);
  assert.equal(await pool.run(() => globalThis.moved.length), 0);
});

test('offloop.move moves what it wraps and nothing else, kind and offset kept', async () => {
  const back = await pool.run(() => {
    globalThis.given = new Float64Array(8).map((_, n) => n);
    globalThis.kept = new Uint8Array(4).fill(5);
    return { given: offloop.move(globalThis.given.subarray(2, 4)), kept: globalThis.kept };
  });
  assert.ok(back.given instanceof Float64Array);
  assert.deepEqual([...back.given], [2, 3]);
  assert.deepEqual([...back.kept], [5, 5, 5, 5]);
  assert.deepEqual(await pool.run(() => [globalThis.given.length, globalThis.kept.length]), [0, 4]);
});

test('moved memory outlives the pool it came from', async () => {
  const short = new Pool({ maxThreads: 1 });
  const bytes = await short.run(() => new Uint8Array(4 << 20).fill(7), [], { move: true });
  await short.destroy();
  assert.ok(bytes.every((byte) => byte === 7));
});

test('shared memory made in a task reaches the caller', async () => {
  const shared = await pool.run(() => {
    const cells = new Int32Array(new SharedArrayBuffer(8));
    cells[1] = 11;
    return cells;
  });
  assert.ok(shared.buffer instanceof SharedArrayBuffer);
  assert.equal(shared[1], 11);
});

// ── what cannot be moved ─────────────────────────────────────────────────────────────────────────

test("memory that is not the caller's to give is refused in transferList, and stays", async () => {
  const three = Buffer.from('abc');
  const marked = new ArrayBuffer(8);
  markAsUntransferable(marked);
  for (const buffer of [three.buffer, marked]) {
    const before = buffer.byteLength;
    const error = await rejection(pool.run(echo, [buffer], { transferList: [buffer] }));
    assert.ok(error instanceof OffloopError);
    assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
    assert.match(error.message, /transferList/);
    assert.equal(buffer.byteLength, before);
  }
  assert.equal(three.toString(), 'abc');
});

test('a transfer list of anything but whole, attached ArrayBuffers is refused by index', async () => {
  const detached = new ArrayBuffer(8);
  structuredClone(detached, { transfer: [detached] });
  const twice = new ArrayBuffer(8);
  const memory = new WebAssembly.Memory({ initial: 1 });
  for (const list of [
    [{}],
    [1],
    [null],
    [detached],
    [twice, twice],
    [memory.buffer],
    [new SharedArrayBuffer(8)],
  ]) {
    const fine = new ArrayBuffer(16);
    const error = await rejection(pool.run(echo, [fine], { transferList: [fine, ...list] }));
    assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
    assert.match(error.message, /transferList.*[12]/);
    assert.equal(fine.byteLength, 16, 'nothing is detached by a refused call');
  }
  assert.equal(twice.byteLength, 8);
});

test('an argument that cannot be cloned detaches nothing', async () => {
  const buffer = new ArrayBuffer(8);
  const error = await rejection(pool.run(echo, [{ buffer, f() {} }], { transferList: [buffer] }));
  assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
  assert.equal(buffer.byteLength, 8);
});
