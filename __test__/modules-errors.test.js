'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');

const { Isolate, OffloopError, Pool } = require('..');
const { packageFolder } = require('./helpers/packages.js');
const { rejection, until } = require('./helpers/until.js');

const folder = packageFolder(test, {
  'main.js': '',
  'good.js': "module.exports = 'good';",
  'uses-missing.js': "require('./uses-missing-too.js');",
  'uses-missing-too.js': "require('not-installed');",
  'imports-missing.mjs': "import './imports-missing-too.mjs';",
  'imports-missing-too.mjs': "import 'not-installed';",
  'uses-syntax.js': "exports.before = 1; require('./syntax.js');",
  'syntax.js': 'const a = 1;\nconst b = ;\n',
  'imports-syntax.mjs': "import './syntax.mjs';",
  'syntax.mjs': 'export const a = 1;\nexport const b = ;\n',
  'syntax.ts': 'const a: number = 1;\nconst b: = 2;\n',
  'syntax.json': '{ "a": 1, }',
  'throws.js': `
    globalThis.runs = (globalThis.runs ?? 0) + 1;
    exports.half = true;
    require('./good.js');
    if (globalThis.runs < 3) throw Object.assign(new RangeError('too early'), { runs: globalThis.runs });
    exports.half = false;
  `,
  'throws-deep.js': "require('./throws-always.js');",
  'throws-always.js': "throw new TypeError('always');",
  'throws-code.js': "throw Object.assign(new Error('mine'), { code: 'MY_CODE' });",
  'throws-plain.js': 'throw 42;',
  'throws.mjs': `
    globalThis.moduleRuns = (globalThis.moduleRuns ?? 0) + 1;
    import './counted.mjs';
    export const runs = globalThis.moduleRuns;
    if (runs < 3) throw new RangeError('too early');
  `,
  'counted.mjs': 'globalThis.counted = (globalThis.counted ?? 0) + 1;',
  'imports-throws.mjs': "export * from './throws.mjs';",
  'awaits-throws.mjs': "await null; throw new TypeError('after a while');",
  'imports-throwing.mjs': "import './throws-always.js';",
  'loops.js': 'exports.half = true; globalThis.looping?.(); for (;;);',
  'loops.mjs': 'export const half = true; for (;;);',
  'uses-addon.js': "module.exports = require('./build/addon.node');",
  'build/addon.node': '\x7fELF',
  'node_modules/half/package.json': '{ "name": "half", "main": "./gone.js" }',
  'node_modules/bad-json/package.json': '{ "name": ',
  'node_modules/closed/package.json': '{ "name": "closed", "exports": { "./open": "./open.js" } }',
  'node_modules/closed/open.js': '',
});
const from = folder.path('main.js');
const pool = new Pool({ name: 'module errors', maxThreads: 1 });
test.after(() => pool.close());

const run = (fn, ...args) => pool.run(fn, args, { from });
const requiring = (name) => rejection(run((wanted) => void require(wanted), name));
const importing = (name) => rejection(run((wanted) => import(wanted).then(() => {}), name));

/** The chain of a message, by the last parts of its paths. */
function chainOf(error) {
  const [, chain] = /loaded by: (.*)$/m.exec(error.message) ?? [];
  return chain?.split(' → ').map((path) => path.slice(folder.root.length + 1));
}

async function stillWorks() {
  assert.equal(await run(() => require('./good.js')), 'good');
}

test("a missing package is told with Node's code inside, ours outside, and the chain", async () => {
  const missing = await requiring('./uses-missing.js');
  assert.ok(missing instanceof OffloopError);
  assert.equal(missing.code, 'OFFLOOP_ERR_MODULE_NOT_FOUND');
  assert.match(missing.message, /'not-installed'/);
  assert.deepEqual(chainOf(missing), ['main.js', 'uses-missing.js', 'uses-missing-too.js']);
  assert.equal(missing.cause.code, 'MODULE_NOT_FOUND');
  assert.deepEqual(missing.cause.requireStack, [
    folder.path('uses-missing-too.js'),
    folder.path('uses-missing.js'),
    from,
  ]);
  const imported = await importing('./imports-missing.mjs');
  assert.equal(imported.code, 'OFFLOOP_ERR_MODULE_NOT_FOUND');
  assert.equal(imported.cause.code, 'ERR_MODULE_NOT_FOUND');
  assert.deepEqual(chainOf(imported), [
    'main.js',
    'imports-missing.mjs',
    'imports-missing-too.mjs',
  ]);
  await stillWorks();
});

