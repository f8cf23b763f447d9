'use strict';

const assert = require('node:assert/strict');
const { createRequire } = require('node:module');
const test = require('node:test');
const { pathToFileURL } = require('node:url');

const { Pool } = require('..');
const { packageFolder } = require('./helpers/packages.js');
const { rejection } = require('./helpers/until.js');

const folder = packageFolder(test, {
  'main.mjs': '',
  'package.json': '{ "name": "app", "type": "module", "imports": { "#own": "./own.js" } }',
  'own.js': "export const own = import.meta.url; export default 'own';",
  'facts.js': `
    export const { url, filename, dirname } = import.meta;
    export const keys = Object.keys(import.meta);
    export const resolved = [
      import.meta.resolve('./own.js'), import.meta.resolve('#own'), import.meta.resolve('./none/../not-there.js?x'),
    ];
    export const self = this;
    export const strict = (function () { return this === undefined; })();
  `,
  'static.js': `
    import whole, { own } from '#own';
    import * as all from './own.js';
    export { default as again } from './own.js';
    export * from './own.js';
    export const seen = [whole, own === all.own, typeof all, Object.keys(all)];
  `,
  'ping.js':
    "import { pong } from './pong.js'; export const ping = () => ['ping', pong()]; export function late() { return 'late'; }",
  'pong.js':
    "import { late } from './ping.js'; export const pong = () => late(); export const early = typeof late;",
  'await.js':
    "export const value = await new Promise((resolve) => setTimeout(resolve, 5, 'waited'));",
  'on-await.js': "import { value } from './await.js'; export const twice = value + value;",
  'never.js': 'await new Promise(() => {});',
  'query.js':
    'export const { search } = { search: import.meta.url.split("?")[1] }; export const id = {};',
  'data.json': '{ "list": [1, 2] }',
  'json.js': "import data from './data.json' with { type: 'json' }; export { data };",
  'no-type.js': "import data from './data.json';",
  'wrong-type.js': "import own from './own.js' with { type: 'json' };",
  'odd-type.js': "import own from './own.js' with { type: 'css' };",
  'dynamic.js': "export const load = () => import('./own.js');",
  'space in name.js': "export default 'space';",
  'spaced.js': "export { default } from './space%20in%20name.js';",
  'types.ts':
    "import type { Gone } from './not-there';\nimport { own } from './own.js';\nexport const text: string = own satisfies string;\nexport type T = Gone;",
  'old.cjs': `
    const holder = { value: 2 };
    exports.plain = 1;
    Object.defineProperty(exports, 'getter', { enumerable: true, get: function () { return holder.value; } });
    exports['odd name'] = 3;
    if (globalThis.never) exports.never = 4;
    module.exports.default = 'inner';
  `,
  'compiled.cjs': `
    Object.defineProperty(exports, '__esModule', { value: true });
    exports.default = 'compiled default';
    exports.named = 'compiled named';
  `,
  'reexports.cjs': "module.exports = require('./old.cjs');",
  'star.cjs':
    'function __exportStar(m, e) { for (const k in m) e[k] = m[k]; } __exportStar(require("./old.cjs"), exports);',
  'function.cjs': 'module.exports = function named() { return 5; }; module.exports.extra = 6;',
  'uses-old.js': `
    import old, { plain, getter, never } from './old.cjs';
    import * as all from './compiled.cjs';
    import { plain as again } from './reexports.cjs';
    import { getter as starred } from './star.cjs';
    import call, { extra } from './function.cjs';
    export const seen = [old.plain, plain, getter, never, old.default, all.default, all.named, again, starred, call(), extra];
    export const keys = Object.keys(all);
  `,
  'missing-name.js': "import { nothing } from './own.js';",
  'requires-esm.cjs': `
    const own = require('./own.js');
    module.exports = { default: own.default, mark: own.__esModule, again: require('./own.js') === own };
  `,
  'named-only.js': 'export const a = 1;',
  'as-module.js':
    "const api = () => 'api'; export { api as 'module.exports' }; export default 'ignored';",
  'interop.cjs': `
    module.exports = [require('./as-module.js')(), require('./named-only.js').__esModule, { ...require('./named-only.js') }];
  `,
  'requires-await.cjs': "module.exports = require('./on-await.js');",
  'cycle.js': "import cycle from './cycle.cjs'; export default cycle;",
  'cycle.cjs': "module.exports = require('./cycle.js');",
  'cycle-told.js': "import code from './cycle-told.cjs'; export default code;",
  'cycle-told.cjs':
    "try { require('./cycle-told.js'); } catch (error) { module.exports = error.code; }",
  'imports-back.js':
    "export const done = 1; export const later = import('./imports-back.js').then((self) => self.done);",
  'node_modules/dual/package.json':
    '{ "name": "dual", "exports": { "import": "./i.mjs", "require": "./r.cjs" } }',
  'node_modules/dual/i.mjs': "export default 'import';",
  'node_modules/dual/r.cjs': "module.exports = 'require';",
});
const from = folder.path('main.mjs');
const pool = new Pool({ name: 'import', maxThreads: 1 });
test.after(() => pool.close());

