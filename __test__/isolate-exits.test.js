'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { test } = require('node:test');

const { runNode } = require('./helpers/child.js');

const CHILD = join(__dirname, 'fixtures', 'isolate-exit-child.js');
const ROUNDS = Number(process.env.OFFLOOP_ISOLATE_EXIT_ROUNDS ?? 2);

const STATES = ['idle', 'busy', 'waiting', 'disposing', 'wedged'];
const ENDS = [
  ['natural', 4],
  ['exit', 7],
  ['uncaught', 1],
  ['terminatedWorker', 3],
  ['endedWorker', 3],
];

for (const state of STATES) {
  for (const [end, code] of ENDS) {
    test(`${state} isolates and the end '${end}': right code, no signal, nothing lost`, async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const ended = await runNode([CHILD, state, end]);
        const where = `round ${round}: ${JSON.stringify({ ...ended, stdout: ended.stdout.length })}`;
        assert.equal(ended.code, code, where);
        assert.equal(ended.signal, null, where);
        assert.equal(ended.stdout.length, 2 ** 20 + 1, where);
        if (code === 1) assert.match(ended.stderr, /nobody catches this/);
        else assert.equal(ended.stderr, '', where);
      }
    });
  }
}
