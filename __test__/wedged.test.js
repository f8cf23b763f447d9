'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');

const { cases } = require('./fixtures/wedged-cases.js');
const { runNode } = require('./helpers/child.js');

const CHILD = require.resolve('./fixtures/wedged-cases.js');
const NEEDS_PROC = /thread ended/;

for (const name of cases) {
  const skip = NEEDS_PROC.test(name) && process.platform !== 'linux' && 'needs /proc';
  test(name, { skip }, async () => {
    const { code, signal, stdout, stderr } = await runNode([CHILD, name], { timeout: 120_000 });
    assert.deepEqual(
      { code, signal, stdout, stderr },
      { code: 0, signal: null, stdout: 'held\n', stderr: '' },
    );
  });
}
