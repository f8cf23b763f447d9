'use strict';

const assert = require('node:assert/strict');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join, sep } = require('node:path');
const test = require('node:test');

const { Pool, offload } = require('..');
const cases = require('./fixtures/stack-cases.js');
const { runNode } = require('./helpers/child.js');
const { encodeSourceMap } = require('./helpers/source-map.js');
const { rejection } = require('./helpers/until.js');

const LIB = join(__dirname, '..', 'lib') + sep;

const pool = new Pool({ name: 'stacks', maxThreads: 1 });
test.after(() => pool.close());

async function thrownHere(fn) {
  try {
    await fn();
  } catch (error) {
    return error;
  }
  throw new Error('it was to throw');
}

/** `file:line:column` of the frames in a file. */
function placesIn(stack, file) {
  return stack
    .split('\n')
    .map((line) => /\(?([^\s()]+:\d+:\d+)\)?$/.exec(line)?.[1])
    .filter((place) => place?.includes(file));
}

for (const [name, fn] of Object.entries(cases)) {
  test(`a throw in a task has the line and column of the main thread: ${name}`, async () => {
    const here = await thrownHere(fn);
    const there = await rejection(pool.run(fn));
    assert.equal(there.message, here.message);
    assert.equal(there.constructor, here.constructor);
    const [expected] = placesIn(here.stack, 'stack-cases.js');
    const [actual] = placesIn(there.stack, 'stack-cases.js');
    assert.equal(actual, expected, there.stack);
    const nested = name === 'longHead' || name === 'native' ? 2 : 1;
    assert.deepEqual(
      placesIn(there.stack, 'stack-cases.js').slice(0, nested),
      placesIn(here.stack, 'stack-cases.js').slice(0, nested),
    );
  });
}

test('functions of ES modules keep file, line, column and strict mode', async () => {
  const module = await import('./fixtures/stack-cases.mjs');
  const functions = {
    arrow: module.arrow,
    declaration: module.declaration,
    later: module.default,
    method: module.holder.method,
    strictness: module.strictness,
  };
  for (const [name, fn] of Object.entries(functions)) {
    const here = await thrownHere(fn);
    const there = await rejection(pool.run(fn));
    assert.equal(there.message, here.message, name);
    assert.deepEqual(
      placesIn(there.stack, 'stack-cases.mjs').slice(0, 1),
      placesIn(here.stack, 'stack-cases.mjs').slice(0, 1),
      name,
    );
  }
});

test('the frames of the callers that await the run follow those of the task', async () => {
  async function innerCaller() {
    return await pool.run(cases.declaration);
  }
  async function outerCaller() {
    await innerCaller();
  }
  const { stack } = await rejection(outerCaller());
  const lines = stack.split('\n');
  assert.equal(lines[0], 'Error: here');
  const at = (pattern) => lines.findIndex((line) => pattern.test(line));
  const declared = at(/at declared .*stack-cases\.js/);
  const inner = at(/at async innerCaller .*stacks\.test\.js/);
  const outer = at(/at async outerCaller .*stacks\.test\.js/);
  assert.ok(declared > 0 && declared < inner && inner < outer, stack);
});

test('callers of an offloaded function and of Promise.all are followed too', async () => {
  const heavy = offload(cases.declaration, { pool });
  async function gatherer() {
    await Promise.all([heavy()]);
  }
  const { stack } = await rejection(gatherer());
  assert.match(
    stack,
    /at declared .*stack-cases\.js[^]*at async Promise\.all[^]*at async gatherer/,
  );
});

