'use strict';

// Compares what the runtime of a task makes with Node's own globals.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const { builtinModules } = require('node:module');
const path = require('node:path');
const { describe, it } = require('node:test');
const vm = require('node:vm');

const {
  Bridge,
  OPS,
  inBoth,
  lazyGlobals,
  node,
  prelude,
  runtime,
  sameOutcomes,
} = require('./helpers/runtime.js');

describe('the prelude', () => {
  it('makes exactly the names that the bridge installs', () => {
    const { made } = new Bridge();
    const others = ['hooks', 'require', 'intrinsics', 'native', 'onReset'];
    assert.deepEqual(Object.keys(made).sort(), [...lazyGlobals, ...others].sort());
    for (const name of lazyGlobals) assert.equal(made[name], made[name], name);
  });

  it('names its functions as Node does', () => {
    const { made } = new Bridge();
    for (const name of lazyGlobals) {
      if (typeof globalThis[name] !== 'function') continue;
      assert.equal(made[name].name, name);
      if (node >= 22) assert.equal(made[name].length, globalThis[name].length, name);
    }
    for (const name of Object.keys(console)) {
      if (['Console', 'context', 'createTask'].includes(name)) continue;
      assert.equal(made.console[name].name, name);
    }
  });

  it('touches nothing that a task can change once it is made', async () => {
    const bridge = new Bridge();
    bridge.run(`
      const shared = new SharedArrayBuffer(2);
      const log = [];
      const nested = [new Map([[1, () => {}]]), new Set([() => {}]), Promise.resolve(), new Error('x')];
      const { clear } = console;
      const { apply, defineProperty, getOwnPropertyDescriptor, ownKeys } = Reflect;
      const { captureStackTrace } = Error;
      const text = Function.prototype.call.bind(Symbol.prototype.toString);
      const targets = [Object, Function, Array, String, Number, Symbol, BigInt, Boolean, Map, Set, WeakMap, Promise,
        Error, TypeError, RangeError, ArrayBuffer, SharedArrayBuffer, DataView, Uint8Array,
        Object.getPrototypeOf(Uint8Array), JSON, Reflect];
      for (let t = 0; t < targets.length * 2; t++) {
        const object = t < targets.length ? targets[t] : targets[t - targets.length].prototype;
        const keys = object === undefined ? [] : ownKeys(object);
        for (let k = 0; k < keys.length; k++) {
          const key = keys[k];
          const property = getOwnPropertyDescriptor(object, key);
          if (!property.configurable || key === 'stackTraceLimit') continue;
          defineProperty(object, key, { __proto__: null, configurable: true, get() {
            const where = { __proto__: null };
            captureStackTrace(where);
            log[log.length] = [typeof key === 'symbol' ? text(key) : key, where.stack];
            return property.get === undefined ? property.value : apply(property.get, this, []);
          } });
        }
      }
      Map = Set = WeakMap = Uint8Array = Reflect = JSON = Symbol = Error = TypeError = Promise = undefined;
    `);
    const failed = bridge.hooks.wasm.compile(new Uint8Array());
    Reflect.apply(Promise.prototype.then, failed, [undefined, () => {}]);
    bridge.run(`
      console.log('plain', { a: 1 }, () => {});
      console.log({ f() {}, m: 5n });
      console.log(nested);
      console.trace('here');
      console.time();
      console.timeEnd();
      console.count();
      console.assert(false, 'no');
      console.group('g');
      console.table([1]);
      const t = setTimeout(() => {}, 1, 2);
      clearTimeout(t);
      clearTimeout(setInterval(() => {}, 5));
      setTimeout(() => console.info('timer'), 5);
      setImmediate(() => console.info('immediate'));
      queueMicrotask(() => {});
      try { setTimeout('x'); } catch (error) { console.info(error.code); }
      try { atob('!'); } catch (error) { console.info(error.name); }
      structuredClone(1, {});
      console.info(btoa('a') + atob('YQ=='));
      const decoder = new TextDecoder();
      console.info(decoder.decode(new TextEncoder().encode('é').buffer, { stream: true }) + decoder.decode());
      decoder.decode(shared);
      performance.now();
    `);
    await bridge.drain();
    bridge.hooks.reset();
    const touched = structuredClone(bridge.run('log'))
      .map(([key, stack]) => `${key} ${stack.split('\n')[2]}`)
      .filter((touch) => touch.includes('offloop:runtime'));
    // `await` reads a promise's constructor.
    assert.equal(touched.length, 1, touched.join('\n'));
    assert.match(touched[0], /^constructor +at counted /);
    assert.deepEqual(bridge.uncaught, []);
    const infos = bridge.emitted.filter(([method]) => method === 'info').map(([, [text]]) => text);
    assert.deepEqual(infos, [
      'ERR_INVALID_ARG_TYPE',
      'InvalidCharacterError',
      'YQ==a',
      'é',
      'immediate',
      'timer',
    ]);
    assert.deepEqual(bridge.emitted[1][1], [{ f: '[Function: f]', m: 5n }]);
  });

  it('is made whole when Object.prototype was polluted before', () => {
    const keys = ['get', 'set', 'value', 'writable', 'enumerable', 'configurable', 'reset', 'x'];
    const bridge = new Bridge({
      before: keys.map((key) => `Object.prototype.${key} = 'polluted';`).join(''),
    });
    for (const name of lazyGlobals) assert.notEqual(bridge.made[name], undefined, name);
    bridge.run("console.log({ f() {} }); console.trace(); new TextDecoder().decode(); atob('YQ');");
    assert.throws(() => bridge.run('setTimeout()'), { code: 'ERR_INVALID_ARG_TYPE' });
    bridge.hooks.reset();
    assert.deepEqual(bridge.emitted[0], ['log', [{ f: '[Function: f]' }]]);
  });
});

