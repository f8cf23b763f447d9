// @ts-check
'use strict';

const { inspect } = require('node:util');

/**
 * Every error that offloop itself raises. Match `code`: messages may change.
 *
 * `OFFLOOP_ERR_CLOSURE`          the function uses something that cannot travel with it
 * `OFFLOOP_ERR_NOT_CLONEABLE`    an argument, result or context value cannot be cloned
 * `OFFLOOP_ERR_TIMEOUT`          the task ran longer than its `timeout` (name: TimeoutError)
 * `OFFLOOP_ERR_QUEUE_TIMEOUT`    the task waited longer than its `queueTimeout` and was never run
 * `OFFLOOP_ERR_QUEUE_FULL`       `maxQueue` tasks were waiting already
 * `OFFLOOP_ERR_MEMORY_LIMIT`     the task needed more than `memoryLimitMb`
 * `OFFLOOP_ERR_ISOLATE_LOST`     the task's isolate was lost or could not be made, or an `Isolate` was lost before
 * `OFFLOOP_ERR_CLOSED`           the pool is closed, closing or destroyed; an `Isolate`, context or script disposed of
 * `OFFLOOP_ERR_INVALID_OPTION`   an option or argument of the wrong type or range (a TypeError or RangeError)
 * `OFFLOOP_ERR_INIT_FAILED`      the pool's `init` failed in the task's context; `cause` is what it threw
 * `OFFLOOP_ERR_UNSETTLED`        the task's promise can never settle
 * `OFFLOOP_ERR_BUILTIN_UNAVAILABLE`  the task used a Node API that an isolate does not have
 * `OFFLOOP_ERR_MODULE_NOT_FOUND` a module that the task asked for is not there, or must not be loaded; `cause` has Node's code
 * `OFFLOOP_ERR_MODULE_FAILED`    a module threw while it was loaded, or cannot be loaded in this way
 * `OFFLOOP_ERR_NATIVE_ADDON`     a module is a native addon, which no isolate can load
 * `OFFLOOP_ERR_PREDICTION_FAILED`  a prediction could not be made: no threads, or the environment ends
 * `OFFLOOP_ERR_UNSUPPORTED_RUNTIME`  there is no binary for this runtime
 */

// Brands live in the global symbol registry, so that `instanceof` agrees across two copies of the package.
const kIsOffloopError = Symbol.for('offloop.OffloopError');
const kIsTimeoutError = Symbol.for('offloop.TimeoutError');
const kIsAbortError = Symbol.for('offloop.AbortError');

/**
 * @param {object} prototype
 * @param {PropertyKey} key
 * @param {unknown} value
 */
function defineHidden(prototype, key, value) {
  Object.defineProperty(prototype, key, { value, writable: true, configurable: true });
}

/**
 * Makes `instanceof` of this very class look at the brand; subclasses made by users keep the ordinary rule.
 * @param {Function} constructor
 * @param {symbol} brand
 */
function branded(constructor, brand) {
  defineHidden(constructor.prototype, brand, true);
  defineHidden(
    constructor,
    Symbol.hasInstance,
    /** @this {Function} @param {unknown} value */
    function hasInstance(value) {
      if (this !== constructor) return Function.prototype[Symbol.hasInstance].call(this, value);
      return (
        typeof value === 'object' && value !== null && /** @type {any} */ (value)[brand] === true
      );
    },
  );
}

class OffloopError extends Error {
  /**
   * @param {string} code one of the codes above
   * @param {string} message
   * @param {{ cause?: unknown }} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    /** @type {string} */
    this.code = code;
  }
}
defineHidden(OffloopError.prototype, 'name', 'OffloopError');
branded(OffloopError, kIsOffloopError);

class TimeoutError extends OffloopError {}
defineHidden(TimeoutError.prototype, 'name', 'TimeoutError');
branded(TimeoutError, kIsTimeoutError);

/** A task's signal was aborted; `cause` is the signal's reason. */
class AbortError extends Error {
  /**
   * @param {unknown} [reason]
   * @param {string} [message]
   */
  constructor(reason, message = 'The task was aborted') {
    super(message, { cause: reason });
    this.code = 'ABORT_ERR';
  }
}
defineHidden(AbortError.prototype, 'name', 'AbortError');
branded(AbortError, kIsAbortError);

class InvalidTypeError extends TypeError {
  /**
   * @param {string} message
   * @param {string} option
   */
  constructor(message, option) {
    super(message);
    this.code = 'OFFLOOP_ERR_INVALID_OPTION';
    this.option = option;
  }
}
// Shown as what it is for its users: a TypeError with a code.
defineHidden(InvalidTypeError, 'name', 'TypeError');
defineHidden(InvalidTypeError.prototype, kIsOffloopError, true);

class InvalidRangeError extends RangeError {
  /**
   * @param {string} message
   * @param {string} option
   */
  constructor(message, option) {
    super(message);
    this.code = 'OFFLOOP_ERR_INVALID_OPTION';
    this.option = option;
  }
}
defineHidden(InvalidRangeError, 'name', 'RangeError');
defineHidden(InvalidRangeError.prototype, kIsOffloopError, true);

/**
 * A short, safe picture of any value: no getter, proxy trap or custom inspector is run.
 * @param {unknown} value
 */
function show(value) {
  const text = inspect(value, {
    depth: 0,
    breakLength: Infinity,
    maxStringLength: 40,
    maxArrayLength: 3,
    customInspect: false,
  });
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/**
 * @param {string} what the option or argument, as the message names it
 * @param {unknown} value
 * @param {string} expectation what it must be: `a function`, `one of …`
 */
function invalidType(what, value, expectation) {
  const kind = value === null || value === undefined ? '' : ` (${typeof value})`;
  return new InvalidTypeError(
    `${what} must be ${expectation}, got ${show(value)}${kind}`,
    bare(what),
  );
}

/**
 * @param {string} what
 * @param {unknown} value
 * @param {string} expectation
 */
function invalidRange(what, value, expectation) {
  return new InvalidRangeError(`${what} must be ${expectation}, got ${show(value)}`, bare(what));
}

/**
 * @param {string} option
 * @param {string} message
 */
function refusedOption(option, message) {
  return new InvalidTypeError(message, option);
}

/** `option 'timeout'` → `timeout`. @param {string} what */
function bare(what) {
  const quoted = /'([^']*)'/.exec(what);
  return quoted === null ? what : quoted[1];
}

/**
 * The error object for a code that the native side, or this one, reports.
 * @param {string} code
 * @param {string} message
 * @param {{ cause?: unknown }} [options]
 * @returns {OffloopError}
 */
function errorOf(code, message, options) {
  const ErrorClass = code === 'OFFLOOP_ERR_TIMEOUT' ? TimeoutError : OffloopError;
  return new ErrorClass(code, message, options);
}

exports.OffloopError = OffloopError;
exports.TimeoutError = TimeoutError;
exports.AbortError = AbortError;
exports.errorOf = errorOf;
exports.invalidType = invalidType;
exports.invalidRange = invalidRange;
exports.refusedOption = refusedOption;
exports.show = show;
