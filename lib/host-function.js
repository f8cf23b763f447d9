// @ts-check
'use strict';

const { invalidType } = require('./errors.js');
const native = require('./native.js');
const { withoutOwnFrames } = require('./stack.js');

/** @typedef {import('./binding').AnyFunction} AnyFunction */

/**
 * A function of this thread and the number by which tasks call it.
 * @typedef {object} HostEntry
 * @property {number} id
 * @property {AnyFunction} fn
 */

// What `host` returns must be an object that V8's serializer hands to the bridge: only the bridge can make one.
/** @type {WeakMap<object, HostEntry>} */
const entries = new WeakMap();

/** @type {readonly HostEntry[]} */
const NONE = Object.freeze([]);

let lastId = 0;

class HostFunction {
  get name() {
    return entries.get(this)?.fn.name;
  }

  get [Symbol.toStringTag]() {
    return 'HostFunction';
  }
}

/**
 * Marks a function as one that tasks may call: it stays on this thread, and in the task it is an async function.
 * @param {AnyFunction} fn
 * @returns {object}
 */
function host(fn) {
  if (typeof fn !== 'function') {
    throw withoutOwnFrames(invalidType("argument 'fn' of host()", fn, 'a function'));
  }
  lastId += 1;
  const { name } = fn;
  const made = native.makeHostFunction(lastId, typeof name === 'string' ? name : '');
  Object.setPrototypeOf(made, HostFunction.prototype);
  entries.set(made, { id: lastId, fn });
  return made;
}

/**
 * The host functions among what was packed last: to be asked right after each packing that may have some. Costs nothing
 * before `host` was first called.
 * @returns {readonly HostEntry[]}
 */
function takeHostFunctions() {
  if (lastId === 0) return NONE;
  const met = native.takeHostFunctions();
  if (met.length === 0) return NONE;
  return met.map((made) => /** @type {HostEntry} */ (entries.get(made)));
}

exports.host = host;
exports.takeHostFunctions = takeHostFunctions;
