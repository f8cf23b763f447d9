'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const test = require('node:test');
const { pathToFileURL } = require('node:url');

const { Pool } = require('..');
const { withPool } = require('./helpers/pool.js');
const { rejection } = require('./helpers/until.js');

const folder = join(__dirname, 'fixtures', 'tasks');
const file = (name) => join(folder, name);

// ── load ─────────────────────────────────────────────────────────────────────────────────────────

test('the functions that a CommonJS file exports are offered, and nothing else', () =>
  withPool({}, async (pool) => {
    const loaded = await pool.load(file('counter.cjs'));
    assert.deepEqual(Object.keys(loaded), ['next', 'twice', 'join', 'later', 'where', 'fail']);
    assert.ok(Object.isFrozen(loaded));
    assert.equal(loaded.join.name, 'join');
    assert.deepEqual([loaded.later.length, loaded.join.length], [1, 0]);
    assert.equal(await loaded.later('value'), 'value');
    assert.deepEqual(loaded.next.captures, []);
  }));

test('they run in the file: its variables are theirs and last from call to call', () =>
  withPool({}, async (pool) => {
    const { next, where } = await pool.load(file('counter.cjs'));
    assert.deepEqual([await next(), await next(5), await next()], [1, 6, 7]);
    assert.deepEqual(await where(), [file('counter.cjs'), 'function', 'object']);
    const again = await pool.load(file('counter.cjs'));
    assert.equal(await again.next(), 8);
    assert.equal(await next.with({ fresh: true })(), 1);
    await pool.recycle();
    assert.equal(await next(), 1);
  }));

test('they are called as methods of what exports them', () =>
  withPool({}, async (pool) => {
    const { join: joined, twice } = await pool.load(file('counter.cjs'));
    assert.equal(await joined('a', 'b'), 'a-b');
    assert.equal(await twice('c'), 'c-c');
  }));

test('a function that is all that a file exports is its default, beside its own', () =>
  withPool({}, async (pool) => {
    const loaded = await pool.load(file('single.js'));
    assert.deepEqual(Object.keys(loaded), ['default', 'half']);
    assert.deepEqual(await loaded.default(4), { doubled: 8 });
    assert.equal(await loaded.half(4), 2);
  }));

test('an ECMAScript module is loaded, with what it imports and awaits', () =>
  withPool({}, async (pool) => {
    const loaded = await pool.load(pathToFileURL(file('module.mjs')));
    assert.deepEqual(Object.keys(loaded).sort(), ['default', 'next', 'rescale', 'where']);
    assert.equal(await loaded.default({ width: 2, height: 3 }), 60);
    assert.deepEqual([await loaded.next(), await loaded.next()], [1, 2]);
    assert.equal(await loaded.where(), pathToFileURL(file('module.mjs')).href);
    assert.equal(await loaded.rescale(2, 4), 8);
  }));

test('a TypeScript file is loaded as it is, also where package.json wants CommonJS', () =>
  withPool({}, async (pool) => {
    const { total, default: first } = await pool.load(file('typed.ts'));
    assert.equal(await total([{ id: 1 }, { id: 2 }]), 12);
    assert.deepEqual(await first([{ id: 3 }]), { id: 3 });
  }));

test('an error in a TypeScript file names its line and column there, not in what was compiled of it', () =>
  withPool({}, async (pool) => {
    const lines = readFileSync(file('typed.ts'), 'utf8').split('\n');
    const line = lines.findIndex((text) => text.includes('new RangeError'));
    const { missing } = await pool.load(file('typed.ts'));
    const { stack } = await rejection(missing(3));
    assert.ok(stack.startsWith('RangeError: no row 3\n'), stack);
    const place = `${file('typed.ts')}:${line + 1}:${lines[line].indexOf('new RangeError') + 1}`;
    assert.ok(stack.includes(place), `${place} is not in ${stack}`);
  }));

test('a relative path is one from the working directory, as for a Worker', () =>
  withPool({}, async (pool) => {
    const before = process.cwd;
    process.cwd = () => folder;
    try {
      const loaded = pool.load('./single.js');
      assert.deepEqual(await (await loaded).default(1), { doubled: 2 });
    } finally {
      process.cwd = before;
    }
  }));

test('a file without functions gives an object without any', () =>
  withPool({}, async (pool) => {
    assert.deepEqual(Object.keys(await pool.load(file('values.cjs'))), []);
  }));

