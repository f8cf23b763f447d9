'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');

const { processFacts, processFactsText } = require('../lib/process-facts.js');

test('the facts are those of this process, and text keeps them', () => {
  const facts = JSON.parse(processFactsText());
  assert.equal(facts.pid, process.pid);
  assert.equal(facts.version, process.version);
  assert.deepEqual(facts.versions, { ...process.versions });
  assert.deepEqual(facts.argv, process.argv);
  assert.equal(facts.cwd, process.cwd());
  assert.deepEqual(facts.env, { ...process.env });
  assert.equal(facts.os.hostname, os.hostname());
  assert.equal(facts.os.cpus.length, os.cpus().length);
  assert.deepEqual(facts.osConstants.signals, { ...os.constants.signals });
  assert.equal(facts.buffer.MAX_LENGTH, require('node:buffer').constants.MAX_LENGTH);
});

test('a later change of the environment is not in facts that were text before', () => {
  const name = 'OFFLOOP_TEST_PROCESS_FACTS';
  process.env[name] = 'first';
  try {
    const text = processFactsText();
    process.env[name] = 'second';
    assert.equal(JSON.parse(text).env[name], 'first');
  } finally {
    delete process.env[name];
  }
});

test(
  'a working directory that is gone is no reason to fail',
  { skip: os.platform() === 'win32' },
  () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'offloop-gone-'));
    fs.mkdirSync(path.join(folder, 'inner'));
    const code = `
    // Node remembers the directory that it began in.
    process.chdir('inner');
    require('node:fs').rmdirSync('../inner');
    const facts = require(process.argv[1]).processFacts();
    console.log(JSON.stringify([typeof facts.cwd, typeof facts.os.homedir]));
  `;
    const file = require.resolve('../lib/process-facts.js');
    const output = execFileSync(process.execPath, ['-e', code, file], {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.deepEqual(JSON.parse(output), ['undefined', 'string']);
    fs.rmdirSync(folder);
  },
);

test('what has no answer on this platform is left out', () => {
  const facts = processFacts();
  assert.equal('uid' in JSON.parse(JSON.stringify(facts)), process.getuid !== undefined);
});