test('packages that are broken are told by the file at fault', async () => {
  for (const [name, code] of [
    ['half', 'MODULE_NOT_FOUND'],
    ['bad-json', 'ERR_INVALID_PACKAGE_CONFIG'],
    ['closed', 'ERR_PACKAGE_PATH_NOT_EXPORTED'],
    ['closed/other', 'ERR_PACKAGE_PATH_NOT_EXPORTED'],
    ['#none', 'MODULE_NOT_FOUND'],
  ]) {
    const error = await requiring(name);
    assert.equal(error.code, 'OFFLOOP_ERR_MODULE_NOT_FOUND', `${name}: ${error.stack}`);
    assert.equal(error.cause.code, code, name);
    assert.ok(error.message.includes(name), error.message);
  }
  await stillWorks();
});

test('what was missing is found as soon as it is there', async () => {
  const late = folder.path('late.js');
  assert.equal((await requiring('./late.js')).code, 'OFFLOOP_ERR_MODULE_NOT_FOUND');
  folder.write({ 'late.js': 'module.exports = 1;' });
  assert.equal(await run((wanted) => require(wanted), late), 1);
});

test('a syntax error names file, line and column, and the chain; mended, the file is read again', async () => {
  for (const [error, file, chain] of [
    [
      await requiring('./uses-syntax.js'),
      'syntax.js:2:11',
      ['main.js', 'uses-syntax.js', 'syntax.js'],
    ],
    [
      await importing('./imports-syntax.mjs'),
      'syntax.mjs:2:18',
      ['main.js', 'imports-syntax.mjs', 'syntax.mjs'],
    ],
    [await requiring('./syntax.ts'), 'syntax.ts:2:10', ['main.js']],
    [await importing('./syntax.ts'), 'syntax.ts:2:10', ['main.js']],
  ]) {
    assert.ok(error instanceof SyntaxError, String(error?.stack));
    assert.ok(error.message.includes(folder.path(file)), error.message);
    assert.deepEqual(chainOf(error), chain);
  }
  const json = await requiring('./syntax.json');
  assert.ok(json instanceof SyntaxError);
  assert.ok(json.message.startsWith(folder.path('syntax.json')));
  folder.write({ 'syntax.js': 'module.exports = "mended";' });
  assert.equal(await run(() => require('./syntax.js')), 'mended');
  await stillWorks();
});

test('a CommonJS module that throws is not kept, and runs again when it is asked for again', async () => {
  for (const runs of [1, 2]) {
    const error = await requiring('./throws.js');
    assert.ok(error instanceof RangeError);
    assert.equal(error.code, 'OFFLOOP_ERR_MODULE_FAILED');
    assert.equal(error.runs, runs);
    assert.match(error.message, /^too early\n/);
    assert.deepEqual(chainOf(error), ['main.js', 'throws.js']);
    assert.equal(await run(() => require.resolve('./throws.js') in require.cache), false);
  }
  assert.equal(await run(() => require('./throws.js').half), false);
});

test('an ECMAScript module that throws runs again when it is asked for again, what it imports does not', async () => {
  for (const _ of [1, 2]) {
    const error = await importing('./imports-throws.mjs');
    assert.ok(error instanceof RangeError);
    assert.equal(error.code, 'OFFLOOP_ERR_MODULE_FAILED');
    assert.deepEqual(chainOf(error), ['main.js', 'imports-throws.mjs', 'throws.mjs']);
  }
  const after = await run(async () => [
    (await import('./imports-throws.mjs')).runs,
    globalThis.counted,
  ]);
  assert.deepEqual(after, [3, 1]);
  const awaited = await importing('./awaits-throws.mjs');
  assert.equal(awaited.code, 'OFFLOOP_ERR_MODULE_FAILED');
  assert.deepEqual(chainOf(awaited), ['main.js', 'awaits-throws.mjs']);
});

