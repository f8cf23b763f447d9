// Runs the JavaScript tests with one Node and counts what they said.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MAIN_THREAD_ONLY } from './main-thread-only.mjs';
import { root } from './paths.mjs';
import { runForCode } from './run.mjs';

const TEST_FOLDER = '__test__';
const CONCURRENCY = 2;
/** For one file: a hanging one must fail, and the slowest loops processes fifty times. */
const FILE_TIMEOUT_MS = 300_000;

/** @typedef {{ tests: number, pass: number, fail: number, cancelled: number, skipped: number, todo: number }} Counts */

/**
 * @param {object} options
 * @param {string} options.nodeBinary
 * @param {string[]} [options.only] parts of file names; all files without it
 * @param {string[]} [options.nodeFlags]
 * @param {NodeJS.ProcessEnv} [options.env] besides ours
 * @param {boolean} [options.inWorker] each file in a Worker, but for those in `MAIN_THREAD_ONLY`
 * @returns {Promise<{ code: number, counts: Counts | null, files: number }>} no counts when the runner died
 */
export async function runTests({
  nodeBinary,
  only = [],
  nodeFlags = [],
  env = {},
  inWorker = false,
}) {
  const folder = mkdtempSync(join(tmpdir(), 'offloop-tests-'));
  const countsFile = join(folder, 'counts.json');
  const reporter = pathToFileURL(join(root, 'scripts', 'count-reporter.mjs')).href;
  try {
    const files = inWorker ? stubs(testFiles(only), folder) : testFiles(only);
    const code = await runForCode(
      nodeBinary,
      [
        ...nodeFlags,
        '--test',
        `--test-concurrency=${CONCURRENCY}`,
        `--test-timeout=${FILE_TIMEOUT_MS}`,
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        `--test-reporter=${reporter}`,
        `--test-reporter-destination=${countsFile}`,
        // A list: a folder is refused by 22 and 24, a glob by 20.
        ...files,
      ],
      { cwd: root, env: { ...process.env, ...env } },
    );
    return { code, counts: readCounts(countsFile), files: files.length };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A file for each, in `folder`, that runs it in a Worker. */
function stubs(files, folder) {
  for (const name of MAIN_THREAD_ONLY.keys()) {
    if (!existsSync(join(root, TEST_FOLDER, name)))
      throw new Error(`scripts/main-thread-only.mjs names ${name}, which is not in ${TEST_FOLDER}`);
  }
  const runner = JSON.stringify(join(root, 'scripts', 'in-worker.cjs'));
  const able = files.filter((file) => !MAIN_THREAD_ONLY.has(basename(file)));
  if (able.length === 0) throw new Error(`${files.join(', ')}: on the main thread only`);
  return able.map((file) => {
    const stub = join(folder, basename(file));
    writeFileSync(stub, `require(${runner})(${JSON.stringify(join(root, file))});\n`);
    return stub;
  });
}

function testFiles(only) {
  const files = readdirSync(join(root, TEST_FOLDER))
    .filter((name) => name.endsWith('.test.js'))
    .filter((name) => only.length === 0 || only.some((part) => name.includes(part)))
    .sort()
    .map((name) => join(TEST_FOLDER, name));
  if (files.length === 0)
    throw new Error(`no test file in ${TEST_FOLDER} has ${only.join(' or ')} in its name`);
  return files;
}

function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
