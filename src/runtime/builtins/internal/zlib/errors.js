/** What compression throws. */
const { Buffer } = require('buffer');
const { coded } = require('../errors');

const NUMBERS = {
  Z_NEED_DICT: 2,
  Z_STREAM_ERROR: -2,
  Z_DATA_ERROR: -3,
  Z_MEM_ERROR: -4,
  Z_BUF_ERROR: -5,
};

/** Of brotli's decoder, by what follows `ERR_`. */
const BROTLI = require('./constants');

function numberOf(code) {
  if (code in NUMBERS) return NUMBERS[code];
  const name = `BROTLI_DECODER${code.slice('ERR_'.length)}`;
  return BROTLI[name] ?? -1;
}

const INTERNAL = /^ERR_[A-Z]/;

function made(code, message) {
  if (message === undefined) return new Error(code);
  if (code === 'ERR_MEMORY_ALLOCATION_FAILED')
    return new RangeError('Array buffer allocation failed');
  if (code === 'ERR_ZLIB_INITIALIZATION_FAILED') {
    return coded(Error, code, 'Initialization failed', fail);
  }
  if (INTERNAL.test(code) && code !== 'ERR_BROTLI_COMPRESSION_FAILED') {
    return coded(Error, code, message, fail);
  }
  const error = new Error(message);
  error.errno = numberOf(code);
  error.code = code;
  return error;
}

/** What an operation calls when it fails. */
function fail(code, message) {
  throw made(code, message);
}

const tooLarge = (most) =>
  coded(RangeError, 'ERR_BUFFER_TOO_LARGE', `Cannot create a Buffer larger than ${most} bytes`);

const toBuffer = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

module.exports = { fail, toBuffer, tooLarge };
