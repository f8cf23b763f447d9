// One addon for one Node ABI: is it current, and if not, cargo and a copy to build/.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { runCargo } from './cargo-run.mjs';
import { findHeaders } from './headers.mjs';
import { buildFolder, root } from './paths.mjs';
import { withProgress } from './progress.mjs';

const { checkoutFileName } = createRequire(import.meta.url)('../lib/binding-name.js');

/** What the binary is made from, besides Node's headers. */
const SOURCES = ['Cargo.toml', 'Cargo.lock', 'build.rs', 'scripts/abi.json', 'src'];

/**
 * @typedef {object} BuildOptions
 * @property {string} abi
 * @property {string} [nodeBinary] look for headers beside this Node first
 * @property {string} [include] the headers, when they are known already
 * @property {boolean} [debug]
 * @property {boolean} [asan] goes to build/asan, so that it never replaces the normal one
 * @property {boolean} [force] build even when nothing changed
 * @property {boolean} [verbose] cargo's own lines instead of one line of progress
 */

/**
 * Where the addon for `abi` belongs.
 * @param {Pick<BuildOptions, 'abi' | 'asan'>} options
 */
export function addonPath({ abi, asan = false }) {
  return join(buildFolder, ...(asan ? ['asan'] : []), checkoutFileName(abi));
}

/**
 * True when the addon exists and was made from exactly these sources.
 * @param {BuildOptions} options
 */
export function isCurrent(options) {
  const target = addonPath(options);
  const stamp = `${target}.stamp`;
  return (
    existsSync(target) && existsSync(stamp) && readFileSync(stamp, 'utf8') === stampOf(options)
  );
}

/**
 * @param {BuildOptions} options
 * @returns {Promise<string>} the addon's path
 */
export async function buildAddon(options) {
  const target = addonPath(options);
  const name = relative(root, target);
  const stamp = stampOf(options);
  if (!options.force && isCurrent(options)) {
    console.log(`${name} is up to date`);
    return target;
  }

  const include = options.include ?? (await findHeaders(options.abi, options.nodeBinary));
  console.log(`building ${name} against the headers in ${include}`);
  const library = options.verbose
    ? await buildLibrary(include, options)
    : await withProgress('cargo build', (progress) => buildLibrary(include, options, progress));

  mkdirSync(join(target, '..'), { recursive: true });
  const unfinished = `${target}.${process.pid}.tmp`;
  try {
    copyFileSync(library, unfinished);
    // A rename, so that a Node that has the old file mapped keeps it whole.
    renameSync(unfinished, target);
  } finally {
    rmSync(unfinished, { force: true });
  }
  writeFileSync(`${target}.stamp`, stamp);
  return target;
}

/** Runs cargo and returns the path of the shared library that it reports. */
async function buildLibrary(include, { abi, debug = false, asan = false }, progress) {
  const args = ['build', '--lib', '--locked', '--message-format=json-render-diagnostics'];
  if (!debug && !asan) args.push('--release');
  const output = await runCargo(args, { abi, include, asan, progress });
  const artifact = output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .find(
      // A dependency may be a shared library, too.
      ({ reason, target }) =>
        reason === 'compiler-artifact' &&
        target.name === 'offloop' &&
        target.kind.includes('cdylib'),
    );
  return artifact.filenames.find((file) => /\.(so|dylib|dll)$/.test(file));
}

/** Contents, not times: git sets a file's time when it checks it out. */
function stampOf({ abi, debug = false, asan = false }) {
  const hash = createHash('sha256');
  for (const file of SOURCES.flatMap(filesUnder)) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  }
  return JSON.stringify({ abi, debug, asan, sources: hash.digest('hex') });
}

function filesUnder(path) {
  const listing = (() => {
    try {
      return readdirSync(join(root, path), { withFileTypes: true });
    } catch (error) {
      if (error.code === 'ENOTDIR') return null;
      throw error;
    }
  })();
  if (listing === null) return [path];
  return listing
    .map((entry) => `${path}/${entry.name}`)
    .sort()
    .flatMap(filesUnder);
}
