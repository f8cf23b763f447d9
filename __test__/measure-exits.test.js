'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');

const { runNode } = require('./helpers/child.js');

const CHILD = path.join(__dirname, 'fixtures', 'measured-child.js');
const ROUNDS = Number(process.env.OFFLOOP_EXIT_ROUNDS ?? 20);
const AT_ONCE = 2;

// How a process with a measurement under way ends, and its exit code.
const ENDS = [
  ['natural', 0, 'the natural end: measuring keeps no process alive'],
  ['exit', 3, 'process.exit()'],
  ['reallyExit', 4, 'process.reallyExit() while it is being stopped'],
  ['terminate', 0, 'worker.terminate()'],
  ['inWorker', 0, 'the natural end of a Worker'],
];

for (const [way, code, name] of ENDS) {
  test(`${name} (${ROUNDS} times)`, async () => {
    let left = ROUNDS;
    const inTurn = async () => {
      while (left > 0) {
        left -= 1;
        const ended = await runNode([CHILD, way]);
        assert.deepEqual(ended, { code, signal: null, stdout: '', stderr: '' });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, inTurn));
  });
}
