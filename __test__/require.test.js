'use strict';

const assert = require('node:assert/strict');
const { createRequire } = require('node:module');
const test = require('node:test');
const { pathToFileURL } = require('node:url');
const vm = require('node:vm');

const { Isolate, Pool, offload, defaultPool } = require('..');
const { packageFolder } = require('./helpers/packages.js');
const { rejection } = require('./helpers/until.js');

const folder = packageFolder(test, {
  'main.js': '',
  'data.json': '\ufeff{ "list": [1, 2] }',
  'broken.json': '{ "list": [1, }',
  'counter.js': 'let count = 0; exports.next = () => ++count;',
  'facts.js': `
    exports.self = this === module.exports && exports === module.exports;
    exports.args = arguments.length;
    exports.sloppy = (function () { return this === globalThis; })();
    exports.filename = __filename;
    exports.dirname = __dirname;
    exports.id = module.id;
    exports.paths = module.paths;
    exports.loadedMeanwhile = module.loaded;
    exports.module = () => module;
  `,
  'replaced.js': 'exports.lost = true; module.exports = function answer() { return 42; };',
  'a.js': `
    exports.done = false;
    const b = require('./b.js');
    exports.seen = b.done;
    exports.done = true;
  `,
  'b.js': `
    exports.done = false;
    const a = require('./a.js');
    exports.seen = a.done;
    exports.done = true;
  `,
  'parent.js': "require('./child.js'); require('./child.js'); exports.module = () => module;",
  'child.js': 'exports.parent = module.parent;',
  'shebang.js': '#!/usr/bin/env node\nmodule.exports = 7;',
  'returns.js': 'exports.early = 1; return; exports.late = 1;',
  'typed.ts':
    'enum Level { Low = 1, High }\nconst twice = (n: number): number => n * 2;\nexport = { high: twice(Level.High) };',
  'lib/index.js': "module.exports = require('../data.json');",
  'lib/sub/deep.js': "module.exports = [require('shared'), require.resolve('shared')];",
  'node_modules/shared/package.json': '{ "name": "shared", "main": "lib/main" }',
  'node_modules/shared/lib/main.js': "module.exports = 'outer';",
  'lib/node_modules/shared/index.js': "module.exports = 'inner';",
  'node_modules/conditions/package.json': JSON.stringify({
    name: 'conditions',
    exports: {
      '.': { import: './import.mjs', require: './require.cjs' },
      './features/*.js': './src/*.js',
      './features/private/*': null,
    },
    imports: { '#internal': './src/internal.js' },
  }),
  'node_modules/conditions/require.cjs':
    "module.exports = ['require', require('#internal'), require('conditions/features/one.js')];",
  'node_modules/conditions/import.mjs': "export default 'import';",
  'node_modules/conditions/src/internal.js': "module.exports = 'internal';",
  'node_modules/conditions/src/one.js': "module.exports = 'one';",
  'node_modules/optional/index.js': `
    try { require('not-installed'); } catch (error) { exports.code = error.code; exports.message = error.message; }
  `,
});
const from = folder.path('main.js');
const nodeRequire = createRequire(from);
const pool = new Pool({ name: 'require', maxThreads: 1 });
test.after(() => pool.close());

/** Runs in a task whose modules come from the folder. */
const run = (fn, ...args) => pool.run(fn, args, { from });

test('an offloaded function requires a package that npm installed', async () => {
  const render = offload((text) => require('marked').parse(text));
  const text = '# Title\n\n* one\n* **two**\n';
  assert.equal(await render(text), require('marked').parse(text));
  await defaultPool().close();
});

test('what Node finds is found: packages by folder, by main, by conditions, by themselves', async () => {
  for (const name of [
    './data',
    './lib',
    './lib/sub/deep',
    'shared',
    'conditions',
    './shebang.js',
  ]) {
    assert.deepEqual(await run((wanted) => require(wanted), name), nodeRequire(name), name);
  }
  assert.deepEqual(await run(() => require('conditions/features/one.js')), 'one');
});

test('a module sees what Node gives it', async () => {
  const facts = await run(() => {
    const { module, ...rest } = require('./facts.js');
    const { loaded, filename, children, exports } = module();
    return {
      ...rest,
      loaded,
      same: filename === rest.filename,
      children: children.length,
      exported: exports.self,
    };
  });
  const { module, ...rest } = nodeRequire('./facts.js');
  assert.deepEqual(facts, {
    ...rest,
    loaded: module().loaded,
    same: true,
    children: 0,
    exported: true,
  });
});

test('exports may be replaced, and a body may return early', async () => {
  assert.equal(await run(() => require('./replaced.js')()), 42);
  assert.equal(await run(() => require('./replaced.js').lost), undefined);
  assert.deepEqual(await run(() => require('./returns.js')), { early: 1 });
});

test('in a cycle a module sees what the other has exported so far', async () => {
  const seen = await run(() => [require('./a.js'), require('./b.js')]);
  assert.deepEqual(seen, [
    { done: true, seen: true },
    { done: true, seen: false },
  ]);
});

test('a module runs once in a context, and again when it is taken out of the cache', async () => {
  const counts = await pool.run(
    () => {
      const { next } = require('./counter.js');
      const again = require('./counter.js').next === next;
      const first = [next(), next()];
      delete require.cache[require.resolve('./counter.js')];
      return { again, first, anew: require('./counter.js').next() };
    },
    [],
    { from, fresh: true },
  );
  assert.deepEqual(counts, { again: true, first: [1, 2], anew: 1 });
});

