'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const test = require('node:test');

const { Pool, OffloopError, offload, defaultPool } = require('..');
const { POOL_DEFAULTS, readPoolOptions, readRunOptions } = require('../lib/options.js');
const { rejection } = require('./helpers/until.js');

const MIB = 1024 * 1024;
const FACTS = Object.freeze({
  effectiveCores: 4,
  heapSizeLimit: 4096 * MIB,
  containerMemory: Infinity,
  defaultName: 'pool-1',
});

function refusal(options, facts = FACTS) {
  try {
    readPoolOptions(options, facts);
  } catch (error) {
    return error;
  }
  throw new Error('expected a refusal');
}

test('every default is the documented one', () => {
  const settings = readPoolOptions(undefined, FACTS);
  assert.deepEqual(settings, {
    name: 'pool-1',
    filename: undefined,
    exportName: undefined,
    minThreads: 0,
    maxThreads: 4,
    idleTimeout: 10_000,
    maxQueue: Infinity,
    maxSuspended: 16,
    timeout: Infinity,
    queueTimeout: Infinity,
    cpuTimeout: Infinity,
    memoryLimitMb: 4096,
    stackSizeMb: 4,
    console: 'forward',
    captures: 'auto',
    recordTiming: true,
    workerData: undefined,
    init: undefined,
  });
  const types = readFileSync(join(__dirname, '..', 'index.d.ts'), 'utf8');
  const [, body] = /interface PoolOptions \{([\s\S]*?)\n\}/.exec(types);
  const documented = [...body.matchAll(/Default(?: `([^`]*)`|:)[^\n]*\n {2}(\w+)\?:/g)];
  assert.deepEqual(documented.map(([, , name]) => name).sort(), Object.keys(POOL_DEFAULTS).sort());
  for (const [, literal, name] of documented) {
    if (POOL_DEFAULTS[name] === null || literal === undefined) continue;
    assert.equal(String(POOL_DEFAULTS[name]), literal.replace(/[_']/g, ''), name);
  }
});

test('maxThreads defaults to the whole effective cores, at least one', () => {
  assert.equal(readPoolOptions({}, { ...FACTS, effectiveCores: 3.7 }).maxThreads, 3);
  assert.equal(readPoolOptions({}, { ...FACTS, effectiveCores: 0.25 }).maxThreads, 1);
});

test('four tasks a thread may be suspended, unless it is said otherwise', () => {
  assert.equal(readPoolOptions({ maxThreads: 3 }, FACTS).maxSuspended, 12);
  assert.equal(readPoolOptions({ maxThreads: 3, maxSuspended: 0 }, FACTS).maxSuspended, 0);
});

test("maxQueue 'auto' is the square of maxThreads", () => {
  assert.equal(readPoolOptions({ maxThreads: 3, maxQueue: 'auto' }, FACTS).maxQueue, 9);
});

test("the memory limit defaults to V8's, or to the share of a container's memory", () => {
  const inContainer = { ...FACTS, containerMemory: 1024 * MIB };
  assert.equal(readPoolOptions({ maxThreads: 2 }, inContainer).memoryLimitMb, 256);
  assert.equal(readPoolOptions({ maxThreads: 1 }, inContainer).memoryLimitMb, 512);
  assert.equal(readPoolOptions({ maxThreads: 2 }, FACTS).memoryLimitMb, 4096);
});

test('each option of a wrong type is refused with a TypeError that names it', () => {
  const wrong = {
    name: 7,
    minThreads: '0',
    maxThreads: '4',
    idleTimeout: '1s',
    maxQueue: {},
    maxSuspended: '1',
    timeout: null,
    queueTimeout: '1s',
    cpuTimeout: '1s',
    memoryLimitMb: true,
    stackSizeMb: [],
    console: 1,
    captures: 1,
    recordTiming: 'no',
    init: 'x',
  };
  // Any value is workerData, if it can be cloned; the pool reads filename itself (load.test.js).
  const elsewhere = ['workerData', 'filename'];
  const typed = Object.keys(POOL_DEFAULTS).filter((option) => !elsewhere.includes(option));
  assert.deepEqual(Object.keys(wrong).sort(), typed.sort());
  for (const [option, value] of Object.entries(wrong)) {
    const error = refusal({ [option]: value });
    assert.ok(error instanceof TypeError, option);
    assert.ok(error instanceof OffloopError, option);
    assert.equal(error.code, 'OFFLOOP_ERR_INVALID_OPTION');
    assert.equal(error.option, option);
    assert.match(error.message, new RegExp(`^option '${option}' must be `));
  }
});

test('each option out of range is refused with a RangeError that names it: nothing is clamped', () => {
  const wrong = [
    ['name', ['', 'a\0b']],
    ['minThreads', [-1, 0.5, NaN, Infinity, 5]],
    ['maxThreads', [0, -1, 1.5, NaN, Infinity, 1025]],
    ['idleTimeout', [-1, NaN, -Infinity]],
    ['maxQueue', [-1, 0.5, NaN, 'many']],
    ['timeout', [0, -5, NaN]],
    ['queueTimeout', [0, -5, NaN, -Infinity]],
    ['cpuTimeout', [0, -5, NaN, -Infinity]],
    ['maxSuspended', [-1, 0.5, NaN, Infinity, 65_537]],
    ['memoryLimitMb', [0, 7, 1.5, Infinity, NaN]],
    ['stackSizeMb', [0, 0.5, 257]],
    ['console', ['loud']],
    ['captures', ['all']],
  ];
  for (const [option, values] of wrong) {
    for (const value of values) {
      const error = refusal({ [option]: value });
      assert.equal(error.code, 'OFFLOOP_ERR_INVALID_OPTION', `${option} ${value}`);
      assert.equal(error.option, option);
      if (option === 'maxQueue' && value === 'many') continue;
      assert.ok(error instanceof RangeError, `${option} ${value}`);
    }
  }
});

test('an unknown option is refused by name', () => {
  const typo = refusal({ maxThread: 2 });
  assert.equal(typo.option, 'maxThread');
  assert.match(typo.message, /unknown option 'maxThread'.*maxThreads/);
  assert.throws(() => readRunOptions({ capture: 'strict' }), { message: /'capture'.*captures/ });
  assert.throws(() => readRunOptions({ captures: 'some' }), { option: 'captures' });
});

test('options must be an object', () => {
  for (const options of [null, 4, 'fast', [], () => {}, Symbol('s')]) {
    assert.throws(() => new Pool(options), {
      code: 'OFFLOOP_ERR_INVALID_OPTION',
      name: 'TypeError',
    });
  }
  assert.throws(() => defaultPool(3), { code: 'OFFLOOP_ERR_INVALID_OPTION' });
});

test('an undefined option means its default', () => {
  assert.equal(readPoolOptions({ maxThreads: undefined }, FACTS).maxThreads, 4);
  assert.equal(readRunOptions({ timeout: undefined, signal: undefined }).signal, undefined);
});

test('a polluted Object.prototype changes nothing', async (t) => {
  const pollution = {
    minThreads: 'x',
    maxThreads: 'x',
    timeout: -1,
    queueTimeout: -1,
    priority: 'x',
    console: 'loud',
    signal: 1,
    transferList: 1,
    move: 'yes',
    context: 5,
    pool: 9,
    force: 'x',
    text: 'x',
    native: true,
    source: 'x',
    cause: 1,
  };
  for (const [key, value] of Object.entries(pollution)) {
    Object.defineProperty(Object.prototype, key, {
      value,
      configurable: true,
      writable: true,
      enumerable: true,
    });
    t.after(() => delete Object.prototype[key]);
  }
  const pool = new Pool({ maxThreads: 1 });
  assert.equal(pool.maxThreads, 1);
  assert.equal(await pool.run((a) => a + 1, [1], {}), 2);
  assert.equal(await offload((a) => a * 2, { pool })(4), 8);
  const error = await rejection(
    pool.run(() => {
      throw new RangeError('mine');
    }),
  );
  assert.ok(error instanceof RangeError);
  assert.equal(Object.hasOwn(error, 'cause'), false);
  await pool.close({});
});

test('inherited options are not read', () => {
  const settings = readPoolOptions(Object.create({ maxThreads: 'x' }), FACTS);
  assert.equal(settings.maxThreads, 4);
});

test('each run option of a wrong kind rejects, naming it, and the pool goes on', async () => {
  const pool = new Pool({ maxThreads: 1 });
  const wrong = {
    signal: [{}, 'now', null, { aborted: false }],
    timeout: ['1', 0, -1, NaN, null],
    transferList: [new ArrayBuffer(1), 'ab', null],
    move: [1, 'true', null],
    name: [1, ''],
    context: [1, [], null, () => {}],
    timout: [1],
    queueTimeout: ['1', 0, -1, NaN, null],
    cpuTimeout: ['1', 0, -1, NaN, null],
    priority: ['high', 0.5, NaN, Infinity, 2 ** 31, -(2 ** 31), null, 1n],
    fresh: [1, 'yes', null],
    onProgress: [null, 'f', {}],
  };
  for (const [option, values] of Object.entries(wrong)) {
    for (const value of values) {
      const error = await rejection(pool.run(() => 1, [], { [option]: value }));
      assert.equal(error.code, 'OFFLOOP_ERR_INVALID_OPTION', option);
      assert.equal(error.option, option);
      assert.ok(error instanceof TypeError || error instanceof RangeError);
    }
  }
  for (const options of [null, 4, 'fast', []]) {
    assert.equal(
      (await rejection(pool.run(() => 1, [], options))).code,
      'OFFLOOP_ERR_INVALID_OPTION',
    );
  }
  assert.equal(await pool.run(() => 1), 1);
  await pool.close();
});

test('close refuses options that it does not know', async () => {
  const pool = new Pool({ maxThreads: 1 });
  assert.equal((await rejection(pool.close({ force: 1 }))).option, 'force');
  assert.equal((await rejection(pool.close({ timeout: -1 }))).option, 'timeout');
  assert.equal((await rejection(pool.close({ forced: true }))).option, 'forced');
  assert.equal(await pool.run(() => 'still open'), 'still open');
  await pool.close();
});

test('offload refuses wrong options where it is called', () => {
  assert.throws(() => offload(() => 1, { pool: {} }), {
    code: 'OFFLOOP_ERR_INVALID_OPTION',
    option: 'pool',
  });
  assert.throws(() => offload(() => 1, { timeout: 'x' }), { option: 'timeout' });
  assert.throws(() => offload(() => 1, 5), { code: 'OFFLOOP_ERR_INVALID_OPTION' });
  assert.throws(() => offload(() => 1).with({ timeuot: 1 }), { option: 'timeuot' });
});
