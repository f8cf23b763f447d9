// @ts-check
'use strict';

const { invalidType, errorOf } = require('./errors.js');
const { causeOf } = require('./function-table.js');
const native = require('./native.js');

/** @typedef {import('./binding').NativePool} NativePool */

/**
 * Lets a pool's idle isolates drop their copies of what nobody can pass to a task any more. A share
 * does not keep its pool.
 * @type {FinalizationRegistry<WeakRef<NativePool>>}
 */
const collected = new FinalizationRegistry((pool) => pool.deref()?.dropFreedShares());

/** @type {WeakMap<object, WeakRef<NativePool>>} */
const pools = new WeakMap();

/**
 * A value that was packed once for many tasks. The object itself is made by the native side, which
 * knows it again wherever it stands among a task's arguments.
 */
class Shared {
  constructor() {
    throw invalidType(
      "'new Shared()'",
      undefined,
      'replaced by pool.share(value), which makes one',
    );
  }

  /** Whether `release()` was called. */
  get released() {
    return !isHeld(this);
  }

  /** Frees it, once the tasks that have it already are done. */
  release() {
    if (!isHeld(this)) return;
    native.releaseShare(this);
    collected.unregister(this);
    pools.get(this)?.deref()?.dropFreedShares();
  }
}
Object.defineProperty(Shared.prototype, Symbol.toStringTag, {
  value: 'Shared',
  configurable: true,
});
// Node 20 has the symbol of its own; a runtime without it cannot say `using` either.
if (typeof Symbol.dispose === 'symbol') {
  Object.defineProperty(Shared.prototype, Symbol.dispose, {
    value: Shared.prototype.release,
    writable: true,
    configurable: true,
  });
}

/** @param {object} shared */
function isHeld(shared) {
  const holds = native.holdsShare(shared);
  if (holds === null) throw invalidType("'this' of a method of Shared", shared, 'a Shared');
  return holds;
}

/**
 * @param {NativePool} nativePool
 * @param {unknown} value
 * @returns {Shared}
 */
function makeShared(nativePool, value) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    throw invalidType(
      "argument 'value'",
      value,
      'an object: put a primitive into one, as in share({ text })',
    );
  }
  const handle = native.share(value);
  if (Array.isArray(handle)) {
    throw errorOf(handle[0], handle[1], causeOf(/** @type {any} */ (handle)));
  }
  Object.setPrototypeOf(handle, Shared.prototype);
  const pool = new WeakRef(nativePool);
  pools.set(handle, pool);
  collected.register(handle, pool, handle);
  return /** @type {Shared} */ (handle);
}

exports.makeShared = makeShared;
