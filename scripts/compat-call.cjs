// Child of compat.mjs: makes one package's call on the main thread and in a task, and tells its parent how that went.
'use strict';

const { AssertionError, deepStrictEqual } = require('node:assert');
const { join } = require('node:path');

const root = join(__dirname, '..');
const calls = require(join(root, 'compat', 'calls'));
const { Pool } = require(root);

/** Milliseconds: a package that needs more hangs. */
const MOST = 120_000;

/** @param {string} text without what differs from clone to clone */
function shown(text) {
  return text.replaceAll(`${root}/`, '');
}

/** @param {any} error */
function told(error) {
  const { code, name, message } = error ?? {};
  return {
    code: code ?? name ?? typeof error,
    message: shown(String(message ?? error)),
    stack: shown(String(error?.stack ?? '')),
    cause:
      error?.cause === undefined ? undefined : shown(String(error.cause?.stack ?? error.cause)),
  };
}

/**
 * @param {unknown} value
 * @param {unknown} expected
 */
function difference(value, expected) {
  try {
    deepStrictEqual(value, expected);
    return undefined;
  } catch (error) {
    if (error instanceof AssertionError) return error.message;
    throw error;
  }
}

/**
 * @typedef {object} Verdict
 * @property {'works' | 'fails' | 'differs' | 'broken'} kind broken: it fails on the main thread
 * @property {ReturnType<typeof told>} [error]
 * @property {string} [difference]
 */

/**
 * @param {string} name
 * @returns {Promise<Verdict>}
 */
async function verdictOn(name) {
  const { call, args } = calls[name];
  let expected;
  try {
    expected = structuredClone(await call(...args));
  } catch (error) {
    return { kind: 'broken', error: told(error) };
  }
  const pool = new Pool({ maxThreads: 1, timeout: MOST });
  pool.on('error', (error) => console.error(`${name}: after its task:`, error));
  try {
    const value = await pool.run(call, args);
    const again = await pool.run(call, args);
    const differs = difference(value, expected) ?? difference(again, expected);
    return differs === undefined ? { kind: 'works' } : { kind: 'differs', difference: differs };
  } catch (error) {
    return { kind: 'fails', error: told(error) };
  } finally {
    await pool.destroy();
  }
}

verdictOn(process.argv[2]).then((verdict) => {
  process.send?.(verdict, () => process.exit());
});
