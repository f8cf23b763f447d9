'use strict';

const assert = require('node:assert/strict');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const test = require('node:test');
const vm = require('node:vm');

const { Pool, OffloopError, offload } = require('..');
const fixtures = require('./fixtures/captures.js');
const { rejection } = require('./helpers/until.js');

const pool = new Pool({ name: 'captures', maxThreads: 1 });
test.after(() => pool.close());

async function capturesOf(fn, options) {
  const error = await rejection(pool.run(fn, [], options));
  assert.ok(error instanceof OffloopError, String(error?.stack));
  assert.equal(error.code, 'OFFLOOP_ERR_CLOSURE', error.stack);
  return error;
}

async function namesOf(fn, options) {
  return (await capturesOf(fn, options)).captures.map(({ name, kind }) => `${name}: ${kind}`);
}

// ── what is reported ─────────────────────────────────────────────────────────────────────────────

test('names shadowed at module level are captures, though the runtime has a global of that name', async () => {
  for (const name of ['crypto', 'URL']) {
    const { captures } = await capturesOf(fixtures.shadowed[name]);
    assert.deepEqual(
      captures.map((capture) => capture.name),
      [name],
    );
  }
  // Those that travel are the module's own.
  assert.equal(await pool.run(fixtures.shadowed.Map), 'mine');
  assert.equal(await pool.run(fixtures.shadowed.process), 'mine');
});

test('each kind of capture is named as what it is', async () => {
  assert.deepEqual(await namesOf(fixtures.module), ['table: module', 'counter: module']);
  assert.deepEqual(await namesOf(fixtures.reassigned), ['replaced: function']);
  assert.deepEqual(await namesOf(fixtures.required), ['loaded: require']);
  assert.deepEqual(await namesOf(fixtures.class), ['Local: class']);
  assert.deepEqual(await namesOf(fixtures.write), ['counter: module']);
  assert.deepEqual(await namesOf(fixtures.parameter), ['parameter: parameter']);
  assert.deepEqual(await namesOf(fixtures.local), ['local: local']);
  assert.deepEqual(await namesOf(fixtures.both), ['local: local', 'parameter: parameter']);
  assert.deepEqual(await namesOf(fixtures.args), ['arguments: arguments']);
  assert.deepEqual(await namesOf(fixtures.target), ['new.target: new.target']);
  assert.deepEqual(await namesOf(fixtures.receiver), ['this: this']);
  assert.deepEqual(await namesOf(fixtures.nested), ['local: local']);
  assert.deepEqual(await namesOf(fixtures.deep()), ['block: local']);
  assert.deepEqual(await namesOf(fixtures.superCall), ['super: super']);
  assert.deepEqual((await namesOf(fixtures.privateName)).sort(), [
    '#balance: private',
    'this: this',
  ]);
});

test('the message lists each name with file, line, column and what to do', async () => {
  const { message, captures } = await capturesOf(fixtures.both);
  const file = require.resolve('./fixtures/captures.js');
  assert.match(message, /'both'/);
  for (const { name, line, column } of captures) {
    assert.ok(message.includes(`${name}: `), message);
    assert.ok(message.includes(`${file}:${line}:${column}`), message);
  }
  assert.match(message, /local: .*argument.*context: \{ local \}/);
  const required = await capturesOf(fixtures.required);
  assert.match(required.message, /loaded: required from that code computes.*context: \{ loaded \}/);
  const { message: reasons } = await capturesOf(fixtures.module);
  assert.match(reasons, /table: .*whose object the program may change.*Object\.freeze/);
  assert.match(reasons, /counter: .*declared with let.*declare it with const/);
});

test('a position points at the name itself, counted from 1', async () => {
  const line = 2 + Number(/:(\d+):\d+\)?\n?/.exec(new Error().stack.split('\n')[1])[1]);
  const outside = 1;
  const { captures } = await capturesOf(() => outside);
  const [capture] = captures;
  assert.equal(capture.file, __filename);
  assert.equal(capture.line, line);
  assert.equal(
    capture.column,
    '  const { captures } = await capturesOf(() => outside);'.indexOf('outside') + 1,
  );
});

