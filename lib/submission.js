// @ts-check
'use strict';

const { invalidType, invalidRange } = require('./errors.js');
const { HostScope } = require('./host-scope.js');

// What a task's way to an isolate takes, whoever owns the isolate: a pool or a user.

/** As the addon reads them (src/napi/). */
const Flag = Object.freeze({
  MOVE_RESULT: 1,
  TELL_TIMES: 2,
  FRESH_CONTEXT: 4,
  TELL_PROGRESS: 8,
});

const NO_LIMIT = 0;
// More would not fit on the stack of the call.
const MAX_ARGUMENTS = 10_000;
/** @type {unknown[]} */
const NO_ARGUMENTS = [];

/**
 * A copy of the caller's array, taken once: what its getters or a Proxy do later changes nothing.
 * @param {unknown} args
 * @returns {unknown[]}
 */
function argumentList(args) {
  if (args === undefined) return NO_ARGUMENTS;
  if (!Array.isArray(args))
    throw invalidType("argument 'args'", args, 'an array: one element an argument');
  const { length } = args;
  if (length === 0) return NO_ARGUMENTS;
  if (length > MAX_ARGUMENTS) {
    throw invalidRange(
      "the length of argument 'args'",
      length,
      `at most ${MAX_ARGUMENTS}: pass one array instead`,
    );
  }
  const list = [];
  for (let index = 0; index < length; index += 1) list.push(args[index]);
  return list;
}

/**
 * What a task may call on this thread; null for most, which call nothing.
 * @param {number} id
 * @param {readonly import('./host-function.js').HostEntry[]} given among its arguments
 * @param {import('./context.js').Context | null} context
 * @param {boolean} listens to its progress
 */
function scopeOf(id, given, context, listens) {
  const provided = context === null ? 0 : context.hostFunctions.size;
  if (given.length === 0 && provided === 0 && !listens) return null;
  const scope = new HostScope(id);
  scope.add(given);
  if (context !== null) scope.add([...context.hostFunctions]);
  return scope;
}

/**
 * A duration as the addon takes it: 0 is no limit.
 * @param {number} milliseconds
 */
function limitOf(milliseconds) {
  return milliseconds === Infinity ? NO_LIMIT : milliseconds;
}

exports.Flag = Flag;
exports.argumentList = argumentList;
exports.limitOf = limitOf;
exports.scopeOf = scopeOf;
