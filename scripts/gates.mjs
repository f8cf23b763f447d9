// Rules of this repository that no linter knows: node scripts/gates.mjs
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, targets } from './paths.mjs';
import { capture } from './run.mjs';

/** @typedef {{ rule: string, files: (path: string) => boolean, pattern: RegExp }} Gate */

const isRust = (path) => path.endsWith('.rs');

/** @type {Gate[]} */
const gates = [
  {
    rule: 'a SAFETY comment gives the reason; it does not ask for one',
    files: (path) => path.startsWith('src/'),
    pattern: /SAFETY:\s*(\?|TODO|$)/,
  },
  {
    rule: 'only src/napi/ and src/lib.rs use napi',
    files: (path) =>
      isRust(path) &&
      !path.startsWith('src/napi/') &&
      path !== 'src/lib.rs' &&
      path.startsWith('src/'),
    pattern: /\b(use|extern crate) napi(_derive)?\b|#\[napi\b/,
  },
  {
    rule: 'unsafe code is in src/isolate/ and src/napi/ only',
    files: (path) => isRust(path) && !/^src\/(isolate|napi)\//.test(path),
    pattern: /^[^/]*\bunsafe\b/,
  },
  {
    rule: 'differences between Node ABIs are in src/bridge/abi.h only',
    files: (path) => path.startsWith('src/bridge/') && path !== 'src/bridge/abi.h',
    pattern: /^\s*#\s*(if|elif)\b.*(NODE|V8)_\w*VERSION/,
  },
];

/** Longer files hold more than one thing. */
const MOST_LINES = 600;
const MOST_LINES_OF_A_TEST = 800;
const HAND_WRITTEN = /\.(rs|cc|h|js|mjs|cjs|ts)$/;
/** As long as what Rust exports, and what the package does: each is one file for its readers' sake. */
const AS_LONG_AS_IT_TAKES = ['lib/native.d.ts', 'index.d.ts'];

function trackedFiles() {
  return capture('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root })
    .split('\n')
    .filter(Boolean);
}

function violations(path) {
  const lines = readFileSync(join(root, path), 'utf8').split('\n');
  const found = gates
    .filter(({ files }) => files(path))
    .flatMap(({ rule, pattern }) =>
      lines.flatMap((line, index) =>
        pattern.test(line) ? [`${path}:${index + 1}: ${rule}\n    ${line.trim()}`] : [],
      ),
    );
  const most = /test/.test(path) ? MOST_LINES_OF_A_TEST : MOST_LINES;
  if (lines.length > most && !AS_LONG_AS_IT_TAKES.includes(path))
    found.push(`${path}: ${lines.length} lines, at most ${most}`);
  return found;
}

/** The loader cannot read scripts/abi.json, which is not published: it has the table once more. */
function loaderTableProblem() {
  const loader = readFileSync(join(root, 'lib', 'native.js'), 'utf8');
  const missing = targets.filter(({ abi, node }) => !loader.includes(`['${abi}', ${node}]`));
  return missing.map(
    ({ abi, node }) => `lib/native.js: SHIPPED lacks ['${abi}', ${node}] of scripts/abi.json`,
  );
}

const found = [
  ...trackedFiles()
    .filter((path) => HAND_WRITTEN.test(path))
    .flatMap(violations),
  ...loaderTableProblem(),
];
for (const violation of found) console.error(violation);
if (found.length > 0) process.exitCode = 1;
