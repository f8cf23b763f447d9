'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const test = require('node:test');
const { pathToFileURL } = require('node:url');
const vm = require('node:vm');

const { Isolate } = require('..');
const { packageFolder } = require('./helpers/packages.js');
const { rejection } = require('./helpers/until.js');

const folder = packageFolder(test, {
  'secret.js': "module.exports = 'secret';",
  'secret.json': '{ "secret": true }',
  'node_modules/outer/index.js': "module.exports = 'outer';",
  'root/main.js': "module.exports = [require('inner'), require('./lib/part.js')];",
  'root/lib/part.js': "module.exports = 'part';",
  'root/module.mjs':
    "import inner from 'inner'; export const seen = [inner, import.meta.filename];",
  'root/node_modules/inner/index.js': "module.exports = 'inner';",
  'root/climbs.js': "module.exports = require('../secret.js');",
  'root/absolute.js': '',
  'root/lib/climbs.mjs': "import '../../secret.js';",
  'root/data.json': '{}',
});
folder.link('root/link.js', '../secret.js');
folder.link('root/folder', '..');
folder.link('root/inside.js', './lib/part.js');
folder.link('root/node_modules/linked', '../../node_modules/outer');

async function withIsolate(options, body) {
  const isolate = new Isolate({ modules: { root: folder.path('root') }, ...options });
  try {
    return await body(isolate);
  } finally {
    await isolate.dispose();
  }
}

test('modules of the folder and of its node_modules are there, for functions and for code', () =>
  withIsolate({}, async (isolate) => {
    assert.deepEqual(await isolate.evaluate("require('./main.js')"), ['inner', 'part']);
    assert.deepEqual(await isolate.run(() => require('./main.js')), ['inner', 'part']);
    assert.equal(await isolate.run(() => require('./inside.js')), 'part');
    const seen = await isolate.evaluate("import('./module.mjs').then((all) => all.seen)");
    assert.deepEqual(seen, ['inner', folder.path('root/module.mjs')]);
    const context = await isolate.createContext();
    assert.deepEqual(await context.evaluate("require('./main.js')"), ['inner', 'part']);
  }));

test('a function of a file in the folder resolves from that file', () =>
  withIsolate({}, async (isolate) => {
    const file = folder.path('root/lib/task.js');
    const fn = vm.runInThisContext("(() => [require('./part.js'), require('inner')])", {
      filename: file,
    });
    assert.deepEqual(await isolate.run(fn), ['part', 'inner']);
    const where = await isolate.run(() => require('./part.js'), [], { from: pathToFileURL(file) });
    assert.equal(where, 'part');
  }));

test('neither ..  nor a path, a URL, a link or a package leads out of the folder', () =>
  withIsolate({}, async (isolate) => {
    const secret = folder.path('secret.js');
    const ways = [
      '../secret.js',
      './lib/../../secret.js',
      '../secret.json',
      secret,
      './link.js',
      './folder/secret.js',
      'linked',
      'outer',
      './climbs.js',
      join(folder.path('root'), '..', 'secret.js'),
    ];
    for (const way of ways) {
      const required = await rejection(isolate.run((name) => require(name), [way]));
      assert.equal(required.code, 'OFFLOOP_ERR_MODULE_NOT_FOUND', `${way}: ${required.stack}`);
      assert.doesNotMatch(JSON.stringify([required.message, required.stack]), /'secret'/);
    }
    for (const way of [
      ...ways,
      pathToFileURL(secret).href,
      './lib/climbs.mjs',
      './lib/%2e%2e/%2e%2e/secret.js',
    ]) {
      const imported = await rejection(isolate.evaluate(`import(${JSON.stringify(way)})`));
      assert.equal(imported.code, 'OFFLOOP_ERR_MODULE_NOT_FOUND', `${way}: ${imported.stack}`);
    }
    // Asked for from elsewhere, too.
    const outside = await rejection(
      isolate.run(() => require('./secret.js'), [], { from: secret }),
    );
    assert.equal(outside.code, 'OFFLOOP_ERR_MODULE_NOT_FOUND');
    const paths = await rejection(
      isolate.run((where) => require.resolve('./secret.js', { paths: [where] }), [folder.root]),
    );
    assert.equal(paths.code, 'OFFLOOP_ERR_MODULE_NOT_FOUND');
    assert.deepEqual(await isolate.evaluate("require('./main.js')"), ['inner', 'part']);
  }));

test('a folder whose name begins like the root is not in it', async () => {
  folder.write({ 'root-too/x.js': "module.exports = 'x';" });
  await withIsolate({}, async (isolate) => {
    const error = await rejection(isolate.evaluate("require('../root-too/x.js')"));
    assert.equal(error.code, 'OFFLOOP_ERR_MODULE_NOT_FOUND');
  });
});

test('the folder is where its path led when the isolate was made', async () => {
  folder.link('alias', './root');
  await withIsolate({ modules: { root: pathToFileURL(folder.path('alias')) } }, async (isolate) => {
    assert.deepEqual(await isolate.evaluate("require('./main.js')"), ['inner', 'part']);
    assert.equal(
      await isolate.evaluate("require.resolve('./main.js')"),
      folder.path('root/main.js'),
    );
  });
});

test('code that changes built-ins does not get further', () =>
  withIsolate({}, async (isolate) => {
    await isolate.evaluate(`
      String.prototype.startsWith = () => true;
      Array.prototype.indexOf = () => -1;
      Map.prototype.get = () => undefined;
      Object.prototype.format = 1;
    `);
    const error = await rejection(isolate.evaluate("require('../secret.js')"));
    assert.equal(error.code, 'OFFLOOP_ERR_MODULE_NOT_FOUND');
    assert.deepEqual(await isolate.evaluate("require('./main.js')"), ['inner', 'part']);
  }));

test('without the option there is neither require nor import()', async () => {
  for (const modules of [undefined, false]) {
    await withIsolate({ modules }, async (isolate) => {
      assert.equal(await isolate.evaluate('typeof require'), 'undefined');
      const file = JSON.stringify(folder.path('root/main.js'));
      for (const code of [`import(${file})`, `import('./main.js')`, "import('node:path')"]) {
        const error = await rejection(
          isolate.evaluate(code, { filename: folder.path('root/x.js') }),
        );
        assert.equal(error.code, 'OFFLOOP_ERR_MODULE_NOT_FOUND', error.stack);
      }
    });
  }
});
