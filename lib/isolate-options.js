// @ts-check
'use strict';

const { realpathSync, statSync } = require('node:fs');
const { fileURLToPath } = require('node:url');

const { invalidRange, invalidType, refusedOption } = require('./errors.js');
const {
  NO_RUN_OPTIONS,
  abortSignal,
  consoleMode,
  deadline,
  flag,
  integer,
  isOptionsObject,
  ownOptions,
  readRunOptions,
  text,
} = require('./options.js');

/** Defaults of `new Isolate()`. */
const ISOLATE_DEFAULTS = Object.freeze({
  memoryLimitMb: 128,
  timeout: Infinity,
  globals: true,
  console: 'forward',
  codeGeneration: false,
  sharedMemory: false,
  wasm: true,
  clock: 'coarse',
  modules: false,
});

const MIN_MEMORY_LIMIT_MB = 8;
const OPTION_NAMES = Object.keys(ISOLATE_DEFAULTS);

/** What the runtime gives beside ECMAScript and WebAssembly, as src/runtime/mod.rs has it. */
const RUNTIME_GLOBALS = Object.freeze([
  'console',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
  'structuredClone',
  'TextEncoder',
  'TextDecoder',
  'atob',
  'btoa',
  'performance',
  'offloop',
  'DOMException',
  'URL',
  'URLSearchParams',
  'AbortController',
  'AbortSignal',
  'Event',
  'EventTarget',
  'CustomEvent',
]);

/** What comes with modules. */
const MODULE_GLOBALS = Object.freeze(['require', 'Buffer', 'process', 'crypto', 'global']);

/**
 * @typedef {object} IsolateSettings
 * @property {number} memoryLimitMb
 * @property {number} timeout
 * @property {string[]} globals
 * @property {'forward' | 'ignore'} console
 * @property {boolean} codeGeneration
 * @property {boolean} sharedMemory
 * @property {boolean} wasm
 * @property {'coarse' | 'precise'} clock
 * @property {string | null} modulesRoot the real path of a folder
 */

/**
 * @param {unknown} options
 * @returns {IsolateSettings}
 */
function readIsolateOptions(options) {
  const given = ownOptions(options, OPTION_NAMES, 'new Isolate()');
  return {
    memoryLimitMb:
      given.memoryLimitMb === undefined
        ? ISOLATE_DEFAULTS.memoryLimitMb
        : integer('memoryLimitMb', given.memoryLimitMb, MIN_MEMORY_LIMIT_MB, Infinity),
    timeout:
      given.timeout === undefined ? ISOLATE_DEFAULTS.timeout : deadline('timeout', given.timeout),
    globals: globalNames(given.globals),
    console: consoleMode(given.console),
    codeGeneration: flagOr('codeGeneration', given.codeGeneration),
    sharedMemory: flagOr('sharedMemory', given.sharedMemory),
    wasm: flagOr('wasm', given.wasm),
    clock: clockMode(given.clock),
    modulesRoot: modulesRoot(given.modules),
  };
}

/**
 * @param {'codeGeneration' | 'sharedMemory' | 'wasm'} option
 * @param {unknown} value
 */
function flagOr(option, value) {
  return value === undefined ? ISOLATE_DEFAULTS[option] : flag(option, value);
}

/**
 * @param {unknown} value
 * @returns {string[]}
 */
function globalNames(value) {
  if (value === undefined || value === true) return [...RUNTIME_GLOBALS];
  if (value === false) return [];
  const expectation = `true, false or an array of names among ${RUNTIME_GLOBALS.join(', ')}`;
  if (!Array.isArray(value)) throw invalidType("option 'globals'", value, expectation);
  for (const name of value) {
    if (!RUNTIME_GLOBALS.includes(name)) throw invalidRange("option 'globals'", name, expectation);
  }
  return [...new Set(value)];
}

/**
 * @param {unknown} value
 * @returns {'coarse' | 'precise'}
 */
function clockMode(value) {
  if (value === undefined) return /** @type {'coarse'} */ (ISOLATE_DEFAULTS.clock);
  if (value === 'coarse' || value === 'precise') return value;
  const invalid = typeof value === 'string' ? invalidRange : invalidType;
  throw invalid("option 'clock'", value, "'coarse' or 'precise'");
}

/**
 * The folder that modules may come from, as it is now: links that are changed later do not move it.
 * @param {unknown} value
 * @returns {string | null}
 */
function modulesRoot(value) {
  if (value === undefined || value === false) return null;
  const expectation = 'false, or { root } with the path of a folder';
  if (!isOptionsObject(value)) throw invalidType("option 'modules'", value, expectation);
  const { root } = ownOptions(value, ['root'], "option 'modules'");
  if (typeof root !== 'string' && !(root instanceof URL)) {
    throw invalidType("option 'modules.root'", root, 'the path or file: URL of a folder');
  }
  try {
    const path = realpathSync(root instanceof URL ? fileURLToPath(root) : root);
    if (statSync(path).isDirectory()) return path;
  } catch {
    // Told below, whatever it is.
  }
  throw invalidRange(
    "option 'modules.root'",
    root,
    'the path or file: URL of a folder that is there',
  );
}

/** @type {[name: string, why: string][]} */
const NOT_FOR_ISOLATES = [
  ['priority', 'what is asked of one runs in order; make a Pool, or another Isolate'],
  ['fresh', 'make another context with createContext()'],
];

/**
 * Options of `run`. Those that choose among waiting tasks mean nothing where all run in order.
 * @param {unknown} options
 * @returns {Readonly<import('./options.js').RunSettings>}
 */
function readIsolateRunOptions(options) {
  if (options === undefined) return NO_RUN_OPTIONS;
  const settings = readRunOptions(options);
  for (const [name, why] of NOT_FOR_ISOLATES) {
    if (Object.hasOwn(/** @type {object} */ (options), name)) {
      throw refusedOption(name, `option '${name}' is not for an Isolate: ${why}`);
    }
  }
  return settings;
}

/**
 * What `evaluate`, `compile` and `script.run` take.
 * @typedef {object} CodeSettings
 * @property {string} filename
 * @property {number | undefined} timeout undefined: the isolate's
 * @property {AbortSignal | undefined} signal
 * @property {unknown} context
 */

/**
 * @param {unknown} options
 * @param {string[]} names those that this call takes
 * @param {string} where
 * @returns {CodeSettings}
 */
function readCodeOptions(options, names, where) {
  const given = ownOptions(options, names, where);
  return {
    filename: given.filename === undefined ? '<isolate>' : text('filename', given.filename),
    timeout: given.timeout === undefined ? undefined : deadline('timeout', given.timeout),
    signal: given.signal === undefined ? undefined : abortSignal(given.signal),
    context: given.context,
  };
}

exports.ISOLATE_DEFAULTS = ISOLATE_DEFAULTS;
exports.MODULE_GLOBALS = MODULE_GLOBALS;
exports.RUNTIME_GLOBALS = RUNTIME_GLOBALS;
exports.readIsolateOptions = readIsolateOptions;
exports.readIsolateRunOptions = readIsolateRunOptions;
exports.readCodeOptions = readCodeOptions;