describe('timers of a task', () => {
  // Each step waits for the one before, so that the order does not depend on how busy the machine is.
  const scenario = `(log, done) => {
    const steps = [
      (next) => {
        let count = 0;
        const timer = setTimeout(function (...args) {
          log('fires', ++count, this === timer, args.join(), timer.hasRef());
          log(timer.refresh() === timer);
          if (count < 2) return;
          log(clearTimeout(timer), timer.hasRef(), timer.refresh() === timer);
          setTimeout(next, 20);
        }, 1, 'a', 'b');
        log(timer.hasRef(), timer.unref() === timer, timer.hasRef(), timer.ref() === timer);
      },
      (next) => {
        let count = 0;
        const interval = setInterval(function (x) {
          log('interval', this === interval, x, ++count);
          if (count === 3) { clearInterval(interval); setTimeout(next, 20); }
        }, 1, 'x');
      },
      (next) => {
        const timers = [0, 1, 2, 3, 4, 5].map((i) => setTimeout(() => log('must not fire', i), 1));
        clearTimeout(+timers[0]);
        clearTimeout(String(+timers[1]));
        clearInterval(timers[2]);
        log(timers[3].close() === timers[3]);
        clearTimeout(timers[4]);
        clearTimeout(timers[4]);
        const nonsense = [undefined, null, NaN, -1, 'x', '', {}, [], () => {}, Symbol('s'), 1n, true];
        for (const value of nonsense) {
          log(clearTimeout(value), clearInterval(value), clearImmediate(value));
        }
        log(timers[5][Symbol.dispose]());
        log(typeof +timers[0], String(timers[0]) === String(+timers[0]));
        setTimeout(next, 20);
      },
      (next) => {
        const immediate = setImmediate(function (...args) {
          log('immediate', this === immediate, args.join(), immediate.hasRef());
          const cleared = setImmediate(() => log('must not fire'));
          log(cleared.unref() === cleared, cleared.hasRef(), cleared.ref().hasRef());
          clearImmediate(cleared);
          log(cleared.hasRef(), cleared.ref() === cleared, cleared.hasRef(), Number.isNaN(+cleared));
          clearTimeout(setImmediate(() => setTimeout(next, 20)));
        }, 1, 2);
        log(immediate.hasRef());
      },
      (next) => {
        clearImmediate(setTimeout(() => next(), 1));
      },
      (next) => {
        setTimeout(() => { log('timer'); queueMicrotask(() => log('microtask')); }, 1);
        setTimeout(() => { log('later timer'); next(); }, 30);
      },
    ];
    const run = (index) => (index === steps.length ? done() : steps[index](() => run(index + 1)));
    run(0);
  }`;

  it(
    'do what Node 24 does',
    { skip: node < 24 && 'Node 20 and 22 differ in clearImmediate' },
    async () => {
      const { node: inNode, task, bridge } = inBoth(scenario);
      const expected = [];
      await new Promise((done) => inNode((...entry) => expected.push(entry), done));
      const found = [];
      let finished = false;
      task(
        (...entry) => found.push([...entry]),
        () => (finished = true),
      );
      await bridge.drain();
      assert.equal(finished, true);
      assert.deepEqual(bridge.uncaught, []);
      assert.deepEqual(found, expected);
      assert.equal(found.flat().includes('must not fire'), false);
      assert.ok(found.length > 25, `${found.length}`);
    },
  );

  it('refuse what Node refuses, with the same words', () => {
    const callbacks = [
      'undefined, null, 0, -0, 1.5, NaN, "x", "it\'s", "a\'\\"b", `\'"\\``, "a".repeat(28), "a".repeat(29), true, 10n',
      'Symbol("s"), {}, [], Object.create(null), new Map(), new (class Foo {})(), /x/',
    ].join();
    for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']) {
      for (let index = 0; index < 21; index++) sameOutcomes([`${name}([${callbacks}][${index}])`]);
    }
    sameOutcomes(['setTimeout(() => {}, 1n)', 'setTimeout(() => {}, Symbol())']);
  });

  it('point at the task where they refuse', () => {
    const { stack } = new Bridge().run('try { setTimeout(1); } catch (error) { error }');
    assert.match(
      stack,
      /^TypeError \[ERR_INVALID_ARG_TYPE\]: .*\n.*at setTimeout .*\n.*task\.js:1:7/,
    );
  });

  it('take delays as Node does', () => {
    const bridge = new Bridge();
    bridge.run(`
      for (const after of [undefined, null, NaN, -5, 0, 0.5, 1, 1.9, '20', 2 ** 31 - 1, 2 ** 31, Infinity, {}, true]) {
        setTimeout(() => {}, after);
      }
      setInterval(() => {}, 7);
      setImmediate(() => {});
    `);
    const delays = [...bridge.timers.values()].map(({ ms, repeat, ref }) => [ms, repeat, ref]);
    const longest = 2 ** 31 - 1;
    const expected = [1, 1, 1, 1, 1, 1, 1, 1, 20, longest, 1, 1, 1, 1].map((ms) => [
      ms,
      false,
      true,
    ]);
    assert.deepEqual(delays, [...expected, [7, true, true], [0, false, true]]);
  });

  it('keep the bridge informed', async () => {
    const bridge = new Bridge();
    bridge.run(`
      globalThis.once = setTimeout(() => {}, 10).unref();
      globalThis.again = setInterval(() => {}, 10);
      once.unref();
      again.unref().ref();
    `);
    assert.deepEqual(
      [...bridge.timers].map(([id, { ref }]) => [id, ref]),
      [
        [1, false],
        [2, true],
      ],
    );
    bridge.clock = 5;
    bridge.run('once.refresh(); clearInterval(again); again.ref().refresh();');
    assert.deepEqual(
      [...bridge.timers].map(([id, { due }]) => [id, due]),
      [[1, 15]],
    );
    await bridge.drain();
    assert.equal(bridge.timers.size, 1);
  });

  it('report what a callback throws and go on', async () => {
    const bridge = new Bridge();
    bridge.run(`
      globalThis.fired = 0;
      setTimeout(() => { throw new Error('one'); }, 1);
      const interval = setInterval(() => { if (++fired === 2) clearInterval(interval); throw fired; }, 2);
    `);
    await bridge.drain();
    assert.equal(bridge.uncaught[0].message, 'one');
    assert.deepEqual(bridge.uncaught.slice(1), [1, 2]);
    assert.equal(bridge.timers.size, 0);
  });

  it('end with their task', async () => {
    const bridge = new Bridge();
    bridge.run(`
      globalThis.fired = [];
      globalThis.old = setTimeout(() => fired.push('old'), 1);
      globalThis.id = +old;
      globalThis.oldImmediate = setImmediate(() => fired.push('old immediate'));
    `);
    const ids = [...bridge.timers.keys()];
    bridge.timers.clear();
    bridge.hooks.reset();
    for (const id of ids) bridge.hooks.fire(id);
    bridge.run(`
      old.refresh();
      old.unref().ref();
      oldImmediate.unref();
      setTimeout(() => fired.push('new'), 1);
      clearTimeout(id);
      clearTimeout(old);
      clearImmediate(oldImmediate);
    `);
    assert.equal(bridge.timers.size, 1);
    await bridge.drain();
    assert.deepEqual(structuredClone(bridge.run('fired')), ['new']);
  });
});