test('what a module throws keeps its class and code; what is no error passes as it is', async () => {
  const deep = await requiring('./throws-deep.js');
  assert.ok(deep instanceof TypeError);
  assert.deepEqual(chainOf(deep), ['main.js', 'throws-deep.js', 'throws-always.js']);
  assert.match(deep.stack, /throws-always\.js:1:7/);
  assert.doesNotMatch(deep.stack, /offloop:loader/);
  assert.equal((await requiring('./throws-code.js')).code, 'MY_CODE');
  assert.equal(await requiring('./throws-plain.js'), 42);
  const mixed = await importing('./imports-throwing.mjs');
  assert.ok(mixed instanceof TypeError);
  assert.equal(mixed.code, 'OFFLOOP_ERR_MODULE_FAILED');
  assert.deepEqual(chainOf(mixed), ['main.js', 'imports-throwing.mjs', 'throws-always.js']);
});

test('a native addon is refused by its file', async () => {
  const error = await requiring('./uses-addon.js');
  assert.equal(error.code, 'OFFLOOP_ERR_NATIVE_ADDON');
  assert.ok(error.message.includes(folder.path('build/addon.node')), error.message);
  assert.match(error.message, /main thread/);
  assert.deepEqual(chainOf(error), ['main.js', 'uses-addon.js']);
  await stillWorks();
});

test('a timeout in the middle of a module drops its context, and the next task loads anew', async () => {
  for (const load of [
    () => void require('./loops.js'),
    () => import('./loops.mjs').then(() => {}),
  ]) {
    const error = await rejection(pool.run(load, [], { from, timeout: 50 }));
    assert.equal(error.code, 'OFFLOOP_ERR_TIMEOUT');
    assert.deepEqual(await run(() => Object.keys(require.cache)), []);
    await stillWorks();
  }
});

test('an abort in the middle of a module does, too', async () => {
  const controller = new AbortController();
  let loading = false;
  const looping = () => {
    loading = true;
  };
  const task = pool.run(
    (file) => {
      globalThis.looping = () => offloop.progress(1);
      require(file);
    },
    ['./loops.js'],
    { from, signal: controller.signal, onProgress: looping },
  );
  await until(() => loading, 'the module to be loading');
  controller.abort();
  assert.equal((await rejection(task)).name, 'AbortError');
  assert.equal(await run(() => typeof globalThis.looping), 'undefined');
  await stillWorks();
});

test('an Isolate that was stopped in the middle of a module keeps its globals, and nothing half loaded', async () => {
  const isolate = new Isolate({ modules: { root: folder.root } });
  try {
    await isolate.evaluate("globalThis.kept = require('./good.js')");
    for (const load of ["require('./loops.js')", "import('./loops.mjs')"]) {
      const error = await rejection(isolate.evaluate(load, { timeout: 50 }));
      assert.equal(error.code, 'OFFLOOP_ERR_TIMEOUT');
      assert.equal(await isolate.evaluate('kept'), 'good');
      const cached = await isolate.evaluate('Object.keys(require.cache)');
      assert.deepEqual(cached, [folder.path('good.js')]);
    }
    folder.write({
      'loops.js': 'exports.whole = true;',
      'loops.mjs': 'export const whole = true;',
    });
    assert.equal(await isolate.evaluate("require('./loops.js').whole"), true);
    assert.equal(await isolate.evaluate("import('./loops.mjs').then((all) => all.whole)"), true);
  } finally {
    await isolate.dispose();
  }
});

test('a failure in one of many tasks fails that one only', async () => {
  const names = ['./good.js', './throws-always.js', 'not-installed', './good.js'];
  const settled = await Promise.allSettled(
    names.map((name) => run((wanted) => require(wanted), name)),
  );
  assert.deepEqual(
    settled.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
  );
});
