'use strict';

const { Pool } = require('../..');

/** Runs `body` with a pool of one thread, unless the options say otherwise, and closes it. */
async function withPool(options, body) {
  const pool = new Pool({ maxThreads: 1, ...options });
  try {
    return await body(pool);
  } finally {
    await pool.destroy();
  }
}

/** Two numbers: one of the isolate that the task runs in, and how many tasks asked it before. */
function isolateOf() {
  globalThis.isolateId ??= Math.random();
  globalThis.asked = (globalThis.asked ?? -1) + 1;
  return [globalThis.isolateId, globalThis.asked];
}

module.exports = { withPool, isolateOf };