describe('queueMicrotask and performance in a task', () => {
  it('call back without arguments, before the next timer', async () => {
    const bridge = new Bridge();
    bridge.run(`
      globalThis.order = [];
      setImmediate(() => order.push('immediate'));
      queueMicrotask(function () { 'use strict'; order.push(this === undefined, arguments.length); });
      order.push('first');
    `);
    await bridge.drain();
    assert.deepEqual(structuredClone(bridge.run('order')), ['first', true, 0, 'immediate']);
  });

  it('tell the time of the isolate', () => {
    const bridge = new Bridge();
    bridge.clock = 12.5;
    const read =
      '[performance.now(), performance.timeOrigin, JSON.stringify(performance), `${performance}`]';
    assert.deepEqual(structuredClone(bridge.run(read)), [
      12.5,
      1_700_000_000_000,
      '{"timeOrigin":1700000000000}',
      '[object Performance]',
    ]);
  });
});

describe('offloop in a task', () => {
  it('knows where it is and marks what is to be moved', () => {
    const bridge = new Bridge();
    const moved = [];
    bridge.native.move = (value) => {
      moved.push(value);
      return value;
    };
    const values = bridge.run(
      '[new ArrayBuffer(1), new Uint16Array(2), new DataView(new ArrayBuffer(3))].map((value) => offloop.move(value))',
    );
    assert.equal(moved.length, 3);
    moved.forEach((value, index) => assert.equal(values[index], value));
    assert.equal(bridge.run('offloop.isIsolate'), true);
    for (const value of ['', '1', '{}', '[]', 'new SharedArrayBuffer(1)']) {
      assert.throws(() => bridge.run(`offloop.move(${value})`), {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE',
        message: /^The "value" argument must be an ArrayBuffer or a view on one\. Received /,
      });
    }
    assert.throws(() => bridge.run('offloop.move(new Uint8Array(new SharedArrayBuffer(1)))'));
    assert.equal(moved.length, 3);
  });
});

