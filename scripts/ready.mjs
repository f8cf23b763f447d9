// Everything that a change must pass: what CI runs, and formatting, lints, types and the packages.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { capture, runForCode } from './run.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);
const script = (name) => join('scripts', name);

/** Quick ones first. @type {[name: string, command: string, ...args: string[]][]} */
const CHECKS = [
  ['prettier', bin('prettier'), '--check', '--log-level=warn', '.'],
  ['oxlint', bin('oxlint'), '--deny-warnings'],
  ['tsc', bin('tsc'), '--project', 'tsconfig.json'],
  ['gates', process.execPath, script('gates.mjs')],
  ['cargo fmt', 'cargo', 'fmt', '--check'],
  [
    'clippy',
    process.execPath,
    script('cargo.mjs'),
    'clippy',
    '--locked',
    '--all-targets',
    '--',
    '-D',
    'warnings',
  ],
  ['types of the seam', process.execPath, script('seam-types.mjs'), '--check'],
  ['npm test', 'npm', 'test'],
  ['npm run test:nodes', 'npm', 'run', 'test:nodes'],
  ['npm run test:workers', 'npm', 'run', 'test:workers', '--', '--only', '24'],
  ['npm run compat', 'npm', 'run', 'compat', '--', '--check'],
];

/** Are the types right for every way to resolve the package, and is its manifest sound? */
async function checkTarball() {
  const folder = mkdtempSync(join(tmpdir(), 'offloop-ready-'));
  try {
    const assembled = await runForCode(process.execPath, [
      script('assemble-npm.mjs'),
      '--out',
      folder,
    ]);
    if (assembled !== 0) return assembled;
    const cwd = join(folder, 'offloop');
    const [{ filename }] = JSON.parse(
      capture('npm', ['pack', '--json'], { cwd, stdio: ['ignore', 'pipe', 'ignore'] }),
    );
    const tarball = join(cwd, filename);
    return (
      (await runForCode(bin('attw'), [tarball, '--no-emoji'])) ||
      (await runForCode(bin('publint'), ['run', tarball, '--strict']))
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const results = [];
async function check(name, work) {
  console.log(`\n── ${name} ──`);
  const started = Date.now();
  const code = await work();
  results.push({ name, passed: code === 0, seconds: Math.round((Date.now() - started) / 1000) });
}

for (const [name, command, ...args] of CHECKS) {
  await check(name, () => runForCode(command, args, { cwd: root }));
}
await check('attw and publint', checkTarball);

console.log();
for (const { name, passed, seconds } of results) {
  console.log(`${passed ? 'passed' : 'FAILED'}  ${name} (${seconds} s)`);
}
if (results.some(({ passed }) => !passed)) process.exitCode = 1;
