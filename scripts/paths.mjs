// Places in the clone, and the table of the Node versions that the addon is built for.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const buildFolder = join(root, 'build');
export const nodesFolder = join(root, '.nodes');
export const packagesFolder = join(root, 'npm');

/**
 * @typedef {object} Target a row of scripts/abi.json: one Node major, one addon
 * @property {string} abi `process.versions.modules`
 * @property {number} node its major version
 * @property {string} headers the exact version whose headers and binary the npm package has
 * @property {string} std the C++ dialect that Node itself was built with
 * @property {number} gcc the oldest g++ that its headers work with
 * @property {number} clang the oldest clang++: 26 uses std::source_location, which 14 lacks
 */

/** @type {Target[]} */
export const targets = Object.entries(
  JSON.parse(readFileSync(join(root, 'scripts', 'abi.json'), 'utf8')),
).map(([abi, row]) => ({ abi, ...row }));

/**
 * @param {string} abi
 * @returns {Target}
 */
export function targetOfAbi(abi) {
  const target = targets.find((candidate) => candidate.abi === abi);
  if (target) return target;
  const known = targets.map((row) => `${row.abi} (Node ${row.node})`).join(', ');
  throw new Error(`Node ABI ${abi} is not one that offloop is built for: ${known}.`);
}