describe('structuredClone in a task', () => {
  it(
    'takes and refuses what Node does',
    { skip: node < 24 && 'the words and some checks are Node 24’s' },
    () => {
      // Node's own sentence for a missing argument is garbled.
      assert.throws(() => new Bridge().run('structuredClone()'), { code: 'ERR_MISSING_ARGS' });
      sameOutcomes([
        'structuredClone(undefined)',
        'structuredClone({ a: [1, new Map([[1, new Date(0)]])] }, null)',
        'structuredClone(() => {})',
        'structuredClone({ a: Symbol("q") })',
        'structuredClone({ get a() { throw new RangeError("mine"); } })',
        'structuredClone(1, 1)',
        'structuredClone(1, "x")',
        'structuredClone(1, () => {})',
        'structuredClone(1, { transfer: null })',
        'structuredClone(1, { transfer: 1 })',
        'structuredClone(1, { transfer: "ab" })',
        'structuredClone(1, { transfer: {} })',
        'structuredClone(1, { transfer: [{}] })',
        'structuredClone(1, { transfer: [1] })',
        'structuredClone(1, { transfer: [new SharedArrayBuffer(1)] })',
        'structuredClone(1, { transfer: [new Uint8Array(1)] })',
        'structuredClone(1, { get transfer() { throw new RangeError("mine"); } })',
        '(() => { const b = new ArrayBuffer(1); return structuredClone(b, { transfer: [b, b] }); })()',
        '(() => { const b = new ArrayBuffer(1); structuredClone(b, { transfer: [b] }); return structuredClone(1, { transfer: [b] }); })()',
        '(() => { const b = new ArrayBuffer(1); structuredClone(b, { transfer: [b] }); return structuredClone(b); })()',
        '(() => { const b = new ArrayBuffer(8); const c = structuredClone({ b }, { transfer: new Set([b]) }); return [b.byteLength, c.b.byteLength]; })()',
        '(() => { const b = new ArrayBuffer(0); return structuredClone(b, { transfer: [b] }).byteLength; })()',
      ]);
    },
  );

  it('hands the bridge a transfer list that is in order, or nothing', () => {
    const bridge = new Bridge();
    const lists = [];
    bridge.native.clone = (value, transfer) => lists.push(transfer.length);
    bridge.context.detached = structuredClone(new ArrayBuffer(0));
    structuredClone(bridge.context.detached, { transfer: [bridge.context.detached] });
    bridge.run('const buffer = new ArrayBuffer(1);');
    for (const list of ['[buffer, buffer]', '[detached]', '[buffer, {}]', '[buffer, 1]', '1']) {
      assert.throws(() => bridge.run(`structuredClone(1, { transfer: ${list} })`), list);
    }
    assert.deepEqual(lists, []);
    bridge.run('structuredClone(1, { transfer: new Set([buffer, new ArrayBuffer(0)]) });');
    bridge.run('structuredClone(1);');
    assert.deepEqual(lists, [2, 0]);
  });

  it('throws an error that tells its kind also after it has travelled', () => {
    const error = new Bridge().run('try { structuredClone(() => {}); } catch (error) { error }');
    assert.equal(error.name, 'DataCloneError');
    assert.deepEqual(Object.entries(error), [['code', 25]]);
    assert.match(
      error.stack,
      /^DataCloneError: \(\) => \{\} could not be cloned\.\n(?!.*offloop:runtime.*refuse)/,
    );
    assert.equal(error.constructor.name, 'DOMException');
  });
});

