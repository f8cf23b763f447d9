// The packages in a node_modules, the clone's own or a fixture's: do they match the lock, and if not, npm ci.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { withProgress } from './progress.mjs';
import { run, runQuietly } from './run.mjs';

/** True when node_modules holds just what package-lock.json says, for this platform. */
export function dependenciesAreCurrent(folder = root) {
  const installedLock = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(installedLock)) return false;
  const wanted = packagesOf(join(folder, 'package-lock.json'));
  const installed = packagesOf(installedLock);
  const missing = [...wanted].some(
    ([path, entry]) =>
      installed.get(path)?.version !== entry.version && !entry.optional && !entry.devOptional,
  );
  const stale = [...installed].some(([path, entry]) => wanted.get(path)?.version !== entry.version);
  return !missing && !stale;
}

/** @returns {Map<string, { version: string, optional?: boolean, devOptional?: boolean }>} */
function packagesOf(lockFile) {
  const { packages } = JSON.parse(readFileSync(lockFile, 'utf8'));
  return new Map(Object.entries(packages).filter(([path]) => path !== ''));
}

/**
 * @param {object} [options]
 * @param {boolean} [options.verbose] npm's own lines instead of one line of progress
 * @param {string} [options.folder]
 * @param {string[]} [options.flags] for npm
 */
export async function installDependencies({ verbose = false, folder = root, flags = [] } = {}) {
  const args = ['ci', '--no-audit', '--no-fund', ...flags];
  const options = { cwd: folder };
  if (verbose) await run('npm', args, options);
  else {
    await withProgress('npm ci', () => runQuietly('npm', [...args, '--loglevel=error'], options));
  }
}