test('offload reports captures where it is called', () => {
  const outside = 1;
  assert.throws(() => offload(() => outside), { code: 'OFFLOOP_ERR_CLOSURE' });
});

test('a refused closure detaches nothing', async () => {
  const outside = 1;
  const buffer = new ArrayBuffer(4);
  const error = await rejection(
    pool.run((b) => [b, outside], [buffer], { transferList: [buffer] }),
  );
  assert.equal(error.code, 'OFFLOOP_ERR_CLOSURE');
  assert.equal(buffer.byteLength, 4);
});

test('a global that the program defined is a capture; it travels as an argument or in context', async () => {
  globalThis.appConfig = { depth: 3 };
  try {
    assert.deepEqual(await namesOf(() => appConfig.depth), ['appConfig: global']);
    const context = { appConfig: globalThis.appConfig };
    assert.equal(await pool.run(() => appConfig.depth, [], { context }), 3);
    assert.equal(await pool.run(() => typeof appConfig2), 'undefined');
  } finally {
    delete globalThis.appConfig;
  }
});

test('what the isolate has not is left for the run: Node names by a message of their own', async () => {
  const uses = {
    fetch: () => fetch('http://localhost'),
    Blob: () => new Blob(['x']),
    WebSocket: () => new WebSocket('ws://localhost'),
  };
  for (const [name, fn] of Object.entries(uses)) {
    const error = await rejection(pool.run(fn));
    assert.ok(error instanceof ReferenceError, `${name}: ${error.stack}`);
    assert.equal(error.code, 'OFFLOOP_ERR_BUILTIN_UNAVAILABLE', name);
    assert.match(error.message, new RegExp(name));
  }
  const unknown = await rejection(pool.run(() => neverDefinedAnywhere));
  assert.ok(unknown instanceof ReferenceError);
  assert.match(unknown.message, /neverDefinedAnywhere is not defined/);
});

// ── what travels ─────────────────────────────────────────────────────────────────────────────────

test('functions that use only their own names, arguments and the isolate run', async () => {
  assert.equal(await pool.run(fixtures.recursive, [5]), 120);
  assert.equal(await pool.run(fixtures.typeofOnly), 'undefined');
  assert.equal(await pool.run(fixtures.ownShadow, [[1, 2]]), 2);
  assert.equal(await pool.run(fixtures.ownThis), true);
  assert.equal(await pool.run(fixtures.destructured, [{ table: 1, nested: { counter: 2 } }]), 7);
  assert.equal(await pool.run(fixtures.label), 1);
  const all = await pool.run(fixtures.everything);
  assert.deepEqual(all.slice(0, 3), ['function', 2, '{}']);
  assert.equal(all[6], 2);
  assert.equal(all[7], 'x');
  assert.equal(all[11], true);
});

test('strict mode is kept: of a module, a directive, a class, and sloppy stays sloppy', async () => {
  class Strict {
    static check() {
      return (function () {
        return this === undefined;
      })();
    }
  }
  const sloppy = new Function('return (function () { return this === undefined; })()');
  const directive = new Function(
    '"use strict"; return (function () { return this === undefined; })()',
  );
  assert.equal(await pool.run(Strict.check), true);
  assert.equal(await pool.run(directive), true);
  assert.equal(await pool.run(sloppy), false);
});