const run = (fn, ...args) => pool.run(fn, args, { from });
const url = (name) => pathToFileURL(folder.path(name)).href;
/** What can be cloned of a namespace. */
const load = (name, ...names) =>
  run(
    async (wanted, keys) => {
      const namespace = await import(wanted);
      return Object.fromEntries(keys.map((key) => [key, namespace[key]]));
    },
    name,
    names,
  );

test('import() in a task gives a namespace; a module runs once in a context', async () => {
  const seen = await run(async () => {
    const first = await import('./own.js');
    return [
      first.default,
      Object.keys(first),
      (await import('#own')) === first,
      Object.prototype.toString.call(first),
    ];
  });
  assert.deepEqual(seen, ['own', ['default', 'own'], true, '[object Module]']);
});

test('import.meta is that of the module', async () => {
  const facts = await load(
    './facts.js',
    'url',
    'filename',
    'dirname',
    'keys',
    'resolved',
    'self',
    'strict',
  );
  assert.deepEqual(facts, {
    url: url('facts.js'),
    filename: folder.path('facts.js'),
    dirname: folder.root,
    keys: ['dirname', 'filename', 'resolve', 'url'],
    resolved: [url('own.js'), url('own.js'), `${url('not-there.js')}?x`],
    self: undefined,
    strict: true,
  });
});

test('static imports, names passed on and cycles work', async () => {
  const { seen, again } = await load('./static.js', 'seen', 'again');
  assert.deepEqual(seen, ['own', true, 'object', ['default', 'own']]);
  assert.equal(again, 'own');
  const cycle = await run(async () => {
    const { ping } = await import('./ping.js');
    return [ping(), (await import('./pong.js')).early];
  });
  assert.deepEqual(cycle, [['ping', 'late'], 'function']);
});

test('a graph that awaits is waited for', async () => {
  assert.deepEqual(await load('./on-await.js', 'twice'), { twice: 'waitedwaited' });
  const both = await run(() =>
    Promise.all([import('./await.js'), import('./on-await.js')]).then(([a, b]) => [
      a.value,
      b.twice,
    ]),
  );
  assert.deepEqual(both, ['waited', 'waitedwaited']);
});

test('a top-level await that nothing settles rejects instead of hanging, and the pool goes on', async () => {
  const error = await rejection(load('./never.js'));
  assert.equal(error.code, 'OFFLOOP_ERR_UNSETTLED');
  const late = await rejection(
    pool.run(() => import('./never.js').then(() => setTimeout(() => {}, 1)), [], { from }),
  );
  assert.equal(late.code, 'OFFLOOP_ERR_UNSETTLED');
  assert.deepEqual(await load('./own.js', 'default'), { default: 'own' });
});

test('a query makes another module of the same file', async () => {
  const seen = await run(async () => {
    const [a, b, again] = [
      await import('./query.js?a'),
      await import('./query.js?b'),
      await import('./query.js?a'),
    ];
    return [a.search, b.search, a.id === b.id, a === again];
  });
  assert.deepEqual(seen, ['a', 'b', false, true]);
});

test('JSON needs its type, as in Node, and types are checked', async () => {
  assert.deepEqual(await load('./json.js', 'data'), { data: { list: [1, 2] } });
  assert.deepEqual(
    await run(async () => (await import('./data.json', { with: { type: 'json' } })).default.list),
    [1, 2],
  );
  for (const [file, code] of [
    ['./no-type.js', 'ERR_IMPORT_ATTRIBUTE_MISSING'],
    ['./wrong-type.js', 'ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE'],
    ['./odd-type.js', 'ERR_IMPORT_ATTRIBUTE_UNSUPPORTED'],
  ]) {
    const error = await rejection(load(file));
    assert.ok(error instanceof TypeError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, new RegExp(`loaded by: .*main.mjs.* → .*${file.slice(2)}`));
  }
});

test('import() in a module resolves from that module; escapes of URLs are understood', async () => {
  assert.equal(await run(async () => (await (await import('./dynamic.js')).load()).default), 'own');
  assert.deepEqual(await load('./spaced.js', 'default'), { default: 'space' });
  assert.deepEqual(await load(url('space in name.js'), 'default'), { default: 'space' });
});

