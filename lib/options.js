// @ts-check
'use strict';

const { isAbsolute } = require('node:path');
const { fileURLToPath } = require('node:url');

const { invalidType, invalidRange, refusedOption } = require('./errors.js');

// Options are read from own properties only, so that a polluted Object.prototype changes nothing.
// Nothing is clamped: a value out of range is refused, with the option's name.

const MIB = 1024 * 1024;

/** Defaults of `new Pool()`; `null`: computed from the machine or from other options. */
const POOL_DEFAULTS = Object.freeze({
  name: null,
  filename: undefined,
  minThreads: 0,
  maxThreads: null,
  idleTimeout: 10_000,
  maxQueue: Infinity,
  maxSuspended: null,
  timeout: Infinity,
  queueTimeout: Infinity,
  cpuTimeout: Infinity,
  memoryLimitMb: null,
  stackSizeMb: 4,
  console: 'forward',
  captures: 'auto',
  recordTiming: true,
  workerData: undefined,
  init: undefined,
});

const MAX_THREADS = 1024;
const SUSPENDED_PER_THREAD = 4;
// Each has an isolate, of megabytes and of four or five descriptors.
const MAX_SUSPENDED = 65_536;
const MIN_MEMORY_LIMIT_MB = 8;
const MAX_STACK_SIZE_MB = 256;

const MOST_PRIORITY = 2 ** 31 - 1;

const POOL_OPTION_NAMES = Object.keys(POOL_DEFAULTS);
const RUN_OPTION_NAMES = [
  'signal',
  'timeout',
  'queueTimeout',
  'cpuTimeout',
  'priority',
  'transferList',
  'move',
  'fresh',
  'name',
  'context',
  'captures',
  'onProgress',
  'from',
];

/**
 * @typedef {object} PoolSettings
 * @property {string} name
 * @property {unknown} filename
 * @property {unknown} exportName with a file name, `name` is this
 * @property {number} minThreads
 * @property {number} maxThreads
 * @property {number} idleTimeout
 * @property {number} maxQueue
 * @property {number} maxSuspended
 * @property {number} timeout
 * @property {number} queueTimeout
 * @property {number} cpuTimeout
 * @property {number} memoryLimitMb
 * @property {number} stackSizeMb
 * @property {'forward' | 'ignore'} console
 * @property {'auto' | 'strict'} captures
 * @property {boolean} recordTiming
 * @property {unknown} workerData
 * @property {import('./binding').AnyFunction | undefined} init
 */

/**
 * What the defaults depend on.
 * @typedef {object} MachineFacts
 * @property {number} effectiveCores may be fractional
 * @property {number} heapSizeLimit V8's own limit here, in bytes
 * @property {number} containerMemory limit of the container in bytes; Infinity without one
 * @property {string} defaultName
 */

/** What one run needs to know, read and checked. */
class RunSettings {
  constructor() {
    /** @type {AbortSignal | undefined} */
    this.signal = undefined;
    /** @type {number | undefined} undefined: the pool's */
    this.timeout = undefined;
    /** @type {number | undefined} undefined: the pool's */
    this.queueTimeout = undefined;
    /** @type {number | undefined} undefined: the pool's */
    this.cpuTimeout = undefined;
    this.priority = 0;
    /** @type {unknown[] | null} */
    this.transferList = null;
    this.move = false;
    this.fresh = false;
    /** @type {string | undefined} */
    this.name = undefined;
    /** @type {object | undefined} */
    this.context = undefined;
    /** @type {'auto' | 'strict' | undefined} undefined: the pool's */
    this.captures = undefined;
    /** @type {((value: any) => void) | undefined} */
    this.onProgress = undefined;
    /** @type {string | undefined} a path */
    this.from = undefined;
  }
}

const NO_RUN_OPTIONS = Object.freeze(new RunSettings());

/**
 * @param {unknown} options
 * @param {MachineFacts} facts
 * @returns {PoolSettings}
 */