test('each form of function runs: declaration, arrow, method, computed, static, accessor, async', async () => {
  const key = 'made';
  const object = {
    method(a) {
      return a;
    },
    [`${key}Up`](a) {
      return a;
    },
    async later(a) {
      return a;
    },
    get value() {
      return 'got';
    },
    'not an identifier'(a) {
      return a;
    },
  };
  class Holder {
    static fixed(a) {
      return a;
    }
    member(a) {
      return a;
    }
  }
  function declared(a) {
    return a;
  }
  const forms = [
    declared,
    (a) => a,
    async (a) => a,
    function (a) {
      return a;
    },
    object.method,
    object.madeUp,
    object.later,
    object['not an identifier'],
    Holder.fixed,
    Holder.prototype.member,
    new Function('a', 'return a'),
    (0, eval)('(a) => a'),
    (a, b = a, ...rest) => (rest.length ? b : a),
  ];
  for (const fn of forms) assert.equal(await pool.run(fn, ['x']), 'x', String(fn));
  const getter = Object.getOwnPropertyDescriptor(object, 'value').get;
  assert.equal(await pool.run(getter), 'got');
});

test('a patched toString changes nothing', async () => {
  const fn = () => 'real';
  fn.toString = () => '() => "forged"';
  assert.equal(await pool.run(fn), 'real');
});

test('text that is hard to wrap arrives whole', async () => {
  assert.equal(await pool.run((a /* ) => { */, b = '`${a}`') => a + b /* end */, [1]), '1`${a}`');
  // prettier-ignore
  assert.equal(await pool.run(() => 'a' // }
  ), 'a');
  assert.deepEqual(await pool.run(() => ({ a: 1 })), { a: 1 });
  assert.equal(await pool.run(() => /[)}/]/.test('}') && '\u2028 é 🎈'), '\u2028 é 🎈');
});

test('closures made at one place are one function; others are not mixed up', async () => {
  const made = [1, 2, 3].map(() => (a) => a + 1);
  assert.deepEqual(await Promise.all(made.map((fn) => pool.run(fn, [1]))), [2, 2, 2]);
  const functions = Array.from({ length: 300 }, (_, n) => new Function(`return ${n}`));
  const results = await Promise.all(functions.map((fn) => pool.run(fn)));
  assert.deepEqual(
    results,
    functions.map((_, n) => n),
  );
});

// ── the source, wherever it is ───────────────────────────────────────────────────────────────────

