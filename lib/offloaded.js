// @ts-check
'use strict';

const { travelling } = require('./captures.js');
const { nameOf } = require('./function-source.js');
const { prepareFunction, refuseUnasked } = require('./function-table.js');
const { readRunOptions } = require('./options.js');
const { hidingOwnFrames } = require('./stack.js');

/** @typedef {import('./binding').AnyFunction} AnyFunction */
/** @typedef {import('./function-table.js').PreparedFunction} PreparedFunction */
/** @typedef {import('./options.js').RunSettings} RunSettings */

/**
 * Runs a prepared function on the pool that the offloaded function belongs to.
 * @callback RunPrepared
 * @param {AnyFunction} fn
 * @param {unknown[]} args
 * @param {Readonly<RunSettings>} settings
 * @param {PreparedFunction} prepared
 * @returns {Promise<any>}
 */

/**
 * How a function is read and judged, with these options.
 * @callback Prepare
 * @param {AnyFunction} fn
 * @param {Readonly<RunSettings>} settings
 * @returns {PreparedFunction}
 */

/** @type {readonly string[]} */
const NO_NAMES = [];

/** @type {Prepare} */
const prepareBySource = (fn, { captures, context, from }) => {
  const prepared = prepareFunction(fn, context, from);
  if (captures === 'strict') refuseUnasked(prepared);
  return prepared;
};

/**
 * A function that runs `fn` in an isolate. It is read and judged now, so that what cannot travel is
 * reported where it is wrapped; no thread starts before the first call.
 * @param {AnyFunction} fn
 * @param {unknown} options
 * @param {RunPrepared} run
 * @param {Prepare} [prepare]
 */
function makeOffloaded(fn, options, run, prepare = prepareBySource) {
  const { settings, prepared } = hidingOwnFrames(() => {
    const read = readRunOptions(options);
    return { settings: read, prepared: prepare(fn, read) };
  });
  /** @type {readonly import('./captures.js').TravellingCapture[] | undefined} */
  let captures;
  // Looked at by few, and source maps may have to be read for it.
  const listCaptures = () =>
    (captures ??= travelling(
      prepared.described,
      prepared.travels,
      prepared.context === null ? NO_NAMES : prepared.context.names,
    ));
  /** @param {unknown[]} args */
  const offloaded = (...args) => run(fn, args, settings, prepared);
  /** @param {unknown} runOptions */
  const withOptions = (runOptions) => {
    hidingOwnFrames(() => readRunOptions(runOptions));
    return makeOffloaded(fn, Object.assign(Object.create(null), options, runOptions), run, prepare);
  };
  return Object.defineProperties(offloaded, {
    name: { value: nameOf(fn), configurable: true },
    length: { value: fn.length, configurable: true },
    captures: { get: listCaptures, enumerable: true },
    with: { value: withOptions, enumerable: true },
  });
}

exports.makeOffloaded = makeOffloaded;
