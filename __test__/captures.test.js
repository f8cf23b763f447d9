'use strict';

const assert = require('node:assert/strict');
const { mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const test = require('node:test');
const { pathToFileURL } = require('node:url');

const { Isolate, Pool, offload } = require('..');
const { rejection } = require('./helpers/until.js');

const pool = new Pool({ name: 'travelling', maxThreads: 1 });
test.after(() => pool.close());

// ── of this module ───────────────────────────────────────────────────────────────────────────────

const LIMIT = 60 * 1000;
const PATTERN = /b(c)/g;
const FROZEN = Object.freeze({ rate: 3 });
let mutable = 1;

const isOdd = (n) => (n === 0 ? false : isEven(n - 1));
function isEven(n) {
  return n === 0 ? true : isOdd(n - 1);
}

class Shape {
  static made = 0;
  constructor() {
    Shape.made += 1;
  }
}

class Point extends Shape {
  static ORIGIN = new Point(0, 0);
  #norm;
  constructor(x, y) {
    super();
    this.#norm = Math.hypot(x, y);
  }
  get norm() {
    return this.#norm;
  }
  fail() {
    throw new Error('of a class');
  }
}

function Animal(name) {
  this.name = name;
}
Animal.prototype.speak = function () {
  return `${this.name} speaks`;
};

function outer(x) {
  return inner(x);
}
/* é 🎈 */ const inner = (x) => {
  throw new TypeError(`inner ${x}`);
};

function usesMutable() {
  return mutable;
}

/** What a function gives on both sides. */
async function same(fn, ...args) {
  const here = await fn(...args);
  assert.deepEqual(await pool.run(fn, args), here);
  return here;
}

function placesIn(error) {
  const frames = error.stack.split('\n').filter((line) => line.includes(__filename));
  return frames.map((line) => /:(\d+:\d+)\)?$/.exec(line)[1]);
}

test('functions, classes and constants of the module travel with what they need', async () => {
  assert.equal(await same((n) => isEven(n), 10), true);
  assert.equal(await same(() => new Point(3, 4).norm + Point.ORIGIN.norm), 5);
  assert.deepEqual(await same(() => [LIMIT, PATTERN.source, FROZEN.rate]), [60_000, 'b(c)', 3]);
  assert.equal(await same(() => new Animal('cat').speak()), 'cat speaks');
  assert.equal(await same(() => [isOdd.name, Point.name, isEven.length].join()), 'isOdd,Point,1');
});

test('stacks of what travels name the same lines and columns as on the main thread', async () => {
  const calls = [(x) => outer(x), outer, (x) => new Point(x, x).fail()];
  for (const call of calls) {
    let here;
    try {
      call(1);
    } catch (error) {
      here = placesIn(error);
    }
    const there = placesIn(await rejection(pool.run(call, [1])));
    const depth = Math.min(2, there.length);
    assert.deepEqual(there.slice(0, depth), here.slice(0, depth), String(call));
  }
});

test('a realm makes each declaration once, for all functions of its module', async () => {
  await pool.run(() => {
    globalThis.firstPoint = new Point(1, 1);
  });
  assert.equal(await pool.run(() => globalThis.firstPoint instanceof Point), true);
  const made = () => Shape.made;
  const before = await pool.run(made);
  await pool.run(() => void new Shape());
  assert.equal(await pool.run(made), before + 1);
  // A fresh realm has its own: the static part has made one.
  assert.equal(
    await pool.run(() => [Point.ORIGIN.norm, Shape.made].join(), [], { fresh: true }),
    '0,1',
  );
});

test('what cannot travel with a function that travels is named with it', async () => {
  const error = await rejection(pool.run(() => usesMutable()));
  assert.equal(error.code, 'OFFLOOP_ERR_CLOSURE');
  const [capture] = error.captures;
  assert.deepEqual([capture.name, capture.reason, capture.by], ['mutable', 'let', 'usesMutable']);
  assert.match(error.message, /mutable: .*used by usesMutable.*declare it with const/);
  mutable = 2;
});

test('captures lists what travels, with its place', () => {
  const heavy = pool.offload((x) => [outer(x), LIMIT]);
  assert.deepEqual(
    heavy.captures.map(({ name, kind, file }) => [name, kind, file]),
    [
      ['inner', 'function', __filename],
      ['outer', 'function', __filename],
      ['LIMIT', 'literal', __filename],
    ],
  );
  assert.ok(heavy.captures.every(({ line, column }) => line > 0 && column > 0));
  assert.ok(Object.isFrozen(heavy.captures));
  assert.deepEqual(pool.offload(() => 1).captures, []);
});

test("captures: 'strict' refuses all that nobody passed, whoever used the function before", async (t) => {
  const fn = () => LIMIT;
  const strict = { captures: 'strict' };
  assert.equal(await pool.run(fn), LIMIT);
  const error = await rejection(pool.run(fn, [], strict));
  assert.equal(error.code, 'OFFLOOP_ERR_CLOSURE');
  assert.match(error.message, /LIMIT: a constant of its module, which captures: 'strict'/);
  assert.throws(() => offload(fn, strict), { code: 'OFFLOOP_ERR_CLOSURE' });
  assert.equal(await pool.run((x) => x + 1, [1], strict), 2);
  assert.equal(await pool.run(() => LIMIT, [], { ...strict, context: { LIMIT: 4 } }), 4);
  const strictPool = new Pool({ maxThreads: 1, ...strict });
  t.after(() => strictPool.close());
  assert.equal((await rejection(strictPool.run(fn))).code, 'OFFLOOP_ERR_CLOSURE');
  assert.equal(await strictPool.run(fn, [], { captures: 'auto' }), LIMIT);
});

