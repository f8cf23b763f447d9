// Where the headers of a Node are: beside it, where npm or node-gyp keep them, or in a package.
import { existsSync, readFileSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { installNode } from './nodes.mjs';
import { targetOfAbi } from './paths.mjs';
import { capture } from './run.mjs';

/**
 * The folder with `node.h`, `v8.h` and `uv.h` for `abi`, installed from npm when no other has them.
 * @param {string} abi
 * @param {string} [nodeBinary] look beside this Node first
 * @returns {Promise<string>}
 */
export async function findHeaders(abi, nodeBinary = process.execPath) {
  const target = targetOfAbi(abi);
  for (const candidates of [besideNode, fromNpmConfig, fromNodeGypCache]) {
    const include = candidates(nodeBinary).find((folder) => abiOfHeaders(folder) === abi);
    if (include) return include;
  }
  const { include } = await installNode(target);
  if (abiOfHeaders(include) !== abi) {
    throw new Error(`${include} should hold headers of Node ABI ${abi} and does not.`);
  }
  return include;
}

/** `NODE_MODULE_VERSION` of a folder of headers, or null when it is none. */
function abiOfHeaders(include) {
  // All three, since a distribution may package libuv's and V8's headers apart from Node's.
  if (!['node.h', 'v8.h', 'uv.h'].every((file) => existsSync(join(include, file)))) return null;
  const text = readFileSync(join(include, 'node_version.h'), 'utf8');
  return text.match(/^#define NODE_MODULE_VERSION (\d+)$/m)?.[1] ?? null;
}

function besideNode(nodeBinary) {
  return [join(dirname(dirname(realpathSync(nodeBinary))), 'include', 'node')];
}

function fromNpmConfig() {
  // Set by npm when it runs a script; asking npm itself takes a third of a second.
  const value = process.env.npm_config_nodedir ?? askNpmFor('nodedir');
  return value ? [join(value, 'include', 'node'), join(value, 'src')] : [];
}

function askNpmFor(key) {
  const value = capture('npm', ['config', 'get', key], { stdio: ['ignore', 'pipe', 'ignore'] });
  return value === 'undefined' || value === 'null' ? '' : value;
}

function fromNodeGypCache() {
  const cache =
    {
      darwin: join(homedir(), 'Library', 'Caches', 'node-gyp'),
      win32: join(process.env.LOCALAPPDATA ?? homedir(), 'node-gyp', 'Cache'),
    }[process.platform] ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'node-gyp');
  if (!existsSync(cache)) return [];
  return readdirSync(cache).map((version) => join(cache, version, 'include', 'node'));
}
