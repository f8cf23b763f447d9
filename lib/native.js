// @ts-check
'use strict';

/**
 * Loads the one binary that fits this runtime and exports what it exports.
 *
 * The binary uses V8 directly, and Node checks no version of V8 for it. So it is chosen by Node's
 * ABI (`process.versions.modules`) and asked for its own before anything else calls it.
 */

const { existsSync } = require('node:fs');
const { join } = require('node:path');

const { checkoutFileName, platformTriple } = require('./binding-name');
const { OffloopError } = require('./errors');
const { requirePlatformPackage } = require('./platform-package');

/** @typedef {import('./binding').Binding} Binding */

/** ABI to Node's major version, for each binary that a platform package holds. */
const SHIPPED = new Map([
  ['115', 20],
  ['127', 22],
  ['137', 24],
  ['147', 26],
]);

/**
 * Runtimes that call themselves Node in `process.versions`, but whose V8 is another or missing.
 * @type {readonly [key: string, name: string][]}
 */
const OTHER_RUNTIMES = [
  ['bun', 'Bun'],
  ['deno', 'Deno'],
  ['electron', 'Electron'],
  ['nw', 'NW.js'],
];

/** @returns {Binding} */
function load() {
  const abi = process.versions.modules;
  refuseOtherRuntimes(abi);

  const override = process.env.OFFLOOP_NATIVE_PATH;
  if (override) {
    return attempt([[`OFFLOOP_NATIVE_PATH (${override})`, () => require(override)]], abi);
  }
  const checkout = join(__dirname, '..', 'build', checkoutFileName(abi));
  /** @type {Source[]} */
  const sources = [[`@offloop/binding-${platformTriple}`, requirePlatformPackage]];
  if (existsSync(checkout)) sources.unshift([checkout, () => require(checkout)]);
  return attempt(sources, abi);
}

/** @param {string} abi */
function refuseOtherRuntimes(abi) {
  const other = OTHER_RUNTIMES.find(([key]) => process.versions[key] !== undefined);
  if (other) {
    const [key, name] = other;
    throw unsupported(
      `this is ${name} ${process.versions[key]}, and offloop needs Node.js itself, whose V8 it uses. ` +
        `Run this program with ${shippedNodes()}.`,
    );
  }
  if (!SHIPPED.has(abi)) {
    throw unsupported(
      `this is Node.js ${process.version} (ABI ${abi}), and offloop has binaries for ${shippedNodes()}. ` +
        'Use one of these versions, or a newer offloop.',
    );
  }
}

/**
 * @typedef {[name: string, load: () => any]} Source where a binary may be, and how to load it
 */

/**
 * The first source that loads and is of this ABI. When none does, no reason is lost: the message has
 * one line of each, and each error is the `cause` of the one before it.
 *
 * @param {Source[]} sources
 * @param {string} abi
 * @returns {Binding}
 */
function attempt(sources, abi) {
  /** @type {Error[]} */
  const failures = [];
  for (const [name, loadSource] of sources) {
    try {
      return checked(loadSource(), abi);
    } catch (error) {
      failures.push(new Error(`${name}: ${firstLine(error)}`, { cause: error }));
    }
  }
  throw unsupported(
    `no binary could be loaded for ${platformTriple} and Node.js ${process.version} (ABI ${abi}).\n` +
      `${failures.map(({ message }) => `  tried ${message}\n`).join('')}` +
      'Binaries come as an optional dependency: install again without --omit=optional on this very ' +
      'platform, or run `npm run build` in a checkout.',
    chain(failures),
  );
}

/**
 * @param {Error[]} failures
 * @returns {Error} the last one; at the end of its causes stands the one before it
 */
function chain(failures) {
  return failures.reduce((earlier, failure) => {
    let end = failure;
    while (end.cause instanceof Error) end = end.cause;
    end.cause = earlier;
    return failure;
  });
}

/**
 * @param {Binding} binding
 * @param {string} abi
 */
function checked(binding, abi) {
  if (String(binding.abi) === abi) return binding;
  throw new Error(`was built for ABI ${binding.abi}, and this Node.js has ABI ${abi}`);
}

/** @param {unknown} error */
function firstLine(error) {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0];
}

function shippedNodes() {
  const versions = [...SHIPPED].map(([abi, major]) => `${major} (ABI ${abi})`);
  return `Node.js ${versions.slice(0, -1).join(', ')} or ${versions.at(-1)}`;
}

/**
 * @param {string} message
 * @param {unknown} [cause]
 */
function unsupported(message, cause) {
  return new OffloopError(
    'OFFLOOP_ERR_UNSUPPORTED_RUNTIME',
    `offloop cannot run here: ${message}`,
    {
      cause,
    },
  );
}

const binding = load();
// What stands in for Node's own modules in tasks: bundled by scripts/builtins.mjs.
binding.useBuiltins(join(__dirname, '..', 'build', 'builtins'));

module.exports = binding;