function readPoolOptions(options, facts) {
  const given = ownOptions(options, POOL_OPTION_NAMES, 'new Pool()');
  const maxThreads =
    given.maxThreads === undefined
      ? Math.max(1, Math.min(MAX_THREADS, Math.floor(facts.effectiveCores)))
      : integer('maxThreads', given.maxThreads, 1, MAX_THREADS);
  const namesExport = given.filename !== undefined;
  return {
    name: given.name === undefined || namesExport ? facts.defaultName : text('name', given.name),
    filename: given.filename,
    exportName: namesExport ? given.name : undefined,
    minThreads:
      given.minThreads === undefined
        ? POOL_DEFAULTS.minThreads
        : integer('minThreads', given.minThreads, 0, maxThreads),
    maxThreads,
    idleTimeout:
      given.idleTimeout === undefined
        ? POOL_DEFAULTS.idleTimeout
        : milliseconds('idleTimeout', given.idleTimeout, 0),
    maxQueue: queueBound(given.maxQueue, maxThreads),
    maxSuspended:
      given.maxSuspended === undefined
        ? SUSPENDED_PER_THREAD * maxThreads
        : integer('maxSuspended', given.maxSuspended, 0, MAX_SUSPENDED),
    timeout:
      given.timeout === undefined ? POOL_DEFAULTS.timeout : deadline('timeout', given.timeout),
    queueTimeout:
      given.queueTimeout === undefined
        ? POOL_DEFAULTS.queueTimeout
        : deadline('queueTimeout', given.queueTimeout),
    cpuTimeout:
      given.cpuTimeout === undefined
        ? POOL_DEFAULTS.cpuTimeout
        : deadline('cpuTimeout', given.cpuTimeout),
    memoryLimitMb:
      given.memoryLimitMb === undefined
        ? defaultMemoryLimitMb(facts, maxThreads)
        : integer('memoryLimitMb', given.memoryLimitMb, MIN_MEMORY_LIMIT_MB, Infinity),
    stackSizeMb:
      given.stackSizeMb === undefined
        ? POOL_DEFAULTS.stackSizeMb
        : integer('stackSizeMb', given.stackSizeMb, 1, MAX_STACK_SIZE_MB),
    console: consoleMode(given.console),
    captures:
      given.captures === undefined
        ? /** @type {'auto'} */ (POOL_DEFAULTS.captures)
        : capturesMode(given.captures),
    recordTiming:
      given.recordTiming === undefined
        ? POOL_DEFAULTS.recordTiming
        : flag('recordTiming', given.recordTiming),
    workerData: given.workerData,
    init: given.init === undefined ? POOL_DEFAULTS.init : callable('init', given.init),
  };
}

/**
 * @param {unknown} options
 * @returns {RunSettings}
 */
function readRunOptions(options) {
  if (options === undefined) return NO_RUN_OPTIONS;
  if (options instanceof RunSettings) return options;
  if (!isOptionsObject(options)) throw invalidType('options', options, 'an object of run options');
  const settings = new RunSettings();
  for (const key of Object.keys(options)) {
    const value = /** @type {any} */ (options)[key];
    if (value === undefined) continue;
    switch (key) {
      case 'signal':
        settings.signal = abortSignal(value);
        break;
      case 'timeout':
        settings.timeout = deadline('timeout', value);
        break;
      case 'cpuTimeout':
        settings.cpuTimeout = deadline('cpuTimeout', value);
        break;
      case 'queueTimeout':
        settings.queueTimeout = deadline('queueTimeout', value);
        break;
      case 'priority':
        settings.priority = integer('priority', value, -MOST_PRIORITY, MOST_PRIORITY);
        break;
      case 'transferList':
        if (!Array.isArray(value)) {
          throw invalidType("option 'transferList'", value, 'an array of ArrayBuffers');
        }
        settings.transferList = value;
        break;
      case 'move':
        settings.move = flag('move', value);
        break;
      case 'fresh':
        settings.fresh = flag('fresh', value);
        break;
      case 'name':
        settings.name = text('name', value);
        break;
      case 'context':
        if (!isOptionsObject(value)) {
          throw invalidType(
            "option 'context'",
            value,
            'an object whose properties the function may use by name',
          );
        }
        settings.context = value;
        break;
      case 'captures':
        settings.captures = capturesMode(value);
        break;
      case 'from':
        settings.from = filePath('from', value);
        break;
      case 'onProgress':
        if (typeof value !== 'function') {
          throw invalidType("option 'onProgress'", value, 'a function');
        }
        settings.onProgress = value;
        break;
      default:
        throw unknownOption(key, RUN_OPTION_NAMES, 'run()');
    }
  }
  return settings;
}

/**
 * @param {unknown} options
 * @returns {{ force: boolean, timeout: number }}
 */
function readCloseOptions(options) {
  const given = ownOptions(options, ['force', 'timeout'], 'close()');
  const { force = false, timeout = Infinity } = given;
  return { force: flag('force', force), timeout: milliseconds('timeout', timeout, 0) };
}

/**
 * The own properties of an options object, each known; on an object without prototype.
 * @param {unknown} options
 * @param {string[]} names
 * @param {string} where
 * @returns {Record<string, unknown>}
 */
function ownOptions(options, names, where) {
  const given = Object.create(null);
  if (options === undefined) return given;
  if (!isOptionsObject(options))
    throw invalidType('options', options, `an object of options for ${where}`);
  for (const key of Object.keys(options)) {
    if (!names.includes(key)) throw unknownOption(key, names, where);
    given[key] = /** @type {any} */ (options)[key];
  }
  return given;
}

/**
 * @param {string} key
 * @param {string[]} names
 * @param {string} where
 */
function unknownOption(key, names, where) {
  return refusedOption(key, `unknown option '${key}' of ${where}; it takes ${names.join(', ')}`);
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, any>}
 */
function isOptionsObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * @param {string} option
 * @param {unknown} value
 */
function text(option, value) {
  if (typeof value !== 'string') throw invalidType(`option '${option}'`, value, 'a string');
  if (value === '' || value.includes('\0')) {
    throw invalidRange(`option '${option}'`, value, 'a non-empty string without a NUL character');
  }
  return value;
}

/**
 * @param {string} option
 * @param {unknown} value
 * @returns {string} an absolute path
 */
