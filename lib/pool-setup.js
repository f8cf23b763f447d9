// @ts-check
'use strict';

const { OffloopError, errorOf } = require('./errors.js');
const { compiledSource, describeFunction, nameOf } = require('./function-source.js');
const { causeOf } = require('./function-table.js');
const { moduleFailure } = require('./module-failure.js');
const { modulesFrom } = require('./modules-from.js');
const native = require('./native.js');
const { reviveThrown } = require('./thrown.js');

/** @typedef {import('./binding').AnyFunction} AnyFunction */

const CODE = 'OFFLOOP_ERR_INIT_FAILED';
/** @type {string[]} */
const NO_NAMES = [];

/**
 * What a pool puts into each new context; null for nothing. Throws what refuses it:
 * `OFFLOOP_ERR_CLOSURE` when `init` uses what cannot travel, `OFFLOOP_ERR_NOT_CLONEABLE`.
 * @param {unknown} workerData
 * @param {AnyFunction | undefined} init
 */
function readSetup(workerData, init) {
  if (workerData === undefined && init === undefined) return null;
  const setup = new native.NativeSetup(
    init === undefined ? null : sourceOf(init),
    init === undefined ? '' : nameOf(init) || '(init)',
  );
  const refusal = setup.pack(workerData);
  if (refusal !== null) throw errorOf(refusal[0], refusal[1], causeOf(refusal));
  return setup;
}

/** @param {AnyFunction} init */
function sourceOf(init) {
  const what = "function of option 'init'";
  const described = describeFunction(init, what);
  const from = modulesFrom(described, undefined);
  return compiledSource(init, described, NO_NAMES, what, from, 'init').source;
}

/**
 * What a task rejects with that could not begin, because `init` failed in its context.
 * @param {string} poolName
 * @param {AnyFunction} init
 * @param {import('./binding').ErrorRecord | undefined} record undefined: it never settled
 * @param {string} callerFrames
 */
function initFailure(poolName, init, record, callerFrames) {
  const failed = `the task did not begin: the init function of pool '${poolName}'`;
  if (record === undefined) {
    return new OffloopError(
      CODE,
      `${failed} waits for a promise that nothing can settle: no timer and no pending work is left`,
    );
  }
  const cause = moduleFailure(reviveThrown(record, native.realmErrors(init), callerFrames));
  return new OffloopError(CODE, `${failed} failed: ${describe(cause)}`, { cause });
}

/** @param {unknown} thrown */
function describe(thrown) {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return 'it threw what cannot be shown';
  }
}

exports.readSetup = readSetup;
exports.initFailure = initFailure;
