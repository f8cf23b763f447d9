/** What callers give and get: text in an encoding, views, buffers, keys. */
const { Buffer } = require('buffer');
const { coded, invalidArgument, invalidValue, outOfRange } = require('../errors');

const isAnyArrayBuffer = (value) =>
  value instanceof ArrayBuffer ||
  (value !== null &&
    typeof value === 'object' &&
    /^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(value)));

/** The same memory; none when it was transferred. */
const over = (view) =>
  view.byteLength === 0
    ? new Uint8Array(0)
    : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

const BYTES = 'an instance of ArrayBuffer, Buffer, TypedArray, or DataView';
const TEXT_OR_BYTES = `of type string or ${BYTES}`;
const TEXT_OR_VIEW = 'of type string or an instance of Buffer, TypedArray, or DataView';

function isUtf8(encoding) {
  return encoding === undefined || encoding === null || /^utf-?8$/i.test(encoding);
}

function fromText(text, encoding) {
  if (typeof encoding !== 'string' || !Buffer.isEncoding(encoding)) return Buffer.from(text);
  if (/^hex$/i.test(encoding) && text.length % 2 !== 0) {
    throw invalidValue('encoding', encoding, `is invalid for data of length ${text.length}`);
  }
  return Buffer.from(text, encoding);
}

/** A string, which operations take as UTF-8, or a Uint8Array over the same memory. */
function operand(data, encoding, name = 'data') {
  if (typeof data === 'string') return isUtf8(encoding) ? data : fromText(data, encoding);
  if (ArrayBuffer.isView(data)) return over(data);
  throw invalidArgument(name, TEXT_OR_VIEW, data, operand);
}

/** A Uint8Array of anything that holds bytes; text is UTF-8. */
function bytesOf(data, name, expected = TEXT_OR_BYTES) {
  if (typeof data === 'string') return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return over(data);
  if (isAnyArrayBuffer(data)) return new Uint8Array(data);
  throw invalidArgument(name, expected, data, bytesOf);
}

const toBuffer = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A Buffer, or text in an encoding; what is no encoding means a Buffer. */
function encoded(bytes, encoding) {
  const buffer = toBuffer(bytes);
  return typeof encoding === 'string' && encoding !== 'buffer' && Buffer.isEncoding(encoding)
    ? buffer.toString(encoding)
    : buffer;
}

function checkInteger(value, name, min, max) {
  if (typeof value !== 'number') throw invalidArgument(name, 'of type number', value, checkInteger);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value, checkInteger);
  if (value < min || value > max) {
    throw outOfRange(name, `>= ${min} && <= ${max}`, value, checkInteger);
  }
}

/** Gives the callback what `work` makes, once the caller has gone on; computed on this very thread. */
function later(work, callback) {
  require('timers').setImmediate(() => {
    let result;
    try {
      result = work();
    } catch (error) {
      callback(error);
      return;
    }
    callback(null, result);
  });
}

module.exports = {
  BYTES,
  TEXT_OR_BYTES,
  bytesOf,
  checkInteger,
  coded,
  encoded,
  isAnyArrayBuffer,
  later,
  operand,
  over,
  toBuffer,
};
