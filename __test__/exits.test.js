'use strict';

const assert = require('node:assert/strict');
const { execFileSync, spawn } = require('node:child_process');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const test = require('node:test');

const CHILD = join(__dirname, 'fixtures', 'exit-child.js');
const ROUNDS = Number(process.env.OFFLOOP_EXIT_ROUNDS ?? 50);
const AT_ONCE = 2;
const LINE_LENGTH = 2 ** 20 + 1;
const LONGEST_EXIT_MS = 2_000;
// Far more than a child takes to get to its line; only one that hangs before it meets it.
const LONGEST_CHILD_MS = 60_000;

// The way to end, the exit code, the signal that ended it (none of our making).
const ENDS = [
  ['exit', 7, null, 'process.exit(7)'],
  ['reallyExit', 5, null, 'process.reallyExit(5)'],
  ['uncaught', 1, null, 'an uncaught error'],
  ['rejection', 1, null, 'an unhandled rejection'],
  ['sigterm', null, 'SIGTERM', 'SIGTERM'],
  ['sigtermHandled', 9, null, 'SIGTERM with a handler that exits'],
  ['terminateWorker', 0, null, 'worker.terminate() of a Worker that owns a busy pool'],
  // Each round is thirty of them.
  ['onlyInWorkers', 0, null, 'thirty Workers in a row that load it', Math.ceil(ROUNDS / 5)],
  ['idle', 0, null, 'the natural end with an idle pool'],
];

function endOnce(way, env = process.env) {
  return new Promise((resolve, reject) => {
    const stdio = ['ignore', 'pipe', 'pipe'];
    const child = spawn(process.execPath, [CHILD, way], { stdio, env });
    let length = 0;
    let complete;
    let errors = '';
    child.stdout.on('data', (chunk) => {
      length += chunk.length;
      if (length >= LINE_LENGTH) complete ??= performance.now();
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text;
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_CHILD_MS);
    let exited;
    child.on('exit', () => {
      exited = performance.now();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, length, errors, took: exited - (complete ?? exited) });
    });
  });
}

for (const [way, code, signal, name, rounds = ROUNDS] of ENDS) {
  test(`${name}: right code, no signal of ours, prompt, nothing lost (${rounds} times)`, async () => {
    let left = rounds;
    const inTurn = async () => {
      while (left > 0) {
        left -= 1;
        const end = await endOnce(way);
        const where = `round ${rounds - left}: ${JSON.stringify(end)}`;
        assert.equal(end.code, code, where);
        assert.equal(end.signal, signal, where);
        assert.equal(end.length, LINE_LENGTH, where);
        assert.ok(end.took <= LONGEST_EXIT_MS, where);
        if (code === 1) assert.match(end.errors, /nobody (catches|handles) this/);
        else assert.equal(end.errors, '', where);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, inTurn));
  });
}

// Node's OpenSSL keeps state for each thread that made an isolate; its own clean-up at exit must not meet that of a
// thread that is still ending.
test(
  'the exit waits for threads whose end takes long',
  { skip: process.platform !== 'linux' && 'preloads a library' },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'offloop-exits-'));
    try {
      const library = join(folder, 'slow-thread-end.so');
      const source = join(__dirname, 'fixtures', 'slow-thread-end.c');
      const compiler = process.env.CXX ?? 'c++';
      execFileSync(compiler, ['-x', 'c', '-shared', '-fPIC', '-o', library, source, '-ldl']);
      const env = { ...process.env, LD_PRELOAD: library };
      for (let round = 0; round < 5; round += 1) {
        for (const [way, code, signal] of ENDS.slice(0, 2)) {
          const ended = await endOnce(way, env);
          assert.deepEqual([ended.code, ended.signal, ended.errors], [code, signal, '']);
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