test('a context wins over what would travel, also in functions that travel', async () => {
  const context = { mutable: 7 };
  assert.equal(await pool.run(() => usesMutable(), [], { context }), 7);
  assert.equal(await pool.run(() => LIMIT, [], { context: { LIMIT: 1 } }), 1);
});

test('functions in a context and init bring along what they use', async (t) => {
  const even = (n) => isEven(n);
  assert.equal(await pool.run((n) => even(n), [4], { context: { even } }), true);
  const initialised = new Pool({
    maxThreads: 1,
    init: () => {
      globalThis.limit = LIMIT;
    },
  });
  t.after(() => initialised.close());
  assert.equal(await initialised.run(() => globalThis.limit), LIMIT);
});

test('an Isolate gets functions and constants too', async (t) => {
  const isolate = new Isolate();
  t.after(() => isolate.dispose());
  assert.equal(await isolate.run((n) => isEven(n) && new Point(3, 4).norm + LIMIT, [2]), 60_005);
});

// ── of packages ──────────────────────────────────────────────────────────────────────────────────

/** A folder with two packages, and files of its own. */
function project(t, files) {
  const folder = mkdtempSync(join(tmpdir(), 'offloop-captures-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const all = {
    'node_modules/greet/package.json': JSON.stringify({ name: 'greet', main: './main.js' }),
    'node_modules/greet/main.js':
      "exports.hello = (name) => 'hello ' + name;\nexports.nested = { deep: { value: 4 } };\nexports.Greeter = class Greeter {};\n",
    'node_modules/modern/package.json': JSON.stringify({
      name: 'modern',
      type: 'module',
      exports: './main.js',
    }),
    'node_modules/modern/main.js':
      "export default (x) => x * 2;\nexport const named = (x) => x + 1;\nexport const slow = await Promise.resolve('awaited');\n",
    'local.js': 'exports.local = () => __filename;\n',
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return folder;
}

test('imports of each kind are loaded where the function was written', async (t) => {
  const folder = project(t, {
    'app.mjs': `
      import twice, { named as plusOne, slow } from 'modern';
      import * as modern from 'modern';
      import greet from 'greet';
      import { local } from './local.js';
      const { hello } = await import('greet');
      export const all = () =>
        [twice(2), plusOne(1), modern.named(5), slow, greet.hello('you'), hello('all'), local()];
      export const meta = () => [import.meta.url, import.meta.dirname, import.meta.filename];
      export const helper = (x) => through(x);
      const through = (x) => twice(x) + 1;
    `,
  });
  const app = await import(pathToFileURL(join(folder, 'app.mjs')).href);
  await same(app.all);
  assert.equal(await same(app.helper, 3), 7);
  const [url, directory, file] = await pool.run(app.meta);
  assert.equal(url, pathToFileURL(join(folder, 'app.mjs')).href);
  assert.deepEqual([directory, file], [folder, join(folder, 'app.mjs')]);
  assert.deepEqual(
    pool.offload(app.helper).captures.map(({ name, kind, from }) => [name, kind, from]),
    [
      ['through', 'function', undefined],
      ['twice', 'import', 'modern'],
    ],
  );
});

test('required names are loaded through patterns, properties and what the module exports', async (t) => {
  const folder = project(t, {
    'app.js': `
      const greet = require('greet');
      const { hello, nested: { deep } } = require('greet');
      const value = require('greet').nested.deep.value;
      var _greet = _interopRequireDefault(require('greet'));
      function _interopRequireDefault(e) { return e && e.__esModule ? e : { default: e }; }
      exports.COUNT = 3;
      exports.add = add;
      function add(x) { return x + exports.COUNT; }
      class Mine extends greet.Greeter {}
      exports.all = () => [greet.hello('a'), hello('b'), deep.value, value, (0, _greet.default.hello)('c'),
        (0, exports.add)(1), module.exports.COUNT, new Mine() instanceof greet.Greeter, __filename, __dirname,
        require('./local.js').local(), typeof exports.none];
    `,
  });
  const app = require(join(folder, 'app.js'));
  await same(app.all);
});

test('a package that cannot be found rejects, and the isolate goes on', async (t) => {
  const folder = project(t, {
    'app.js': `
      exports.load = () => require('is-not-there');
      exports.works = () => require('greet').hello('again');
    `,
  });
  const app = require(join(folder, 'app.js'));
  const error = await rejection(pool.run(app.load));
  assert.equal(error.code, 'OFFLOOP_ERR_MODULE_NOT_FOUND');
  assert.equal(await pool.run(app.works), 'hello again');
});

test('a class whose making throws is made again by the next task', async () => {
  const error = await rejection(pool.run(() => Picky.value));
  assert.match(error.message, /not yet/);
  await pool.run(() => {
    globalThis.mayBeMade = true;
  });
  assert.equal(await pool.run(() => Picky.value), 'made');
});

globalThis.mayBeMade = true;
class Picky {
  static value = globalThis.mayBeMade ? 'made' : fail();
}
function fail() {
  throw new Error('not yet');
}