test('options hold for loading and for every call, and with() goes over them', () =>
  withPool({}, async (pool) => {
    const controller = new AbortController();
    const options = { name: 'counting', signal: controller.signal };
    const { next, later } = await pool.load(file('counter.cjs'), options);
    assert.equal(await next(), 1);
    controller.abort('enough');
    const error = await rejection(next());
    assert.equal(error.name, 'AbortError');
    assert.equal(error.cause, 'enough');
    assert.equal(await later.with({ signal: undefined })(2), 2);
    assert.equal((await rejection(pool.load(file('counter.cjs'), options))).name, 'AbortError');
  }));

test('what a function throws comes back with its frames in the file, and none of ours', () =>
  withPool({}, async (pool) => {
    const { fail } = await pool.load(file('counter.cjs'));
    const error = await rejection(fail('too far'));
    assert.ok(error instanceof RangeError);
    assert.equal(error.message, 'too far');
    const [, frame] = error.stack.split('\n');
    assert.match(frame, /counter\.cjs:19:9\)?$/);
    assert.ok(!error.stack.includes('offloop:'), error.stack);
  }));

test('what it cannot be is refused, naming argument and option', () =>
  withPool({}, async (pool) => {
    const code = 'OFFLOOP_ERR_INVALID_OPTION';
    for (const wrong of [
      undefined,
      42,
      '',
      'a\0b',
      'https://example.org/a.js',
      new URL('data:text/javascript,1'),
    ]) {
      const error = await rejection(pool.load(wrong));
      assert.equal(error.code, code);
      assert.match(error.message, /argument 'file' must be the path of a file, or its file: URL/);
    }
    const context = await rejection(pool.load(file('single.js'), { context: {} }));
    assert.deepEqual([context.code, context.option], [code, 'context']);
    const unknown = await rejection(pool.load(file('single.js'), { timout: 1 }));
    assert.deepEqual([unknown.code, unknown.option], [code, 'timout']);
    const { half } = await pool.load(file('single.js'));
    assert.throws(() => half.with({ context: {} }), { code, option: 'context' });
  }));

test('a file that is not there rejects with its code and name, and the pool goes on', () =>
  withPool({}, async (pool) => {
    const error = await rejection(pool.load(file('nowhere.js')));
    assert.equal(error.code, 'OFFLOOP_ERR_MODULE_NOT_FOUND');
    assert.match(error.message, /nowhere\.js/);
    const inside = await rejection(pool.load(file('missing.js')));
    assert.equal(inside.code, 'OFFLOOP_ERR_MODULE_NOT_FOUND');
    assert.match(inside.message, /is-not-there\.js/);
    assert.match(inside.message, /missing\.js/);
    assert.equal(await pool.run(() => 'alive'), 'alive');
  }));

test('a file that cannot be parsed rejects with a SyntaxError that names its place', () =>
  withPool({}, async (pool) => {
    const error = await rejection(pool.load(file('broken.js')));
    assert.equal(error.name, 'SyntaxError');
    assert.match(`${error.message}\n${error.stack}`, /broken\.js:4/);
    assert.equal(await pool.run(() => 'alive'), 'alive');
  }));

test('a file that throws while it loads is not kept half loaded: the next try loads it anew', () =>
  withPool({}, async (pool) => {
    const first = await rejection(pool.load(file('throws.js')));
    assert.ok(first instanceof TypeError);
    assert.match(first.message, /^not ready, 1\n +loaded by: [^→]*throws\.js$/);
    assert.match((await rejection(pool.load(file('throws.js')))).message, /^not ready, 2\n/);
    const { loads } = await pool.load(file('throws.js'));
    assert.equal(await loads(), 3);
  }));

test('a closed pool loads nothing', async () => {
  const pool = new Pool({ maxThreads: 1 });
  await pool.close();
  assert.equal((await rejection(pool.load(file('single.js')))).code, 'OFFLOOP_ERR_CLOSED');
});

// ── run(data, { filename, name }) ────────────────────────────────────────────────────────────────