function filePath(option, value) {
  const expectation = 'an absolute path or a file: URL';
  if (typeof value !== 'string' && !(value instanceof URL))
    throw invalidType(`option '${option}'`, value, expectation);
  const given = String(value);
  if (isAbsolute(given) && !given.includes('\0')) return given;
  try {
    return fileURLToPath(given);
  } catch {
    throw invalidRange(`option '${option}'`, value, expectation);
  }
}

/**
 * @param {string} option
 * @param {unknown} value
 */
function flag(option, value) {
  if (typeof value !== 'boolean') throw invalidType(`option '${option}'`, value, 'true or false');
  return value;
}

/**
 * @param {string} option
 * @param {unknown} value
 * @returns {import('./binding').AnyFunction}
 */
function callable(option, value) {
  if (typeof value !== 'function') throw invalidType(`option '${option}'`, value, 'a function');
  return /** @type {import('./binding').AnyFunction} */ (value);
}

/**
 * @param {string} option
 * @param {unknown} value
 * @param {number} least
 * @param {number} most
 */
function integer(option, value, least, most) {
  const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
  if (typeof value !== 'number')
    throw invalidType(`option '${option}'`, value, `an integer ${range}`);
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw invalidRange(`option '${option}'`, value, `an integer ${range}`);
  }
  return value;
}

/**
 * @param {string} option
 * @param {unknown} value
 * @param {number} least
 */
function milliseconds(option, value, least) {
  const expectation = `milliseconds: a number of at least ${least}, or Infinity`;
  if (typeof value !== 'number') throw invalidType(`option '${option}'`, value, expectation);
  if (!(value >= least)) throw invalidRange(`option '${option}'`, value, expectation);
  return value;
}

/**
 * @param {string} option
 * @param {unknown} value
 */
function deadline(option, value) {
  const expectation = 'milliseconds: a number greater than 0, or Infinity for none';
  if (typeof value !== 'number') throw invalidType(`option '${option}'`, value, expectation);
  if (!(value > 0)) throw invalidRange(`option '${option}'`, value, expectation);
  return value;
}

/**
 * @param {unknown} value
 * @param {number} maxThreads
 */
function queueBound(value, maxThreads) {
  if (value === undefined) return POOL_DEFAULTS.maxQueue;
  if (value === 'auto') return maxThreads * maxThreads;
  const expectation = "an integer of at least 0, Infinity or 'auto' (maxThreads²)";
  if (typeof value !== 'number') throw invalidType("option 'maxQueue'", value, expectation);
  if (value !== Infinity && (!Number.isSafeInteger(value) || value < 0)) {
    throw invalidRange("option 'maxQueue'", value, expectation);
  }
  return value;
}

/**
 * @param {unknown} value
 * @returns {'forward' | 'ignore'}
 */
function consoleMode(value) {
  if (value === undefined) return /** @type {'forward'} */ (POOL_DEFAULTS.console);
  if (value === 'forward' || value === 'ignore') return value;
  if (typeof value !== 'string')
    throw invalidType("option 'console'", value, "'forward' or 'ignore'");
  throw invalidRange("option 'console'", value, "'forward' or 'ignore'");
}

/**
 * @param {unknown} value
 * @returns {'auto' | 'strict'}
 */
function capturesMode(value) {
  if (value === 'auto' || value === 'strict') return value;
  if (typeof value !== 'string')
    throw invalidType("option 'captures'", value, "'auto' or 'strict'");
  throw invalidRange("option 'captures'", value, "'auto' or 'strict'");
}

/**
 * Any object with the shape of an AbortSignal: those of other realms and of polyfills count.
 * @param {any} value
 * @returns {AbortSignal}
 */
function abortSignal(value) {
  if (
    typeof value !== 'object' ||
    value === null ||
    typeof value.aborted !== 'boolean' ||
    typeof value.addEventListener !== 'function' ||
    typeof value.removeEventListener !== 'function'
  ) {
    throw invalidType("option 'signal'", value, 'an AbortSignal');
  }
  return value;
}

/**
 * V8's own limit, or half of the container's memory shared by the threads, whichever is less.
 * @param {MachineFacts} facts
 * @param {number} maxThreads
 */
function defaultMemoryLimitMb(facts, maxThreads) {
  const share = (0.5 * facts.containerMemory) / maxThreads;
  return Math.max(MIN_MEMORY_LIMIT_MB, Math.floor(Math.min(facts.heapSizeLimit, share) / MIB));
}

exports.POOL_DEFAULTS = POOL_DEFAULTS;
exports.RunSettings = RunSettings;
exports.NO_RUN_OPTIONS = NO_RUN_OPTIONS;
exports.readPoolOptions = readPoolOptions;
exports.readRunOptions = readRunOptions;
exports.readCloseOptions = readCloseOptions;
exports.ownOptions = ownOptions;
exports.abortSignal = abortSignal;
exports.consoleMode = consoleMode;
exports.deadline = deadline;
exports.flag = flag;
exports.text = text;
exports.integer = integer;
exports.isOptionsObject = isOptionsObject;