test('TypeScript is imported without its types, by its name', async () => {
  assert.deepEqual(await load('./types.ts', 'text'), { text: url('own.js') });
  assert.deepEqual(await load('./types.js', 'text'), { text: url('own.js') });
});

test('what a CommonJS module exports can be imported by name', async () => {
  const { seen, keys } = await load('./uses-old.js', 'seen', 'keys');
  assert.deepEqual(seen, [
    1,
    1,
    2,
    undefined,
    'inner',
    { default: 'compiled default', named: 'compiled named' },
    'compiled named',
    1,
    2,
    5,
    6,
  ]);
  assert.deepEqual(keys, ['__esModule', 'default', 'module.exports', 'named']);
});

test('the names of a CommonJS module are those that Node finds', async () => {
  for (const file of ['old.cjs', 'compiled.cjs', 'reexports.cjs', 'star.cjs', 'function.cjs']) {
    const theirs = Object.keys(await import(url(file))).filter((name) => name !== 'module.exports');
    const ours = await run(async (wanted) => Object.keys(await import(wanted)), `./${file}`);
    assert.deepEqual(
      ours.filter((name) => name !== 'module.exports'),
      theirs,
      file,
    );
    assert.ok(ours.includes('module.exports'));
  }
});

test('an ECMAScript module can be required, as in Node 22', async () => {
  const { exports } = await run(() => ({ exports: require('./requires-esm.cjs') }));
  assert.deepEqual(exports, { default: 'own', mark: true, again: true });
  assert.deepEqual(await run(() => require('./interop.cjs')), ['api', undefined, { a: 1 }]);
});

test('one with a top-level await cannot be required, and can be imported afterwards', async () => {
  const error = await rejection(run(() => require('./requires-await.cjs')));
  assert.equal(error.code, 'OFFLOOP_ERR_MODULE_FAILED');
  assert.equal(error.cause.code, 'ERR_REQUIRE_ASYNC_MODULE');
  assert.match(error.message, /top-level await.*import\(\)/);
  assert.match(error.message, /main\.mjs → .*requires-await\.cjs/);
  assert.deepEqual(await load('./on-await.js', 'twice'), { twice: 'waitedwaited' });
});

test('a module that is being loaded cannot be required: nothing hangs or crashes', async () => {
  const error = await rejection(load('./cycle.js', 'default'));
  assert.equal(error.code, 'OFFLOOP_ERR_MODULE_FAILED', String(error));
  assert.equal(error.cause.code, 'ERR_REQUIRE_CYCLE_MODULE');
  assert.deepEqual(await load('./cycle-told.js', 'default'), {
    default: 'ERR_REQUIRE_CYCLE_MODULE',
  });
  assert.equal(await run(async () => (await import('./imports-back.js')).later), 1);
});

test('each way of asking has its own conditions', async () => {
  assert.deepEqual(await load('dual', 'default'), { default: 'import' });
  assert.equal(await run(() => require('dual')), createRequire(from)('dual'));
});

test('offloop can be imported', async () => {
  assert.deepEqual(
    await run(async () => [
      (await import('offloop')).default === offloop,
      (await import('offloop')).isIsolate,
    ]),
    [true, true],
  );
});

test('code made from text imports from where its maker does', async () => {
  assert.equal(
    await run(async () => (await new Function("return import('./own.js')")()).default),
    'own',
  );
  assert.equal(await run(async () => (await eval("import('./own.js')")).default), 'own');
});

test('a name that is not exported is told with file, line and column', async () => {
  const error = await rejection(load('./missing-name.js'));
  assert.ok(error instanceof SyntaxError);
  assert.match(error.message, /does not provide an export named 'nothing'/);
  assert.match(error.message, /missing-name\.js:1:\d+/);
});

test('what is no module is refused with the chain', async () => {
  for (const [specifier, code] of [
    ['./not-there.js', 'ERR_MODULE_NOT_FOUND'],
    ['not-installed', 'ERR_MODULE_NOT_FOUND'],
    ['#unknown', 'ERR_PACKAGE_IMPORT_NOT_DEFINED'],
    ['dual/private', 'ERR_PACKAGE_PATH_NOT_EXPORTED'],
    ['https://example.org/x.js', 'ERR_UNSUPPORTED_ESM_URL_SCHEME'],
    ['data:text/javascript,1', 'ERR_UNSUPPORTED_ESM_URL_SCHEME'],
    ['file:relative', 'ERR_INVALID_MODULE_SPECIFIER'],
  ]) {
    const error = await rejection(load(specifier));
    assert.equal(error.code, 'OFFLOOP_ERR_MODULE_NOT_FOUND', specifier);
    assert.equal(error.cause.code, code, specifier);
    assert.ok(error.message.includes(specifier), error.message);
    assert.match(error.message, /loaded by: .*main\.mjs/);
  }
});