test('run(data, { filename, name }) calls what the file exports, with one argument', () =>
  withPool({}, async (pool) => {
    assert.deepEqual(await pool.run(4, { filename: file('single.js') }), { doubled: 8 });
    assert.equal(await pool.run(4, { filename: file('single.js'), name: 'half' }), 2);
    const module = pathToFileURL(file('module.mjs'));
    assert.equal(await pool.run({ width: 1, height: 2 }, { filename: module }), 20);
    assert.equal(await pool.run(undefined, { filename: module.href, name: 'next' }), 1);
    assert.equal(await pool.run(undefined, { filename: module.href, name: 'next' }), 2);
  }));

test('the pool may name file and export, and a run others', () =>
  withPool({ filename: file('single.js'), name: 'half' }, async (pool) => {
    assert.match(pool.name, /^pool-\d+$/);
    assert.equal(await pool.run(10), 5);
    assert.deepEqual(await pool.run(10, { name: 'default' }), { doubled: 20 });
    assert.equal(await pool.run('x', { filename: file('counter.cjs'), name: 'later' }), 'x');
    assert.equal(await pool.run((n) => n, [7]), 7);
  }));

test('an export that is the promise of a function is awaited', () =>
  withPool({ filename: file('promised.js') }, async (pool) => {
    assert.deepEqual(await Promise.all([pool.run(1), pool.run(2)]), [2, 3]);
  }));

test('other options of a run hold: signal, timeout, transferList', () =>
  withPool({ filename: file('single.js') }, async (pool) => {
    const signal = AbortSignal.abort('no');
    assert.equal((await rejection(pool.run(1, { signal }))).cause, 'no');
    const bytes = new ArrayBuffer(8);
    await pool.run(bytes, { filename: file('counter.cjs'), name: 'later', transferList: [bytes] });
    assert.equal(bytes.byteLength, 0);
    const unknown = await rejection(pool.run(1, { filname: 'x' }));
    assert.deepEqual([unknown.code, unknown.option], ['OFFLOOP_ERR_INVALID_OPTION', 'filname']);
  }));

test('a name that the file does not export rejects, naming file, name and what there is', () =>
  withPool({}, async (pool) => {
    const filename = file('counter.cjs');
    for (const name of ['nothing', 'separator', 'Parser', 'toString', 'default']) {
      const error = await rejection(pool.run(1, { filename, name }));
      assert.deepEqual([error.code, error.option], ['OFFLOOP_ERR_INVALID_OPTION', 'name']);
      assert.ok(error instanceof TypeError);
      assert.match(
        error.message,
        new RegExp(`counter\\.cjs exports no function named "${name}"; it exports next, twice`),
      );
    }
    const none = await rejection(pool.run(1, { filename: file('values.cjs') }));
    assert.match(none.message, /it exports no functions/);
    assert.equal(await pool.run(1, { filename, name: 'next' }), 1);
  }));

test('data without a file is refused as what it is: no function', () =>
  withPool({}, async (pool) => {
    for (const call of [
      () => pool.run(),
      () => pool.run({ rows: 1 }),
      () => pool.run('text', []),
    ]) {
      const error = await rejection(call());
      assert.equal(error.code, 'OFFLOOP_ERR_INVALID_OPTION');
      assert.match(
        error.message,
        /argument 'fn' must be a function, got .*needs option 'filename'/,
      );
    }
  }));

test('a file that cannot be loaded rejects each of its runs and none of the others', () =>
  withPool({ filename: file('nowhere.js') }, async (pool) => {
    const results = await Promise.allSettled([
      pool.run(1),
      pool.run(2, { filename: file('single.js') }),
      pool.run(3),
    ]);
    assert.deepEqual(
      results.map(({ status, reason, value }) => (status === 'rejected' ? reason.code : value)),
      ['OFFLOOP_ERR_MODULE_NOT_FOUND', { doubled: 4 }, 'OFFLOOP_ERR_MODULE_NOT_FOUND'],
    );
    const throwing = await rejection(pool.run(1, { filename: file('throws.js') }));
    assert.match(throwing.message, /^not ready, 1\n/);
  }));

test('a file name of the wrong kind is refused when the pool is made', () => {
  for (const filename of [42, '', {}, 'https://example.org/tasks.js']) {
    assert.throws(() => new Pool({ filename }), {
      code: 'OFFLOOP_ERR_INVALID_OPTION',
      option: 'filename',
    });
  }
  assert.throws(() => new Pool({ filename: file('single.js'), name: 3 }), { option: 'name' });
});
