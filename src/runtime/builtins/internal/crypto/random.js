/** Randomness: the operating system's, fresh at every call. */
const { checkFunction, coded, invalidArgument, outOfRange } = require('../errors');
const { BYTES, isAnyArrayBuffer, later, over, toBuffer } = require('./bytes');
const { OPS, run } = require('./ops');

const MOST = 2 ** 31 - 1;
/** Random integers come from so many bits. */
const RANGE = 2 ** 48 - 1;

const randomOf = (size) => run(OPS.RANDOM, size, null, null);

/** In bytes, of which an element has `width`. */
function checkSize(value, name, most, width = 1) {
  if (typeof value !== 'number') throw invalidArgument(name, 'of type number', value, checkSize);
  const bytes = value * width;
  if (Number.isNaN(bytes) || bytes < 0 || bytes > most) {
    throw outOfRange(name, `>= 0 && <= ${most}`, bytes, checkSize);
  }
  return Math.trunc(bytes);
}

function randomBytes(size, callback) {
  const length = checkSize(size, 'size', MOST);
  if (callback === undefined) return toBuffer(randomOf(length));
  checkFunction(callback, 'callback');
  later(() => toBuffer(randomOf(length)), callback);
  return undefined;
}

/** The part of `buffer` to fill; offset and size count its elements. */
function part(buffer, offset = 0, size = undefined) {
  if (!isAnyArrayBuffer(buffer) && !ArrayBuffer.isView(buffer)) {
    throw invalidArgument('buf', 'an instance of ArrayBuffer or ArrayBufferView', buffer, part);
  }
  const width = buffer.BYTES_PER_ELEMENT ?? 1;
  const start = checkSize(offset, 'offset', buffer.byteLength, width);
  let length = buffer.byteLength - start;
  if (size !== undefined) {
    length = checkSize(size, 'size', MOST, width);
    if (start + length > buffer.byteLength) {
      throw outOfRange('size + offset', `<= ${buffer.byteLength}`, start + length, part);
    }
  }
  const bytes = ArrayBuffer.isView(buffer) ? over(buffer) : new Uint8Array(buffer);
  return bytes.subarray(start, start + length);
}

function fill(bytes) {
  const most = 1 << 20;
  for (let at = 0; at < bytes.length; at += most) {
    bytes.set(randomOf(Math.min(most, bytes.length - at)), at);
  }
}

function randomFillSync(buffer, offset, size) {
  fill(part(buffer, offset, size));
  return buffer;
}

function randomFill(buffer, offset, size, callback) {
  let done = callback;
  let [from, length] = [offset, size];
  if (typeof offset === 'function') {
    done = offset;
    [from, length] = [0, undefined];
  } else if (typeof size === 'function') {
    done = size;
    length = undefined;
  } else {
    checkFunction(callback, 'callback');
  }
  const bytes = part(buffer, from, length);
  later(() => {
    fill(bytes);
    return buffer;
  }, done);
}

function integerBelow(range) {
  // What is above the last whole multiple would make small numbers likelier.
  const limit = RANGE + 1 - ((RANGE + 1) % range);
  for (;;) {
    const bytes = randomOf(6);
    const low = bytes[0] + bytes[1] * 2 ** 8 + bytes[2] * 2 ** 16;
    const high = bytes[3] + bytes[4] * 2 ** 8 + bytes[5] * 2 ** 16;
    const value = low + high * 2 ** 24;
    if (value < limit) return value % range;
  }
}

function randomInt(min, max, callback) {
  let [low, high, done] = [min, max, callback];
  if (max === undefined || typeof max === 'function') [low, high, done] = [0, min, max];
  if (done !== undefined) checkFunction(done, 'callback');
  for (const [name, value] of [
    ['min', low],
    ['max', high],
  ]) {
    if (!Number.isSafeInteger(value)) {
      throw invalidArgument(name, 'a safe integer', value, randomInt);
    }
  }
  if (high <= low) {
    throw outOfRange('max', `greater than the value of "min" (${low})`, high, randomInt);
  }
  const range = high - low;
  if (range > RANGE) {
    const name =
      low === 0 && (max === undefined || typeof max === 'function') ? 'max' : 'max - min';
    throw outOfRange(name, `<= ${RANGE}`, range, randomInt);
  }
  const make = () => integerBelow(range) + low;
  if (done === undefined) return make();
  later(make, done);
  return undefined;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function checkUUIDOptions(options, caller) {
  if (options !== undefined && (options === null || typeof options !== 'object')) {
    throw invalidArgument('options', 'of type object', options, caller);
  }
  const cache = options?.disableEntropyCache;
  if (cache !== undefined && typeof cache !== 'boolean') {
    throw invalidArgument('options.disableEntropyCache', 'of type boolean', cache, caller);
  }
}

function randomUUID(options) {
  checkUUIDOptions(options, randomUUID);
  return uuidOf(randomOf(16), 4);
}

/** RFC 9562: 48 bits of milliseconds first. */
function randomUUIDv7(options) {
  checkUUIDOptions(options, randomUUIDv7);
  const bytes = randomOf(16);
  let rest = Date.now();
  for (let i = 5; i >= 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return uuidOf(bytes, 7);
}

function uuidOf(bytes, version) {
  bytes[6] = (bytes[6] & 0x0f) | (version << 4);
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  let text = '';
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += HEX[bytes[i]];
  }
  return text;
}

function timingSafeEqual(first, second) {
  const [a, b] = [
    ['buf1', first],
    ['buf2', second],
  ].map(([name, value]) => {
    if (ArrayBuffer.isView(value)) return over(value);
    if (isAnyArrayBuffer(value)) return new Uint8Array(value);
    const message = `The "${name}" argument must be ${BYTES}.`;
    throw coded(TypeError, 'ERR_INVALID_ARG_TYPE', message, timingSafeEqual);
  });
  if (a.length !== b.length) {
    throw coded(
      RangeError,
      'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH',
      'Input buffers must have the same byte length',
      timingSafeEqual,
    );
  }
  return run(OPS.EQUAL, 0, a, b)[0] === 1;
}

module.exports = {
  fill,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  randomUUIDv7,
  timingSafeEqual,
};
