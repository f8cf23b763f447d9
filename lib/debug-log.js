// @ts-check
'use strict';

const diagnostics = require('node:diagnostics_channel');
const { debuglog } = require('node:util');

// `NODE_DEBUG=offloop`: what the channels say, on stderr.

const log = debuglog('offloop');

/** @typedef {import('../index.js').PoolMessage} PoolMessage */
/** @typedef {import('../index.js').IsolateMessage} IsolateMessage */
/** @typedef {import('../index.js').RunMessage} RunMessage */

/** @param {number | undefined} ms */
function shown(ms) {
  return ms === undefined ? '?' : `${ms.toFixed(3)} ms`;
}

/** @param {unknown} error */
function summaryOf(error) {
  if (typeof error !== 'object' || error === null) return `threw ${String(error)}`;
  const { code, name, message } = /** @type {any} */ (error);
  return `${String(code ?? name)}: ${String(message)}`;
}

function writeToLog() {
  /** @type {Record<string, (message: any) => void>} */
  const lines = {
    'offloop:pool:create': (/** @type {PoolMessage} */ { pool, poolName }) =>
      log('pool %s: created, maxThreads %d', poolName, pool.maxThreads),
    'offloop:pool:close': (/** @type {PoolMessage} */ { poolName }) =>
      log('pool %s: closed', poolName),
    'offloop:isolate:create': (/** @type {IsolateMessage} */ { poolName, isolate }) =>
      log('pool %s: isolate %d created', poolName, isolate),
    'offloop:isolate:destroy': (/** @type {IsolateMessage} */ { poolName, isolate, reason }) =>
      log('pool %s: isolate %d disposed of, %s', poolName, isolate, reason),
    'tracing:offloop:run:start': (/** @type {RunMessage} */ { poolName, taskName }) =>
      log('pool %s: %s submitted', poolName, taskName),
    'tracing:offloop:run:error': (/** @type {RunMessage} */ { poolName, taskName, error }) =>
      log('pool %s: %s failed, %s', poolName, taskName, summaryOf(error)),
    'tracing:offloop:run:asyncEnd': (/** @type {RunMessage} */ message) => {
      if ('error' in message) return;
      const { poolName, taskName, waitMs, runMs } = message;
      log('pool %s: %s done, waited %s, ran %s', poolName, taskName, shown(waitMs), shown(runMs));
    },
  };
  for (const [name, write] of Object.entries(lines)) diagnostics.subscribe(name, write);
}

if (log.enabled) writeToLog();
