'use strict';

// One measurement in a process of its own: `fork('measure.js', [case, pool, variant])`. No pool
// shares a heap, a compiler cache or idle threads with another.

/**
 * What the cases see of a pool.
 *
 * @typedef {object} PoolUnderTest
 * @property {(name: string) => (argument?: any) => PromiseLike<any>} task
 * @property {(name: string, argument?: any) => { result: PromiseLike<any>, abort: () => void }} abortable
 * @property {() => unknown} end
 */
/** @typedef {(options: { threads: number, eager: boolean }) => PoolUnderTest} CreatePool */

async function main() {
  const [caseName, poolName, variant] = process.argv.slice(2);
  const { measure } = require(`./cases/${caseName}.js`);
  const { create } = await require(`./pools/${poolName}.js`).load();
  return measure(create, JSON.parse(variant));
}

main().then(
  (value) => finish({ value }),
  (error) => finish({ error: error instanceof Error ? error.stack : String(error) }),
);

/** @param {object} message */
function finish(message) {
  // A pool that is slow to end, or never does, must not hold up the next measurement.
  process.send?.(message, () => process.exit());
}
