// @ts-check
'use strict';

const { refusedOption } = require('./errors.js');
const { Pool } = require('./pool.js');
const { withoutOwnFrames } = require('./stack.js');

const NAME = 'default';

/** @type {Pool | undefined} */
let pool;

/**
 * The pool behind `offload`, made at its first use. Options configure it, so they come before that.
 * @param {unknown} [options]
 * @returns {Pool}
 */
function defaultPool(options) {
  if (pool === undefined) {
    pool = new Pool(withDefaultName(options));
  } else if (options !== undefined) {
    throw withoutOwnFrames(
      refusedOption(
        'defaultPool',
        'the default pool exists already: call defaultPool(options) before anything is offloaded, ' +
          'or make a new Pool(options)',
      ),
    );
  }
  return pool;
}

/** @param {unknown} options */
function withDefaultName(options) {
  if (options === undefined) return { name: NAME };
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return options;
  return Object.assign(Object.create(null), { name: NAME }, options);
}

exports.defaultPool = defaultPool;
