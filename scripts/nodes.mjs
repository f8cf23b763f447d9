// Other Node versions, binary and headers, from the npm packages that carry them.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodesFolder } from './paths.mjs';
import { run } from './run.mjs';

const platformInPackageName = process.platform === 'win32' ? 'win' : process.platform;
const packageName = `node-${platformInPackageName}-${process.arch}`;

/**
 * @param {import('./paths.mjs').Target} target
 * @returns {{ binary: string, include: string, installed: boolean }}
 */
function packagedNode({ node: major, headers: version }) {
  const folder = join(nodesFolder, String(major), 'node_modules', packageName);
  const binary = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const include = join(folder, 'include', 'node');
  const stamp = join(nodesFolder, String(major), `${version}.installed`);
  return { binary, include, installed: existsSync(stamp) && existsSync(binary) };
}

/**
 * Installs the Node of `target` into the clone's git-ignored `.nodes` folder unless it is there.
 * @param {import('./paths.mjs').Target} target
 * @returns {Promise<{ binary: string, include: string }>}
 */
export async function installNode(target) {
  const found = packagedNode(target);
  if (found.installed) return found;

  const folder = join(nodesFolder, String(target.node));
  const wanted = `${packageName}@${target.headers}`;
  console.log(`installing ${wanted} into .nodes/${target.node}`);
  mkdirSync(folder, { recursive: true });
  // Its own manifest, so that npm does not take the clone's.
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  await run(
    'npm',
    ['install', '--no-save', '--no-package-lock', '--ignore-scripts', '--loglevel=error', wanted],
    { cwd: folder },
  );
  writeFileSync(join(folder, `${target.headers}.installed`), '');
  return packagedNode(target);
}