describe('TextEncoder and TextDecoder in a task', () => {
  it('have the shape of Node’s', () => {
    const { made } = new Bridge();
    for (const name of ['TextEncoder', 'TextDecoder']) {
      const members = (Class) =>
        Reflect.ownKeys(Class.prototype)
          .filter((key) => key !== Symbol.for('nodejs.util.inspect.custom'))
          .map((key) => [
            key,
            Object.entries(Object.getOwnPropertyDescriptor(Class.prototype, key)).map(
              ([k, value]) => (typeof value === 'function' ? [k, value.name] : [k, value]),
            ),
          ])
          .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
      assert.deepEqual(members(made[name]), members(globalThis[name]));
    }
  });

  it('encode as Node does', () => {
    sameOutcomes([
      'new TextEncoder().encoding',
      '[...new TextEncoder().encode()]',
      '[...new TextEncoder().encode(undefined)]',
      '[...new TextEncoder().encode(null)]',
      '[...new TextEncoder().encode("grüß €😀 \\ud800a")]',
      'new TextEncoder().encode(Symbol())',
      '(() => { const b = new Uint8Array(3); return [new TextEncoder().encodeInto("a€b", b), b]; })()',
      '(() => { const b = new Uint8Array(9); return [new TextEncoder().encodeInto("a€😀b", b), b]; })()',
      'new TextEncoder().encodeInto(1, new Uint8Array(1))',
      'new TextEncoder().encodeInto()',
      'new TextEncoder().encodeInto("a", 1)',
      'new TextEncoder().encodeInto("a", new Uint8ClampedArray(1))',
      'TextEncoder()',
    ]);
    // As Node 20, 22 and 24 have it.
    const wrong = 'TextEncoder.prototype.encode.call({})';
    assert.throws(() => new Bridge().run(wrong), { name: 'TypeError', code: 'ERR_INVALID_THIS' });
  });

  it('decode, in one piece', () => {
    const bytes = [
      '[]',
      '[0x41, 0xc3, 0xa9, 0xe2, 0x82, 0xac]',
      '[0xef, 0xbb, 0xbf, 0x41, 0xef, 0xbb, 0xbf]',
      '[0x61, 0xff, 0x62]',
      '[0xe2, 0x82]',
      '[0xff, 0xfe, 0x41, 0x00, 0x3d, 0xd8]',
    ];
    for (const label of ['utf-8', 'UTF8 ', 'utf-16le', 'utf-16be', 'shift_jis', 'euc-kr']) {
      for (const options of ['', ', {}', ', null', ', { fatal: true }', ', { ignoreBOM: 1 }']) {
        sameOutcomes([
          `[new TextDecoder('${label}'${options})].map((d) => [d.encoding, d.fatal, d.ignoreBOM])[0]`,
        ]);
        sameOutcomes(
          bytes.map((b) => `new TextDecoder('${label}'${options}).decode(new Uint8Array(${b}))`),
        );
      }
    }
    sameOutcomes([
      'new TextDecoder().decode()',
      'new TextDecoder().decode(new Uint8Array([0x78, 0x41, 0x42]).subarray(1))',
      'new TextDecoder().decode(new Uint16Array([0x4241, 0x4443]))',
      'new TextDecoder().decode(new DataView(new Uint8Array([0x78, 0x41, 0x42, 0x78]).buffer, 1, 2))',
      'new TextDecoder().decode(new Uint8Array([0x41]).buffer)',
      '(() => { const s = new SharedArrayBuffer(2); new Uint8Array(s).fill(0x41); return new TextDecoder().decode(s); })()',
      '(() => { const s = new SharedArrayBuffer(2); new Uint8Array(s).fill(0x41); return new TextDecoder().decode(new Uint8Array(s, 1)); })()',
      '(() => { const b = new ArrayBuffer(2); const v = new Uint8Array(b); structuredClone(b, { transfer: [b] }); return [new TextDecoder().decode(b), new TextDecoder().decode(v)]; })()',
      'new TextDecoder("nope")',
      'new TextDecoder(null)',
      'new TextDecoder("replacement")',
      'new TextDecoder(Symbol())',
      'new TextDecoder("utf-8", 1)',
      'TextDecoder.prototype.encoding',
      'TextDecoder.prototype.decode.call({})',
      'TextDecoder()',
    ]);
    for (const input of ['null', '1', '"x"', '{}', '[]', 'new Map()']) {
      assert.throws(() => new Bridge().run(`new TextDecoder().decode(${input})`), {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE',
        message:
          /^The "input" argument must be an instance of ArrayBuffer or ArrayBufferView\. Received/,
      });
    }
    if (node >= 24) sameOutcomes(['new TextDecoder().decode(undefined, 1)']);
  });

  it('never read memory that another thread may write to', () => {
    const bridge = new Bridge();
    const seen = [];
    bridge.native.op = (number, flags, text, bytes) => {
      if (number === OPS.decode) seen.push(bytes.buffer.constructor.name);
      return '';
    };
    bridge.run(
      'globalThis.shared = new SharedArrayBuffer(4); globalThis.decoder = new TextDecoder();',
    );
    bridge.run(
      'decoder.decode(shared); decoder.decode(new Uint16Array(shared)); decoder.decode(new DataView(shared));',
    );
    assert.deepEqual(seen, ['ArrayBuffer', 'ArrayBuffer', 'ArrayBuffer']);
  });

  it('decode in chunks, begin anew after the last and after an error', () => {
    const stream = (options, chunks) => `(() => {
      const decoder = new TextDecoder(${options});
      return ${JSON.stringify(chunks)}.map((chunk) => {
        try {
          return chunk === null ? decoder.decode() : decoder.decode(new Uint8Array(chunk), { stream: true });
        } catch (error) { return error.code; }
      });
    })()`;
    const euro = [[0xe2], [0x82], [0xac, 0x41], [0xe2, 0x82], null, [0x42], null];
    const mark = [
      [0xef],
      [0xbb],
      [0xbf, 0x41],
      [0xef, 0xbb, 0xbf],
      null,
      [0xef, 0xbb, 0xbf, 0x42],
      null,
    ];
    const broken = [[0xe2, 0x82], [0x41], [0x42], null, [0xff], [0x43], null];
    const units = [[0x3d], [0xd8, 0x00], [0xde, 0x41], [0x00, 0x3d, 0xd8], null];
    sameOutcomes([
      stream('', euro),
      stream('', mark),
      stream('"utf-8", { ignoreBOM: true }', mark),
      stream('', broken),
      stream('"utf-8", { fatal: true }', broken),
      stream('"utf-16le"', units),
      stream('"shift_jis"', [[0x82], [0xa0, 0x41], [0x82], null]),
    ]);
  });
});

