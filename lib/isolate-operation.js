// @ts-check
'use strict';

const { invalidType, OffloopError } = require('./errors.js');

/** What an isolate can be asked for beside calling a function; numbered as in src/pool/work.rs. */
const Operation = Object.freeze({
  EVALUATE: 1,
  COMPILE: 2,
  RUN_SCRIPT: 3,
  SET: 4,
  GET: 5,
  CREATE_CONTEXT: 6,
  DROP_CONTEXT: 7,
  HEAP_STATISTICS: 8,
});

/** The context that every isolate has from the start. */
const MAIN_CONTEXT = 0;
const NO_SCRIPT = 0;

/**
 * Queues an operation; answers with the promise of its result. Scripts and contexts enter here.
 * @type {unique symbol}
 */
const kOperate = Symbol('offloop.operate');

/**
 * Runs a function in one of an isolate's contexts.
 * @type {unique symbol}
 */
const kRunIn = Symbol('offloop.runIn');

/**
 * One request: what it needs beyond its kind.
 * @typedef {object} Request
 * @property {number} kind one of `Operation`
 * @property {number} [context] its id
 * @property {number} [script] its id
 * @property {string} [text] code, or the name of a global
 * @property {string} [filename]
 * @property {unknown} [value]
 * @property {number | undefined} [timeout] undefined: the isolate's
 * @property {AbortSignal | undefined} [signal]
 * @property {unknown} [owner] the script and context, which must not be collected meanwhile
 */

/** @type {Request} */
const NOTHING_MORE = Object.freeze({ kind: 0 });

/** @param {unknown} name */
function checkGlobalName(name) {
  if (typeof name === 'string' && name !== '') return name;
  throw invalidType("argument 'name'", name, 'the name of a global: a string that is not empty');
}

/** @param {unknown} code */
function checkCode(code) {
  if (typeof code === 'string') return code;
  throw invalidType("argument 'code'", code, 'a string of JavaScript');
}

/**
 * @param {'context' | 'script'} what
 * @param {string} why
 */
function disposedError(what, why) {
  return new OffloopError('OFFLOOP_ERR_CLOSED', `this ${what} cannot be used any more: ${why}`);
}

exports.Operation = Operation;
exports.MAIN_CONTEXT = MAIN_CONTEXT;
exports.NO_SCRIPT = NO_SCRIPT;
exports.NOTHING_MORE = NOTHING_MORE;
exports.kOperate = kOperate;
exports.kRunIn = kRunIn;
exports.checkGlobalName = checkGlobalName;
exports.checkCode = checkCode;
exports.disposedError = disposedError;
