'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const test = require('node:test');

const { runNode } = require('./helpers/child.js');

const CHILD = join(__dirname, 'fixtures', 'lost-child.js');
const ROUNDS = Number(process.env.OFFLOOP_LOST_ROUNDS ?? 2);

const ENDS = [
  ['natural', 4],
  ['exit', 7],
  ['reallyExit', 5],
  ['uncaught', 1],
  ['terminatedWorker', 3],
  ['exitBesideWorker', 7],
];
const PARKING = process.platform === 'linux' ? {} : { skip: 'needs prlimit' };

for (const [way, options] of [
  ['wedged', {}],
  ['stuck', {}],
  ['parked', PARKING],
  // One of each.
  ['both', PARKING],
]) {
  for (const [end, code] of ENDS) {
    test(
      `${way}: an isolate is lost, and the end '${end}': right code, no signal, nothing lost`,
      options,
      async () => {
        for (let round = 0; round < ROUNDS; round += 1) {
          const ended = await runNode([CHILD, way, end]);
          const where = `round ${round}: ${JSON.stringify({ ...ended, stdout: ended.stdout.slice(0, 600) })}`;
          assert.equal(ended.code, code, where);
          assert.equal(ended.signal, null, where);
          const [line, rest] = ended.stdout.split('\n');
          assert.equal(rest?.length, 2 ** 20, where);
          const seen = JSON.parse(line);
          const parked = Number(way === 'parked' || way === 'both');
          const wedged = Number(way === 'wedged' || way === 'both');
          const expected = parked === 1 ? 'MEMORY_LIMIT' : 'TIMEOUT';
          assert.equal(seen.code, `OFFLOOP_ERR_${expected}`, where);
          assert.equal(seen.stats.isolatesParked, parked, where);
          assert.equal(seen.stats.isolatesWedged, wedged, where);
          assert.equal(seen.next, end === 'natural' && way !== 'stuck' ? 42 : undefined, where);
        }
      },
    );
  }
}

test('a direct process.reallyExit keeps its own code, whatever its form', async () => {
  const script = (code) => `
    const { Pool } = require(${JSON.stringify(join(__dirname, '..'))});
    process.exitCode = 9;
    new Pool({ maxThreads: 1 }).run(${() => Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)}, [null], { timeout: 20 }).catch(() => {
      process.reallyExit(${code});
    });`;
  for (const [code, expected] of [
    ['5', 5],
    ['"6"', 6],
    ['', 0],
  ]) {
    const ended = await runNode(['-e', script(code)]);
    assert.deepEqual([ended.code, ended.signal, ended.stderr], [expected, null, '']);
  }
});
