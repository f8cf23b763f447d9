'use strict';

// Compares what a task's console prints through the caller's with what Node's own console prints.

const assert = require('node:assert/strict');
const { Console } = require('node:console');
const { Writable } = require('node:stream');
const { describe, it } = require('node:test');
const vm = require('node:vm');

const { Bridge, node, sameOutcomes } = require('./helpers/runtime.js');

describe('console in a task', () => {
  /** Collects what a console prints. */
  function printer() {
    const printed = { text: '' };
    const stream = new Writable({
      write(chunk, encoding, done) {
        printed.text += chunk;
        done();
      },
    });
    return Object.assign(printed, { console: new Console({ stdout: stream, stderr: stream }) });
  }

  function forward(bridge) {
    const caller = printer();
    for (const [method, args] of bridge.emitted) caller.console[method](...args);
    return caller.text;
  }

  const sameText = (code) => {
    const expected = printer();
    vm.runInThisContext(`(console) => { ${code} }`)(expected.console);
    const bridge = new Bridge();
    bridge.run(code);
    const frames = (text) => text.replace(/(?:^ *at .*\n?)+/gm, 'frames\n');
    assert.equal(frames(forward(bridge)), frames(expected.text), code);
    return bridge;
  };

  it('prints on the caller’s console what it would print there', () => {
    for (const code of [
      'console.log()',
      'console.log("a %s %d %j %%", "b", 4.5, 1)',
      'console.log({ a: { b: { c: { d: 1 } } } }, [1, "x"], null, undefined, 10n, new Map([[1, new Set([2])]]), new Date(0), /x/g)',
      'console.info(1); console.debug(2); console.warn(3); console.error(4); console.dirxml({ a: 1 }, 2)',
      'console.dir({ a: { b: { c: {} } } }, { depth: 0 })',
      'console.table([{ a: 1, b: 2 }, { a: 3 }]); console.table([{ a: 1, b: 2 }], ["b"]); console.table(5); console.table(new Map([[1, 2]]))',
      'console.group("g %s", 1); console.log("in\\nside"); console.groupCollapsed(); console.warn("deep"); console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log("out")',
      'console.count(); console.count(undefined); console.count(null); console.count("x%s"); console.countReset(); console.count(); console.count("__proto__")',
      'console.assert(true, "no"); console.assert(false); console.assert(0, "x %d", 1)',
      'console.trace(); console.trace("a %s", "b"); console.trace("%s %s %s", "a"); console.trace({ a: 1 }, 2)',
      'console.clear(); const { log } = console; log("free")',
      'console.log(Symbol("q"), function f() {}, (() => () => {})(), class A {}, (() => class {})())',
    ]) {
      sameText(code);
    }
    if (node >= 22)
      sameText('console.assert(false, { a: 1 }, 3); console.assert(false, Symbol("s"))');
  });

  it('takes what only an inspector would see', () => {
    const bridge = new Bridge();
    bridge.run('console.profile(); console.profileEnd(); console.timeStamp();');
    assert.deepEqual(bridge.emitted, []);
  });

  it('throws where Node’s throws', () => {
    sameOutcomes(['console.table([1], 5)', 'console.count(Symbol())', 'console.time(Symbol())']);
  });

  it('measures time by the isolate’s clock', () => {
    const bridge = new Bridge();
    bridge.run('console.time(); console.time("a");');
    for (const at of [
      0.1234, 999.9996, 1000, 59_999.4, 60_000, 61_234.5678, 3_599_999.9, 3_661_001, 36_000_000,
    ]) {
      bridge.clock = at;
      bridge.run('console.timeLog()');
    }
    bridge.clock = 1.5;
    bridge.run(
      'console.timeLog("a", { b: 1 }, "%s"); console.timeEnd("a"); console.timeEnd("a"); console.timeLog("zz"); console.time();',
    );
    assert.deepEqual(
      bridge.emitted.map(([method, args]) => [method, ...args]),
      [
        ['log', 'default: 0.123ms'],
        ['log', 'default: 1000ms'],
        ['log', 'default: 1.000s'],
        ['log', 'default: 59.999s'],
        ['log', 'default: 1:00.000 (m:ss.mmm)'],
        ['log', 'default: 1:01.235 (m:ss.mmm)'],
        ['log', 'default: 1:00:00.000 (h:mm:ss.mmm)'],
        ['log', 'default: 1:01:01.001 (h:mm:ss.mmm)'],
        ['log', 'default: 10:00:00.000 (h:mm:ss.mmm)'],
        ['log', '%s: %s', 'a', '1.5ms', { b: 1 }, '%s'],
        ['log', 'a: 1.5ms'],
        ['warn', "Warning: No such label 'a' for console.timeEnd()"],
        ['warn', "Warning: No such label 'zz' for console.timeLog()"],
        ['warn', "Warning: Label 'default' already exists for console.time()"],
      ],
    );
  });

  it('traces the task’s own frames', () => {
    const bridge = new Bridge();
    bridge.run(
      'function inner() { console.trace("here"); }\nfunction outer() { inner(); }\nouter();',
    );
    const [[, [message]], [method, [stack]]] = bridge.emitted;
    assert.equal(message, 'Trace: here');
    assert.equal(method, 'error');
    assert.match(
      stack,
      /^ {4}at inner \(task\.js:1:28\)\n {4}at outer \(task\.js:2:20\)\n {4}at task\.js:3:1/,
    );
  });

  it('describes what cannot travel and keeps the rest', () => {
    const bridge = new Bridge();
    bridge.run(`
      class Point { constructor() { this.x = 1; this.move = () => {}; } get far() { return 1; } }
      const cycle = { list: [1, , { deep: Symbol('s') }], when: new Date(0) };
      cycle.self = cycle;
      console.log(function named() {}, async () => {}, class Shape {}, class {}, Symbol('top'));
      console.log(new Point());
      console.log(cycle);
      console.log(new Map([['k', () => {}], ['n', 1]]), new Set([Symbol('in')]));
      console.log(Promise.resolve(), new WeakMap(), { gen: (function* () {})() });
      console.log(new Proxy({ a: 1 }, {}), new Proxy({}, { ownKeys() { throw new Error('trap'); } }));
      console.log({ get bad() { throw new Error('getter'); }, ok: 2, ['__proto__']: 3 });
      console.log(Array.from({ length: 1500 }, () => () => {}));
      console.log(Object.assign(new Error('with cause', { cause: () => {} }), { stack: 'Error: with cause' }), Object(Symbol('boxed')));
      let deep = () => {};
      for (let i = 0; i < 30; i++) deep = { deep };
      console.log(deep);
    `);
    const printed = bridge.emitted.map(([, args]) => args);
    assert.deepEqual(printed[0], [
      '[Function: named]',
      '[Function (anonymous)]',
      '[class Shape]',
      '[class (anonymous)]',
      'Symbol(top)',
    ]);
    assert.deepEqual(printed[1], [{ x: 1, move: '[Function (anonymous)]' }]);
    const [cycle] = printed[2];
    assert.equal(cycle.self, cycle);
    // eslint-disable-next-line no-sparse-arrays
    assert.deepEqual(cycle.list, [1, , { deep: 'Symbol(s)' }]);
    assert.deepEqual(cycle.when, new Date(0));
    assert.deepEqual(printed[3], [
      new Map([
        ['k', '[Function (anonymous)]'],
        ['n', 1],
      ]),
      new Set(['Symbol(in)']),
    ]);
    assert.deepEqual(printed[4], ['[Promise]', '[WeakMap]', { gen: '[Generator]' }]);
    assert.deepEqual(printed[5], [{ a: 1 }, '[object]']);
    assert.deepEqual(Object.entries(printed[6][0]), [
      ['bad', '[Getter]'],
      ['ok', 2],
      ['__proto__', 3],
    ]);
    assert.equal(printed[7][0].length, 1001);
    assert.equal(printed[7][0][1000], '... 500 more items');
    assert.equal(printed[8][1], '[Symbol]');
    if (node >= 22) assert.equal(printed[8][0], 'Error: with cause');
    assert.match(JSON.stringify(printed[9][0]), /^(?:\{"deep":){8}"\[Object\]"\}+$/);
  });

  it('never fails a task', () => {
    const bridge = new Bridge();
    let attempts = 0;
    bridge.native.emit = () => {
      attempts++;
      throw new Error('cannot');
    };
    bridge.run('console.log(() => {}); console.trace(); console.table([1]); console.group();');
    assert.equal(attempts, 10);
    // With the stack nearly used up.
    bridge.run('(function dive() { try { dive(); } catch {} console.log({ f() {} }); })()');
  });

  it('closes its groups and forgets its labels when the task ends', () => {
    const bridge = new Bridge();
    bridge.run(
      'console.groupEnd(); console.group("a"); console.groupCollapsed("b"); console.count(); console.time();',
    );
    bridge.hooks.reset();
    bridge.run('console.groupEnd(); console.count(); console.time();');
    bridge.hooks.reset();
    assert.deepEqual(
      bridge.emitted.map(([method]) => method),
      ['group', 'groupCollapsed', 'log', 'groupEnd', 'groupEnd', 'log'],
    );
    assert.deepEqual(bridge.emitted.at(-1), ['log', ['default: 1']]);
  });
});
