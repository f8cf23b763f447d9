'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const path = require('node:path');
const { describe, test } = require('node:test');

const { RUNTIME_GLOBALS } = require('../lib/isolate-options.js');
const { withIsolate } = require('./helpers/isolate');
const { rejection } = require('./helpers/until');

const ROOT = path.dirname(__dirname);
// (module (func (export "f") (result i32) i32.const 42))
const WASM = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 6, 1,
  4, 0, 65, 42, 11,
];

/** What stands in for the source text in `run`, where a function with eval in it could not be linted. */
const EVERY_WAY_TO_MAKE_CODE = [
  "eval('1')",
  "(0, eval)('1')",
  "new Function('return 1')()",
  "Function('return 1')()",
  "(() => {}).constructor('return 1')()",
  "(async () => {}).constructor('return 1')()",
  "(function* () {}).constructor('yield 1')()",
  "Reflect.construct(Function, ['return 1'])()",
];

describe('code from strings', () => {
  test('is off by default, in every way to ask for it, in every context', () =>
    withIsolate({}, async (isolate) => {
      const other = await isolate.createContext();
      for (const context of [undefined, other]) {
        for (const code of EVERY_WAY_TO_MAKE_CODE) {
          const error = await rejection(isolate.evaluate(code, { context }));
          assert.ok(error instanceof EvalError, `${code}: ${error}`);
          assert.match(error.message, /codeGeneration/);
        }
      }
      // Not a string: nothing is compiled.
      assert.equal(await isolate.evaluate('eval(7)'), 7);
      // A realm's own way out of it.
      const reached = await rejection(
        isolate.evaluate("[].constructor.constructor('return globalThis')()"),
      );
      assert.ok(reached instanceof EvalError);
    }));

  test('works with codeGeneration: true', () =>
    withIsolate({ codeGeneration: true }, async (isolate) => {
      for (const code of EVERY_WAY_TO_MAKE_CODE.slice(0, 5)) {
        assert.equal(await isolate.evaluate(code), 1);
      }
    }));

  test('stays off where the process forbids it, whatever the option says', () => {
    const script = `
      const { Isolate, Pool } = require(${JSON.stringify(ROOT)});
      const isolate = new Isolate({ codeGeneration: true });
      const pool = new Pool({ maxThreads: 1 });
      const ask = "eval('1')";
      Promise.allSettled([isolate.evaluate(ask), pool.run(() => (0, eval)('1'))]).then((all) => {
        console.log(all.map(({ reason }) => reason?.name).join());
        return pool.close();
      });`;
    const flags = ['--disallow-code-generation-from-strings', '-e', script];
    assert.equal(
      execFileSync(process.execPath, flags, { encoding: 'utf8' }),
      'EvalError,EvalError\n',
    );
  });
});

describe('shared memory', () => {
  test('is off by default: no globals, none taken, none given', () =>
    withIsolate({}, async (isolate) => {
      const names = '[typeof SharedArrayBuffer, typeof Atomics]';
      assert.deepEqual(await isolate.evaluate(names), ['undefined', 'undefined']);
      const shared = new SharedArrayBuffer(8);
      for (const [attempt, where] of [
        [() => isolate.run((b) => b, [{ deep: [shared] }]), /\[0\]\.deep\[0\] is a SharedArray/],
        [() => isolate.run((b) => b, [new Uint8Array(shared)]), /view over a SharedArrayBuffer/],
        [() => isolate.set('memory', shared), /set\('memory'\) is a SharedArrayBuffer/],
        [() => isolate.run(() => memory, [], { context: { memory: shared } }), /memory/],
        // WebAssembly can still make some, for itself.
        [
          () =>
            isolate.run(
              () => new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer,
            ),
          /SharedArrayBuffer/,
        ],
      ]) {
        const error = await rejection(attempt());
        assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE', String(error));
        assert.match(error.message, where);
        assert.match(error.message, /sharedMemory: false/);
      }
      // Refused, nothing is moved.
      const bytes = new ArrayBuffer(4);
      const refused = isolate.run((a, b) => [a, b], [bytes, shared], { transferList: [bytes] });
      await rejection(refused);
      assert.equal(bytes.byteLength, 4);
      assert.equal(await isolate.evaluate('1'), 1);
    }));

  test('works with sharedMemory: true', () =>
    withIsolate({ sharedMemory: true }, async (isolate) => {
      const counter = new Int32Array(new SharedArrayBuffer(4));
      await isolate.run((view) => Atomics.add(view, 0, 5), [counter]);
      assert.equal(counter[0], 5);
      const made = await isolate.run(() => new SharedArrayBuffer(2));
      assert.ok(made instanceof SharedArrayBuffer);
    }));
});