test("offloop's own files show in no stack: of a task, a refusal, a timeout, an abort", async () => {
  const endless = () => {
    for (;;);
  };
  async function caller(promise) {
    return await promise;
  }
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 10);
  const errors = [
    await rejection(caller(pool.run(cases.declaration))),
    await rejection(caller(pool.run(endless, [], { timeout: 10 }))),
    await rejection(caller(pool.run(endless, [], { signal: controller.signal }))),
    await rejection(caller(pool.run(() => 1, [() => 2]))),
    await rejection(caller(pool.run(() => 1, [], { timeout: -1 }))),
  ];
  const outside = 1;
  const thrown = [
    () => new Pool({ maxThreads: 'x' }),
    () => offload(() => outside),
    () => offload(1),
    () => offload(() => 1, { pool: 1 }),
    () => offload(() => 1).with({ timeout: 'x' }),
  ];
  for (const call of thrown) errors.push(await thrownHere(call));
  for (const error of errors) {
    assert.ok(!error.stack.includes(LIB), error.stack);
    assert.match(error.stack, /stacks\.test\.js|stack-cases\.js/, error.stack);
  }
});

test('a function made by new Function, and one on its own, have stacks that are strings', async () => {
  const made = new Function('a', 'throw new RangeError("made " + a)');
  const error = await rejection(pool.run(made, [1]));
  assert.ok(error instanceof RangeError);
  assert.equal(error.message, 'made 1');
  assert.match(error.stack, /^RangeError: made 1\n\s+at /);
});

test('a prepareStackTrace of the program changes nothing in the task', async () => {
  const before = Error.prepareStackTrace;
  Error.prepareStackTrace = () => ['not', 'a', 'string'];
  try {
    const error = await rejection(pool.run(cases.arrow));
    assert.match(error.stack, /^Error: here\n\s+at .*stack-cases\.js/);
  } finally {
    Error.prepareStackTrace = before;
  }
});

test('an endless recursion is a RangeError, and the thread goes on', async () => {
  const error = await rejection(
    pool.run(
      function recurse(n) {
        return recurse(n + 1) + 1;
      },
      [0],
    ),
  );
  assert.ok(error instanceof RangeError);
  assert.match(error.message, /call stack/i);
  assert.equal(await pool.run(() => 'next'), 'next');
});

// ── source maps ──────────────────────────────────────────────────────────────────────────────────

/** A "compiled" program beside a map that says where each of its lines comes from. */
function compiledProgram(lines, originals) {
  const folder = mkdtempSync(join(tmpdir(), 'offloop-map-'));
  const map = encodeSourceMap('original.ts', originals);
  const inline = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString('base64')}`;
  const file = join(folder, 'compiled.js');
  writeFileSync(file, [...lines, inline, ''].join('\n'));
  return { folder, file };
}

const root = JSON.stringify(require.resolve('..'));

test('with source maps on, stacks and refusals show the original files', async (t) => {
  const { folder, file } = compiledProgram(
    [
      `const { Pool } = require(${root});`,
      'const pool = new Pool({ maxThreads: 1 });',
      'let table = [1];',
      'const fails = () => {',
      "  throw new Error('mapped');",
      '};',
      'const closure = () => table.length;',
      'async function caller() { await pool.run(fails); }',
      '(async () => {',
      '  await caller().catch((error) => console.log(error.stack));',
      '  await pool.run(closure).catch((error) => console.log(JSON.stringify(error.captures), error.message));',
      '})();',
    ],
    [
      [4, 2, 104, 6],
      [6, 0, 206, 3],
      [6, 22, 206, 33],
      [7, 0, 300, 1],
    ],
  );
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { stdout, stderr } = await runNode(['--enable-source-maps', file]);
  assert.equal(stderr, '');
  assert.match(stdout, /Error: mapped\n[^\n]*original\.ts:105:7/);
  assert.match(stdout, /at async caller .*original\.ts:301:2/);
  assert.match(stdout, /"name":"table"[^}]*original\.ts","line":207,"column":34/);
  assert.match(stdout, /original\.ts:207:34/);
});

test('without the flag, positions are those of the files that run', async (t) => {
  const { folder, file } = compiledProgram(
    [
      `const { Pool } = require(${root});`,
      "const fails = () => { throw new Error('plain'); };",
      'new Pool({ maxThreads: 1 }).run(fails).catch((error) => console.log(error.stack));',
    ],
    [[1, 0, 50, 0]],
  );
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { stdout } = await runNode([file]);
  assert.match(stdout, /compiled\.js:2:29/);
});