test('modules stay loaded from task to task, and a fresh run has its own', async () => {
  const next = () => require('./counter.js').next();
  const first = await run(next);
  assert.equal(await run(next), first + 1);
  assert.equal(await pool.run(next, [], { from, fresh: true }), 1);
  assert.equal(await run(next), first + 2);
});

test('modules know who required them, and whom they require', async () => {
  const family = await run(() => {
    const parent = require('./parent.js').module();
    return {
      children: parent.children.map(({ filename }) => filename),
      isParent: require('./child.js').parent === parent,
    };
  });
  assert.deepEqual(family, { children: [folder.path('child.js')], isParent: true });
});

test('require.resolve answers with paths, from other folders too', async () => {
  const inner = folder.path('lib/sub');
  const asked = await run(
    (where) => [
      require.resolve('./lib'),
      require.resolve('shared'),
      require.resolve('shared', { paths: [where] }),
      require.resolve.paths('shared'),
      require.resolve.paths('./x'),
      require.main,
      'extensions' in require,
    ],
    inner,
  );
  assert.deepEqual(asked, [
    folder.path('lib/index.js'),
    folder.path('node_modules/shared/lib/main.js'),
    nodeRequire.resolve('shared', { paths: [inner] }),
    // Node adds the folders of NODE_PATH and of the user's home.
    nodeRequire.resolve.paths('shared').slice(0, asked[3].length),
    nodeRequire.resolve.paths('./x'),
    undefined,
    false,
  ]);
});

test('a function of a CommonJS file has its require, module, exports, __filename and __dirname', async () => {
  const seen = await pool.run(() => [
    __filename,
    __dirname,
    typeof module.require,
    exports === module.exports,
    typeof require('./fixtures/modules/counter.js').next,
  ]);
  assert.deepEqual(seen, [__filename, __dirname, 'function', true, 'function']);
});

test('a name of the function itself, of its context or of its module goes before', async () => {
  const { shadowed } = vm.runInThisContext(`({ shadowed: (require) => require + 1 })`, {
    filename: from,
  });
  assert.equal(await pool.run(shadowed, [1]), 2);
  const context = { require: (name) => `own ${name}` };
  assert.equal(await pool.run(() => require('x'), [], { context }), 'own x');
});

test('names that context gives and modules go together', async () => {
  // A function of a context resolves from its own file.
  const context = { times: 3, load: () => typeof require('./fixtures/modules/counter.js').next };
  const task = () => [times, load(), require('./data.json').list];
  assert.deepEqual(await pool.run(task, [], { from, context }), [3, 'function', [1, 2]]);
});

test('modules resolve from the file of the function, or from where the option says', async () => {
  const evaluated = vm.runInThisContext(`(() => require('./data.json').list)`, { filename: from });
  assert.deepEqual(await pool.run(evaluated), [1, 2]);
  // No file holds it: its caller's does.
  const nameless = vm.runInThisContext(`(() => typeof require('./fixtures/modules/counter.js'))`, {
    filename: 'nameless',
  });
  assert.equal(await pool.run(nameless), 'object');
  for (const where of [from, pathToFileURL(from), pathToFileURL(from).href]) {
    assert.deepEqual(
      await pool.run(() => require('./data.json').list, [], { from: where }),
      [1, 2],
    );
  }
  for (const where of [7, 'relative.js', 'https://example.org/x.js', '']) {
    const error = await rejection(pool.run(() => 1, [], { from: where }));
    assert.equal(error.code, 'OFFLOOP_ERR_INVALID_OPTION');
    assert.match(error.message, /'from'/);
  }
});

test('offloop itself can be required, and is what the global of that name is', async () => {
  assert.deepEqual(
    await run(() => [require('offloop') === offloop, require('offloop').isIsolate]),
    [true, true],
  );
});

test('TypeScript is required without its types', async () => {
  assert.deepEqual(await run(() => require('./typed')), { high: 4 });
});

test('a package may look whether another is there', async () => {
  const { code, message } = await run(() => require('optional'));
  assert.equal(code, 'MODULE_NOT_FOUND');
  assert.match(message, /^Cannot find module 'not-installed'\nRequire stack:\n- /);
});

test('what is no specifier is refused as in Node', async () => {
  for (const specifier of [undefined, null, 7, '']) {
    const ours = await run((wanted) => {
      try {
        return require(wanted);
      } catch ({ name, code }) {
        return { name, code };
      }
    }, specifier);
    let theirs;
    try {
      nodeRequire(specifier);
    } catch ({ name, code }) {
      theirs = { name, code };
    }
    assert.deepEqual(ours, theirs, String(specifier));
  }
});

test('init and its tasks share their modules', async () => {
  const own = new Pool({
    maxThreads: 1,
    init: () => void require('./fixtures/modules/counter.js').next(),
  });
  try {
    assert.equal(await own.run(() => require('./fixtures/modules/counter.js').next()), 2);
  } finally {
    await own.close();
  }
});

test('an Isolate has no modules unless it was given a folder', async () => {
  const isolate = new Isolate();
  try {
    for (const ask of [() => require('marked'), () => import('marked')]) {
      const error = await rejection(isolate.run(ask));
      assert.equal(error.code, 'OFFLOOP_ERR_MODULE_NOT_FOUND', String(error));
      assert.match(error.message, /modules: \{ root \}/);
    }
    const evaluated = await rejection(isolate.evaluate("import('marked')"));
    assert.match(evaluated.message, /modules: \{ root \}/);
    assert.equal(await isolate.evaluate('typeof require'), 'undefined');
  } finally {
    await isolate.dispose();
  }
});
