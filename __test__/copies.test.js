'use strict';

// Two copies of the package in one process, as two dependencies of one program may bring them.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const test = require('node:test');

const offloop = require('..');
const { spin } = require('./helpers/gate.js');
const { rejection } = require('./helpers/until.js');

const root = path.join(__dirname, '..');

/** Copies what is published, and this Node's binary, to another path, and loads it from there. */
function secondCopy(t) {
  const folder = fs.mkdtempSync(path.join(tmpdir(), 'offloop-copy-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  for (const part of ['index.js', 'lib', 'package.json']) {
    fs.cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
  }
  const binary =
    process.env.OFFLOOP_NATIVE_PATH ??
    fs
      .readdirSync(path.join(root, 'build'))
      .filter((file) => file.endsWith(`abi${process.versions.modules}.node`))
      .map((file) => path.join(root, 'build', file))[0];
  fs.mkdirSync(path.join(folder, 'build'));
  fs.copyFileSync(binary, path.join(folder, 'build', path.basename(binary)));
  return require(folder);
}

/** An error of each kind, as users meet them. */
async function errorsOf({ Pool, offload }) {
  const pool = new Pool({ maxThreads: 1 });
  const outside = 1;
  const errors = {
    closure: await rejection(pool.run(() => outside)),
    option: await rejection(pool.run(() => 1, [], { timeout: -1 })),
    type: await rejection(pool.run('no function')),
    uncloneable: await rejection(pool.run((value) => value, [() => {}])),
    timeout: await rejection(pool.run(spin, [new SharedArrayBuffer(8)], { timeout: 10 })),
    abort: await rejection(pool.run(() => 1, [], { signal: AbortSignal.abort('why') })),
  };
  await pool.close();
  errors.closed = await rejection(pool.run(() => 1));
  errors.offloaded = await rejection(
    offload(() => {
      throw new RangeError('of the task');
    })(),
  );
  return errors;
}

test("errors of two copies of the package are instances of each other's classes", async (t) => {
  const copy = secondCopy(t);
  assert.notEqual(copy.OffloopError, offloop.OffloopError);
  for (const [makes, asks] of [
    [copy, offloop],
    [offloop, copy],
  ]) {
    const { abort, offloaded, ...ours } = await errorsOf(makes);
    for (const [kind, error] of Object.entries(ours)) {
      assert.ok(error instanceof asks.OffloopError, kind);
      assert.equal(error instanceof asks.TimeoutError, kind === 'timeout', kind);
      assert.ok(!(error instanceof asks.AbortError), kind);
    }
    assert.ok(ours.option instanceof RangeError && ours.type instanceof TypeError);
    assert.ok(abort instanceof asks.AbortError && !(abort instanceof asks.OffloopError));
    assert.equal(abort.cause, 'why');
    assert.ok(offloaded instanceof RangeError && !(offloaded instanceof asks.OffloopError));
  }
});

test('two copies, each with a binary of its own, run tasks side by side', async (t) => {
  const copy = secondCopy(t);
  const pools = [new offloop.Pool({ maxThreads: 2 }), new copy.Pool({ maxThreads: 2 })];
  const all = Array.from({ length: 400 }, (_, n) => pools[n % 2].run((value) => value * 2, [n]));
  assert.deepEqual(
    await Promise.all(all),
    all.map((_, n) => n * 2),
  );
  await pools[0].destroy();
  assert.equal(await pools[1].run(() => 'still there'), 'still there');
  await pools[1].close();
});
