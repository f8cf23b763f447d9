// @ts-check
'use strict';

const { OffloopError } = require('./errors.js');

const NOT_FOUND = 'OFFLOOP_ERR_MODULE_NOT_FOUND';
const FAILED = 'OFFLOOP_ERR_MODULE_FAILED';

/**
 * What the loader's errors (src/modules/failure.rs) are for the caller of the task. In the task they have Node's codes,
 * which packages look at.
 */
const CODES = new Map([
  ['MODULE_NOT_FOUND', NOT_FOUND],
  ['ERR_MODULE_NOT_FOUND', NOT_FOUND],
  ['ERR_PACKAGE_PATH_NOT_EXPORTED', NOT_FOUND],
  ['ERR_PACKAGE_IMPORT_NOT_DEFINED', NOT_FOUND],
  ['ERR_INVALID_PACKAGE_TARGET', NOT_FOUND],
  ['ERR_INVALID_PACKAGE_CONFIG', NOT_FOUND],
  ['ERR_INVALID_MODULE_SPECIFIER', NOT_FOUND],
  ['ERR_UNSUPPORTED_ESM_URL_SCHEME', NOT_FOUND],
  ['ERR_UNKNOWN_FILE_EXTENSION', NOT_FOUND],
  ['ERR_UNKNOWN_BUILTIN_MODULE', NOT_FOUND],
  ['ERR_ACCESS_DENIED', NOT_FOUND],
  ['ERR_LOAD', NOT_FOUND],
  ['ERR_DLOPEN_DISABLED', 'OFFLOOP_ERR_NATIVE_ADDON'],
  ['ERR_REQUIRE_ASYNC_MODULE', FAILED],
  ['ERR_REQUIRE_CYCLE_MODULE', FAILED],
]);

/**
 * What a task rejects with whose modules could not be loaded: an error of offloop's for what the loader said, with the
 * loader's as its `cause`. What a module threw itself keeps its class, and is told by which modules it was loaded.
 * @param {unknown} thrown
 * @returns {unknown}
 */
function moduleFailure(thrown) {
  if (!(thrown instanceof Error)) return thrown;
  const error = /** @type {Error & { code?: unknown, requireStack?: unknown }} */ (thrown);
  const { code, requireStack } = error;
  if (!Array.isArray(requireStack)) return error;
  const chain = `\n  loaded by: ${fromTheTask(requireStack)}`;
  const known = typeof code === 'string' ? CODES.get(code) : undefined;
  if (known === undefined) {
    if (code === undefined) error.code = FAILED;
    return withMessage(error, `${error.message}${chain}`);
  }
  const [message] = error.message.split('\nRequire stack:', 1);
  const failure = new OffloopError(known, `${message}${chain}`, { cause: error });
  // Where the task asked for it: nothing of offloop's is of interest.
  const frames = framesOf(error);
  Object.defineProperty(failure, 'stack', {
    value: `${failure.name}: ${failure.message}${frames}`,
    writable: true,
    configurable: true,
  });
  return failure;
}

/** The files in the order in which they were asked for. @param {unknown[]} requireStack */
function fromTheTask(requireStack) {
  // A file that is loaded by its own path, not by a function of another, is there twice.
  const files = requireStack.filter((file, index) => file !== requireStack[index + 1]);
  return files.reduceRight((text, file) => (text === '' ? file : `${text} → ${file}`), '');
}

/** @param {Error} error */
function framesOf({ stack }) {
  if (typeof stack !== 'string') return '';
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return frames.length === 0 ? '' : `\n${frames.join('\n')}`;
}

/**
 * @param {Error} error
 * @param {string} message
 */
function withMessage(error, message) {
  const stack = `${error.name}: ${message}${framesOf(error)}`;
  for (const [key, value] of Object.entries({ message, stack })) {
    Object.defineProperty(error, key, { value, writable: true, configurable: true });
  }
  return error;
}

exports.moduleFailure = moduleFailure;