function temporaryModule(t, name, text) {
  const folder = mkdtempSync(join(tmpdir(), 'offloop-source-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

test('a function of another module is judged by the file it stands in', async (t) => {
  const file = temporaryModule(t, 'other.js', 'let Map = 1;\nmodule.exports = () => Map;\n');
  assert.deepEqual(await namesOf(require(file)), ['Map: module']);
});

test('when the file on disk is not what runs, V8 is asked for the source', async (t) => {
  const file = temporaryModule(t, 'changed.js', 'let Map = 1;\nmodule.exports = () => Map;\n');
  const fn = require(file);
  writeFileSync(file, '// rewritten since\n\n\nmodule.exports =    () => Map;\n');
  assert.deepEqual(await namesOf(fn), ['Map: module']);
});

test('a function of a script that no file holds is judged by that script', async () => {
  const fn = vm.runInThisContext('let secretOfTheScript = 1; () => secretOfTheScript', {
    filename: 'virtual-script.js',
  });
  assert.deepEqual(await namesOf(fn), ['secretOfTheScript: module']);
});

test('a function inside new Function is judged by its text', async () => {
  const fn = new Function('const inner = 4; return () => inner;')();
  assert.deepEqual(await namesOf(fn), ['inner: local']);
});

// ── context ──────────────────────────────────────────────────────────────────────────────────────

test('context gives a function values and functions by name', async () => {
  const base = { rate: 3 };
  const scale = (n) => n * base.rate;
  const twice = function twice(n) {
    return scale(scale(n));
  };
  const context = { base, scale, twice };
  const heavy = pool.offload((n) => twice(n) + base.rate, { context });
  assert.deepEqual(
    heavy.captures.map(({ name, kind }) => `${name}: ${kind}`),
    ['base: context', 'scale: context', 'twice: context'],
  );
  assert.ok(Object.isFrozen(heavy.captures));
  assert.equal(await heavy(2), 21);
  assert.equal(await pool.run((n) => scale(n), [5], { context }), 15);
});

test('a context is read once: what changes in it later is not seen', async () => {
  const limits = { most: 1 };
  const context = { limits };
  assert.equal(await pool.run(() => limits.most, [], { context }), 1);
  limits.most = 2;
  assert.equal(await pool.run(() => limits.most, [], { context }), 1);
  assert.equal(await pool.run(() => limits.most, [], { context: { limits } }), 2);
});

test('a context value is made once per isolate and kept between runs', async () => {
  const cache = new Map();
  const context = { cache };
  const count = pool.offload(
    () => {
      cache.set(cache.size, 1);
      return cache.size;
    },
    { context },
  );
  assert.deepEqual([await count(), await count(), await count()], [1, 2, 3]);
  assert.equal(cache.size, 0);
});

test('a context may shadow a global of the isolate', async () => {
  const JSON = { mine: true };
  assert.deepEqual(await pool.run(() => JSON, [], { context: { JSON } }), { mine: true });
  assert.equal(await pool.run(() => globalThis.JSON.stringify({})), '{}');
});

test('a function in context must stand on its own, too', async () => {
  const hidden = 1;
  const leaky = () => hidden;
  const { message, captures } = await capturesOf(() => leaky(), { context: { leaky } });
  assert.equal(captures[0].name, 'hidden');
  assert.match(message, /leaky/);
});

test('a name that is not in the context is still reported', async () => {
  const a = 1;
  const b = 2;
  assert.deepEqual(await namesOf(() => a + b, { context: { a } }), ['b: local']);
});

test('what cannot be in a context is refused by name', async () => {
  const native = await rejection(pool.run(() => 1, [], { context: { max: Math.max } }));
  assert.equal(native.code, 'OFFLOOP_ERR_CLOSURE');
  assert.match(native.message, /max/);
  const uncloneable = await rejection(
    pool.run(() => weak, [], { context: { weak: new WeakMap() } }),
  );
  assert.equal(uncloneable.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
  assert.match(uncloneable.message, /weak/);
  for (const name of ['not-a-name', 'class', '1st', 'a b', '']) {
    const error = await rejection(pool.run(() => 1, [], { context: { [name]: 1 } }));
    assert.equal(error.code, 'OFFLOOP_ERR_INVALID_OPTION');
  }
});

// ── interning ────────────────────────────────────────────────────────────────────────────────────

test('the table of a pool is bounded: the least recently used function is forgotten', () => {
  const { FunctionTable } = require('../lib/function-table.js');
  const known = new Set();
  const table = new FunctionTable(
    {
      define: (id) => {
        known.add(id);
        return null;
      },
      forget: (id) => assert.ok(known.delete(id)),
    },
    4,
  );
  const functions = Array.from({ length: 10 }, (_, n) => new Function(`return ${n}`));
  const first = table.entryFor(functions[0], undefined, undefined);
  table.started(first);
  for (const fn of functions) table.entryFor(fn, undefined, undefined);
  assert.ok(first.live, 'one in use stays');
  assert.ok(known.has(first.id));
  assert.equal(table.size, 4);
  assert.equal(known.size, 4);
  table.ended(first);
  const again = table.entryFor(functions[1], undefined, undefined);
  assert.ok(again.live);
  assert.equal(table.entryFor(functions[1], undefined, undefined), again);
});

test('with more functions in flight than the bound, the table shrinks as they end', () => {
  const { FunctionTable } = require('../lib/function-table.js');
  const known = new Set();
  const table = new FunctionTable(
    {
      define: (id) => {
        known.add(id);
        return null;
      },
      forget: (id) => known.delete(id),
    },
    4,
  );
  const entries = Array.from({ length: 100 }, (_, n) => {
    const entry = table.entryFor(new Function(`return ${n}`), undefined, undefined);
    table.started(entry);
    return entry;
  });
  assert.equal(table.size, 100);
  for (const entry of entries) table.ended(entry);
  assert.equal(table.size, 4);
  assert.equal(known.size, 4);
});