describe('WebAssembly', () => {
  const bytes = new Uint8Array(WASM);
  const run = async (code) => (await WebAssembly.instantiate(code)).instance.exports.f();

  test('is on by default, without the ways that need a stream', () =>
    withIsolate({}, async (isolate) => {
      assert.equal(await isolate.run(run, [bytes]), 42);
      const streaming =
        '[typeof WebAssembly.compileStreaming, typeof WebAssembly.instantiateStreaming]';
      assert.deepEqual(await isolate.evaluate(streaming), ['undefined', 'undefined']);
      const module = await WebAssembly.compile(bytes);
      const answer = await isolate.run(
        (given) => new WebAssembly.Instance(given).exports.f(),
        [module],
      );
      assert.equal(answer, 42);
    }));

  test('is not there with wasm: false, and modules are refused', () =>
    withIsolate({ wasm: false }, async (isolate) => {
      assert.equal(await isolate.evaluate('typeof WebAssembly'), 'undefined');
      const module = await WebAssembly.compile(bytes);
      const error = await rejection(isolate.run((given) => given, [module]));
      assert.equal(error.code, 'OFFLOOP_ERR_NOT_CLONEABLE');
      assert.match(error.message, /wasm: false/);
    }));
});

describe('clocks', () => {
  const sample = () => {
    const seen = [];
    const end = Date.now() + 20;
    while (Date.now() < end) seen.push(performance.now());
    return { seen, origin: performance.timeOrigin, type: typeof Temporal };
  };

  test('are coarse by default: whole milliseconds, and never backwards', () =>
    withIsolate({}, async (isolate) => {
      const { seen, origin } = await isolate.run(sample);
      assert.ok(seen.length > 100);
      assert.ok(seen.every(Number.isInteger));
      assert.ok(seen.every((now, index) => index === 0 || now >= seen[index - 1]));
      assert.ok(Number.isInteger(origin));
      const odd = await isolate.evaluate(
        '[Date.now(), +new Date(), Date.now() - performance.timeOrigin - performance.now()]',
      );
      assert.ok(odd.every(Number.isInteger), String(odd));
      const fine = await isolate.run(() => {
        if (typeof Temporal === 'undefined') return [];
        const { Now } = Temporal;
        const zone = 'UTC';
        const finer = ({ microsecond, nanosecond }) => microsecond + nanosecond;
        return [
          Number(Now.instant().epochNanoseconds % 1_000_000n),
          Now.instant().epochMilliseconds - Date.now() < -1000 ? 1 : 0,
          finer(Now.zonedDateTimeISO()),
          finer(Now.zonedDateTimeISO(zone)),
          finer(Now.plainDateTimeISO(zone)),
          finer(Now.plainTimeISO()),
          Now.plainDateISO(zone).year === new Date().getUTCFullYear() ? 0 : 1,
        ];
      });
      assert.ok(
        fine.every((part) => part === 0),
        String(fine),
      );
    }));

  test('are as in Node with clock: precise', () =>
    withIsolate({ clock: 'precise' }, async (isolate) => {
      const { seen } = await isolate.run(sample);
      assert.ok(seen.some((now) => !Number.isInteger(now)));
    }));
});

