'use strict';

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');

const { hostFacts } = require('..');
const { main } = require('../lib/cli.js');
const { version } = require('../package.json');

const program = path.join(__dirname, '..', 'bin', 'offloop.js');

/** Runs the command in a process of its own, as `npx offloop` does. */
function start(...args) {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
  });
}

/** Runs it in this process. */
async function run(...args) {
  const printed = [];
  const complaints = [];
  const code = await main(args, {
    print: (text) => printed.push(text),
    complain: (text) => complaints.push(text),
  });
  return { code, stdout: printed.join('\n'), stderr: complaints.join('\n') };
}

describe('offloop facts', () => {
  test('lists every fact with its value and where it is known from', async () => {
    const { code, stdout } = await start('facts');
    assert.equal(code, 0);
    const lines = stdout.trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => line.split(' ', 1)[0]),
      Object.keys(hostFacts()),
    );
    for (const line of lines) assert.match(line, /^\w+ +\S+  \S/);
  });

  test('prints the same as JSON', async () => {
    const { code, stdout } = await start('facts', '--json');
    assert.equal(code, 0);
    const facts = JSON.parse(stdout);
    assert.deepEqual(Object.keys(facts), Object.keys(hostFacts()));
    assert.equal(facts.effectiveCores.value, hostFacts().effectiveCores.value);
  });
});

describe('offloop advise', () => {
  let folder;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'offloop-cli-'));
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  test('answers what the API answers', async () => {
    const args = ['--workload', 'cpu', '--traffic', 'high', '--host', 'effectiveCores=8'];
    const { code, stdout } = await start('advise', ...args);
    assert.equal(code, 0);
    assert.match(stdout, /^offload: /);
    assert.ok(stdout.trimEnd().split('\n').length <= 15);
  });

  test('prints the whole advice as JSON', async () => {
    const { stdout } = await run(
      'advise',
      '--fault-tolerance=critical',
      '--host',
      'effectiveCores=8',
      '--host',
      'orchestrator=kubernetes',
      '--json',
    );
    const advice = JSON.parse(stdout);
    assert.equal(advice.strategy, 'scale-out');
    assert.equal(advice.isolate, false);
    assert.ok(advice.reasons.some(({ rule }) => rule === 'R12'));
  });

  test('takes evidence from a file', async () => {
    const file = path.join(folder, 'evidence.json');
    const evidence = { utilization: 0.2, iterationP99Ms: 8, windowSeconds: 60, requests: 5000 };
    fs.writeFileSync(file, JSON.stringify(evidence));
    const { stdout } = await run('advise', '--traffic', 'high', '--evidence', file);
    assert.match(stdout, /^none: /);
    assert.match(stdout, /R03/);
  });

  test('takes flags for what is true or not', async () => {
    const { stdout } = await run('advise', '--native-crash-risk', '--json');
    assert.equal(JSON.parse(stdout).strategy, 'child_process');
  });

  test('simulates the strategies on request', async () => {
    const numbers = ['--requests-per-second', '40', '--cpu-ms-per-request', '20'];
    const args = ['advise', '--workload', 'cpu', ...numbers, '--host', 'effectiveCores=4'];
    const { stdout } = await run(...args, '--predict');
    assert.match(stdout, /strategy +p50 +p99/);
    assert.match(stdout, /offload +\d/);
    const { predictions } = JSON.parse((await run(...args, '--predict', '--json')).stdout);
    assert.ok(predictions.some(({ strategy }) => strategy === 'offload'));
  });
});

describe('offloop', () => {
  test('tells what it takes, and its version', async () => {
    const help = await start('--help');
    assert.equal(help.code, 0);
    for (const word of ['facts', 'advise', '--workload', '--slo-p99-ms', '--json']) {
      assert.ok(help.stdout.includes(word), word);
    }
    assert.equal((await run('--version')).stdout, version);
  });

  const misuses = [
    [[], /command is missing/],
    [['guess'], /no command 'guess'/],
    [['facts', 'now'], /'now' is one word too many/],
    [['facts', '--workload', 'cpu'], /facts takes no --workload/],
    [['advise', '--workload', 'gpu'], /workload.*'gpu'/],
    [['advise', '--workload'], /--workload/],
    [['advise', '--speed', '3'], /--speed/],
    [['advise', '--cpu-ms-per-request', 'many'], /--cpu-ms-per-request many/],
    [['advise', '--cpu-ms-per-request=-4'], /cpuMsPerRequest/],
    [['advise', '--host', 'effectiveCores'], /fact=value/],
    [['advise', '--host', 'cores=8'], /cores/],
    [['advise', '--evidence', 'no-such-file.json'], /no-such-file.json/],
    [['advise', '--traffic', 'high', '--predict'], /without numbers/],
  ];
  for (const [args, complaint] of misuses) {
    test(`'${args.join(' ')}' ends with code 2 and one sentence that names what is wrong`, async () => {
      const { code, stdout, stderr } = await run(...args);
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.match(stderr, complaint);
      assert.ok(!stderr.includes('    at '), stderr);
    });
  }
});
