// @ts-check
'use strict';

/** @type {any} */
const workerThreads = require('node:worker_threads');

const { OffloopError } = require('./errors.js');

/**
 * Refuses what Node keeps from being moved: the pool that small Buffers share (its other bytes
 * belong to other requests) and what `markAsUntransferable` was called on. Only Node can tell.
 * @param {unknown[]} transferList
 */
function refuseUntransferable(transferList) {
  for (let index = 0; index < transferList.length; index += 1) {
    const item = transferList[index];
    if (item instanceof ArrayBuffer && isUntransferable(item)) {
      throw new OffloopError(
        'OFFLOOP_ERR_NOT_CLONEABLE',
        `option 'transferList'[${index}] cannot be moved: it is memory that Node shares between small ` +
          'Buffers, or was marked as untransferable; leave it out, and the bytes are copied',
      );
    }
  }
}

/** @param {ArrayBuffer} buffer */
function isUntransferable(buffer) {
  const { isMarkedAsUntransferable } = workerThreads;
  if (isMarkedAsUntransferable !== undefined) return isMarkedAsUntransferable(buffer);
  // Node 20 cannot be asked. Listed twice, a transferable buffer is refused as a duplicate and
  // stays as it is; an untransferable one is passed over, or refused for another reason.
  try {
    structuredClone(null, { transfer: [buffer, buffer] });
    return true;
  } catch (error) {
    return !/duplicate|detached/.test(String(/** @type {any} */ (error)?.message));
  }
}

exports.refuseUntransferable = refuseUntransferable;