describe('atob and btoa in a task', () => {
  it('do what Node’s do', () => {
    const texts = [
      '',
      ' ',
      '=',
      'a',
      'ab=',
      'ab==',
      'abc',
      'a-_b',
      'YQ',
      'YR==',
      ' Y Q ',
      'é',
      '€',
      '\u00ff',
    ];
    sameOutcomes([
      ...texts.flatMap((text) => [
        `atob(${JSON.stringify(text)})`,
        `btoa(${JSON.stringify(text)})`,
      ]),
      'atob()',
      'btoa()',
      'atob(null)',
      'btoa(undefined)',
      'atob(Symbol())',
      'btoa({ toString() { return "x"; } })',
    ]);
  });
});

describe('V8’s own asynchronous work in a task', () => {
  const empty = 'new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])';

  function withHooks() {
    const bridge = new Bridge();
    Object.assign(bridge.context, { hooks: bridge.hooks });
    bridge.run('const { compile, instantiate } = hooks.wasm; const { waitAsync } = hooks;');
    return bridge;
  }

  it('is wrapped so that nobody notices', () => {
    const { hooks } = new Bridge();
    for (const [wrapper, original] of [
      [hooks.wasm.compile, WebAssembly.compile],
      [hooks.wasm.instantiate, WebAssembly.instantiate],
      [hooks.waitAsync, Atomics.waitAsync],
    ]) {
      assert.equal(wrapper.name, original.name);
      assert.equal(wrapper.length, original.length);
      assert.equal('prototype' in wrapper, 'prototype' in original);
      assert.throws(() => new wrapper(), TypeError);
    }
    assert.equal(hooks.wasm, hooks.wasm);
  });

  it('counts as pending until it settles', async () => {
    const bridge = withHooks();
    const promise = bridge.run(`compile(${empty})`);
    assert.deepEqual(bridge.pendingCalls, [1]);
    assert.equal(Object.prototype.toString.call(await promise), '[object WebAssembly.Module]');
    assert.deepEqual(bridge.pendingCalls, [1, -1]);
    const made = await bridge.run(`instantiate(${empty}, {})`);
    assert.deepEqual(Object.keys(made), ['module', 'instance']);
    for (const bad of [
      'compile()',
      'compile(new Uint8Array(3))',
      'instantiate(1)',
      `instantiate(${empty}, 1)`,
    ]) {
      const rejected = await bridge.run(bad).catch((error) => error);
      const expected = await vm.runInThisContext(`WebAssembly.${bad}`).catch((error) => error);
      assert.equal(`${rejected}`, `${expected}`);
    }
    assert.deepEqual(bridge.pendingCalls, Array(6).fill([1, -1]).flat());
  });

  it('waits for Atomics.waitAsync only while it waits', async () => {
    const bridge = withHooks();
    bridge.run('const cell = new Int32Array(new SharedArrayBuffer(4));');
    assert.deepEqual(
      { ...bridge.run('waitAsync(cell, 0, 1)') },
      { async: false, value: 'not-equal' },
    );
    assert.throws(() => bridge.run('waitAsync([], 0, 0)'), { name: 'TypeError' });
    assert.deepEqual(bridge.pendingCalls, []);
    const waiting = bridge.run('waitAsync(cell, 0, 0)');
    assert.equal(waiting.async, true);
    assert.deepEqual(bridge.pendingCalls, [1]);
    bridge.run('Atomics.notify(cell, 0)');
    assert.equal(await waiting.value, 'ok');
    assert.deepEqual(bridge.pendingCalls, [1, -1]);
  });

  it('reaches no later task', async () => {
    const bridge = withHooks();
    bridge.run('const cell = new Int32Array(new SharedArrayBuffer(4)); const seen = [];');
    bridge.run(`waitAsync(cell, 0, 0).value.then(() => seen.push('wait'));`);
    bridge.run(`compile(new Uint8Array(3)).catch(() => seen.push('compile'));`);
    bridge.hooks.reset();
    bridge.run('Atomics.notify(cell, 0)');
    await bridge.run(`compile(${empty})`);
    await new Promise((done) => setTimeout(done, 20));
    assert.deepEqual(structuredClone(bridge.run('seen')), []);
    assert.deepEqual(bridge.pendingCalls, [1, 1, 1, -1]);
  });

  it('leaves an unhandled rejection unhandled', () => {
    const script = `
      const vm = require('node:vm');
      const make = vm.runInThisContext(process.argv[1]);
      const originals = { compile: WebAssembly.compile, instantiate: WebAssembly.instantiate, waitAsync: Atomics.waitAsync };
      const { hooks } = make({ pending() {}, originals });
      process.on('unhandledRejection', (reason) => console.log('unhandled', reason.name));
      hooks.wasm.compile(new Uint8Array(3));
      hooks.wasm.compile(new Uint8Array(3)).catch(() => {});
    `;
    const printed = execFileSync(process.execPath, ['-e', script, prelude], { encoding: 'utf8' });
    assert.equal(printed, 'unhandled CompileError\n');
  });
});

describe('the names that a task has not', () => {
  it('are all the others that Node has', () => {
    const source = fs.readFileSync(path.join(runtime, 'absent.rs'), 'utf8');
    const table = source.slice(
      source.indexOf('pub const ABSENT'),
      source.indexOf('pub fn explain'),
    );
    const explained = [...table.matchAll(/"(\w+)"/g)].map(([, name]) => name);
    const bare = vm.runInNewContext('Object.getOwnPropertyNames(globalThis)');
    const printed = execFileSync(
      process.execPath,
      ['-p', 'Object.getOwnPropertyNames(globalThis).join()'],
      {
        encoding: 'utf8',
      },
    );
    const inNode = [
      ...printed.trim().split(','),
      'require',
      'module',
      'exports',
      '__filename',
      '__dirname',
    ];
    // `-p` offers the modules as globals, too.
    const known = new Set([...bare, ...lazyGlobals, ...explained, ...builtinModules]);
    assert.deepEqual(
      inNode.filter((name) => !known.has(name) && !name.startsWith('node:')),
      [],
    );
  });
});
