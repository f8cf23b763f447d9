// @ts-check
'use strict';

const { defaultPool } = require('./default-pool.js');
const { invalidType } = require('./errors.js');
const { makeOffloaded } = require('./offloaded.js');
const { Pool, kRun } = require('./pool.js');
const { withoutOwnFrames } = require('./stack.js');

/** @typedef {import('./binding').AnyFunction} AnyFunction */

/** @type {import('./offloaded.js').RunPrepared} */
function runOnDefaultPool(fn, args, settings, prepared) {
  try {
    return defaultPool()[kRun](fn, args, settings, prepared);
  } catch (error) {
    // The pool could not be made: an environment that shuts down makes none.
    return Promise.reject(error);
  }
}

/**
 * `offload(fn, { pool, ...runOptions })`: runs on the given pool, else on the default one.
 * @param {AnyFunction} fn
 * @param {unknown} [options]
 */
function offload(fn, options) {
  if (typeof options !== 'object' || options === null || !Object.hasOwn(options, 'pool')) {
    return makeOffloaded(fn, options, runOnDefaultPool);
  }
  const { pool, ...runOptions } = /** @type {Record<string, unknown>} */ (options);
  if (pool === undefined) return makeOffloaded(fn, runOptions, runOnDefaultPool);
  if (!(pool instanceof Pool)) {
    throw withoutOwnFrames(invalidType("option 'pool'", pool, 'a Pool'));
  }
  return makeOffloaded(fn, runOptions, (...run) => pool[kRun](...run));
}

exports.offload = offload;
