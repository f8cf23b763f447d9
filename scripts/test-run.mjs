// Runs the JavaScript tests with one Node and counts what they said.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
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
 * @returns {Promise<{ code: number, counts: Counts | null, files: number }>} no counts when the runner died
 */
export async function runTests({ nodeBinary, only = [], nodeFlags = [], env = {} }) {
  const files = testFiles(only);
  const folder = mkdtempSync(join(tmpdir(), 'offloop-tests-'));
  const countsFile = join(folder, 'counts.json');
  const reporter = pathToFileURL(join(root, 'scripts', 'count-reporter.mjs')).href;
  try {
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