describe('what is around the code', () => {
  test('globals: true, false or a list decides what it has', async () => {
    const ask = `[${RUNTIME_GLOBALS.map((name) => `typeof ${name}`).join()}]`;
    await withIsolate({}, async (isolate) => {
      assert.ok((await isolate.evaluate(ask)).every((type) => type !== 'undefined'));
    });
    await withIsolate({ globals: ['setTimeout', 'atob'] }, async (isolate) => {
      const context = await isolate.createContext();
      for (const place of [isolate, context]) {
        const types = await place.evaluate(ask);
        const there = RUNTIME_GLOBALS.filter((_, index) => types[index] !== 'undefined');
        // V8 has a console of its own, which prints nothing.
        assert.deepEqual(there, ['console', 'setTimeout', 'atob']);
      }
      assert.equal(await isolate.evaluate("atob('aGk=')"), 'hi');
    });
    await withIsolate({ globals: false }, async (isolate) => {
      const types = await isolate.evaluate(ask);
      assert.deepEqual(
        types.filter((type) => type !== 'undefined'),
        ['object'],
      );
      assert.equal(await isolate.evaluate("console.log('to nobody'); 1"), 1);
      const waited = isolate.evaluate('(async () => { await null; return 3 })()');
      assert.equal(await waited, 3);
    });
  });

  test('nothing of Node or of the process is reachable', () =>
    withIsolate({}, async (isolate) => {
      const names = 'process require module Buffer global fetch gc ShadowRealm __dirname navigator';
      for (const name of names.split(' ')) {
        assert.equal(await isolate.evaluate(`typeof ${name}`), 'undefined', name);
      }
      // All that the global object has beyond ECMAScript is what was asked for.
      const own = await isolate.run(() => Object.getOwnPropertyNames(globalThis));
      const vm = require('node:vm').runInNewContext('Object.getOwnPropertyNames(globalThis)');
      const extra = own.filter((name) => !vm.includes(name) && !RUNTIME_GLOBALS.includes(name));
      assert.deepEqual(extra, []);
    }));

  test('gc is not there where the process has it', () => {
    const script = `
      const { Isolate } = require(${JSON.stringify(ROOT)});
      const isolate = new Isolate();
      isolate.evaluate('typeof gc').then(console.log);`;
    const flags = ['--expose-gc', '-e', script];
    assert.equal(execFileSync(process.execPath, flags, { encoding: 'utf8' }), 'undefined\n');
  });

  test('import() is a coded error and reaches nothing', () =>
    withIsolate({}, async (isolate) => {
      for (const code of ["import('node:fs')", "import('./isolate.test.js')", 'import("x" + 1)']) {
        const error = await rejection(isolate.evaluate(code));
        assert.equal(error.code, 'OFFLOOP_ERR_MODULE_NOT_FOUND', code);
      }
    }));

  test('the runtime does not trust the built-ins that code has replaced', () =>
    withIsolate({}, async (isolate) => {
      const stolen = await isolate.run(async () => {
        const seen = [];
        const spy = (name) =>
          function spied(...args) {
            seen.push(name, typeof args[0]);
            return undefined;
          };
        Function.prototype.call = spy('call');
        Function.prototype.bind = spy('bind');
        Object.defineProperty = spy('defineProperty');
        Reflect.apply = spy('apply');
        Map.prototype.set = spy('set');
        Array.prototype.push = spy('push');
        // The first use of each of these.
        console.debug('');
        new TextEncoder().encode('a');
        structuredClone({ a: 1 });
        await new Promise((resolve) => {
          setTimeout(resolve, 1);
        });
        return seen.length;
      });
      assert.equal(stolen, 0);
    }));

  test('code cannot make the caller call what it likes', async (t) => {
    const called = [];
    for (const name of ['log', 'Console', '_stdout', 'constructor', 'hasOwnProperty']) {
      if (typeof console[name] === 'function') {
        t.mock.method(console, name, (...args) => called.push([name, args]));
      }
    }
    await withIsolate({}, async (isolate) => {
      await isolate.run(() => console.log('once'));
    });
    assert.deepEqual(called, [['log', ['once']]]);
  });

  test('console: ignore prints nothing', async (t) => {
    const log = t.mock.method(console, 'log', () => {});
    await withIsolate({ console: 'ignore' }, (isolate) => isolate.evaluate("console.log('a'); 1"));
    assert.equal(log.mock.callCount(), 0);
  });
});
