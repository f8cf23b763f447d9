// @ts-check
'use strict';

const { invalidRange, invalidType, refusedOption } = require('./errors.js');
const {
  NO_RUN_OPTIONS,
  abortSignal,
  consoleMode,
  deadline,
  flag,
  integer,
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

/** @type {Set<string>} */
const NONE_TO_COME = new Set();

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
 */

/**
 * @param {unknown} options
 * @returns {IsolateSettings}
 */
function readIsolateOptions(options) {
  const given = ownOptions(options, OPTION_NAMES, NONE_TO_COME, 'new Isolate()');
  if (given.modules !== undefined && given.modules !== false) {
    throw refusedOption(
      'modules',
      "option 'modules' of new Isolate() is not available yet in this version of offloop: leave it out, or pass false",
    );
  }
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
  const given = ownOptions(options, names, NONE_TO_COME, where);
  return {
    filename: given.filename === undefined ? '<isolate>' : text('filename', given.filename),
    timeout: given.timeout === undefined ? undefined : deadline('timeout', given.timeout),
    signal: given.signal === undefined ? undefined : abortSignal(given.signal),
    context: given.context,
  };
}

exports.ISOLATE_DEFAULTS = ISOLATE_DEFAULTS;
exports.RUNTIME_GLOBALS = RUNTIME_GLOBALS;
exports.readIsolateOptions = readIsolateOptions;
exports.readIsolateRunOptions = readIsolateRunOptions;
exports.readCodeOptions = readCodeOptions;
