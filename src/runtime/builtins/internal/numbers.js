/** Buffer's methods that read and write numbers, over a DataView of the buffer. */
const { coded, invalidArgument, outOfRange } = require('./errors');

function outOfBounds() {
  return coded(
    RangeError,
    'ERR_BUFFER_OUT_OF_BOUNDS',
    'Attempt to access memory outside buffer bounds',
    outOfBounds,
  );
}

/** Why `offset` is no place of `size` bytes. */
function badOffset(buffer, offset, size) {
  if (typeof offset !== 'number') {
    return invalidArgument('offset', 'of type number', offset, badOffset);
  }
  if (Math.floor(offset) !== offset) return outOfRange('offset', 'an integer', offset, badOffset);
  const last = buffer.length - size;
  if (last < 0) return outOfBounds();
  return outOfRange('offset', `>= 0 and <= ${last}`, offset, badOffset);
}

function checkOffset(buffer, offset, size) {
  if (
    typeof offset === 'number' &&
    offset >= 0 &&
    offset + size <= buffer.length &&
    Math.floor(offset) === offset
  ) {
    return;
  }
  throw badOffset(buffer, offset, size);
}

const view = (buffer) => new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);

/** The words for a range that a value has left. */
function rangeOf(min, max, bytes) {
  const n = typeof min === 'bigint' ? 'n' : '';
  if (bytes <= 4 && n === '') return `>= ${min} and <= ${max}`;
  const power = bytes * 8;
  if (min === 0 || min === 0n) return `>= 0${n} and < 2${n} ** ${power}${n}`;
  return `>= -(2${n} ** ${power - 1}${n}) and < 2${n} ** ${power - 1}${n}`;
}

function checkValue(value, min, max, bytes) {
  if (value > max || value < min) {
    throw outOfRange('value', rangeOf(min, max, bytes), value, checkValue);
  }
}

const methods = {};
const define = (name, method) => {
  Object.defineProperty(method, 'name', { value: name, configurable: true });
  methods[name] = method;
};

/** Node has both spellings of unsigned ones. */
function defineBoth(name, method) {
  define(name, method);
  if (name.includes('UInt')) methods[name.replace('UInt', 'Uint')] = method;
}

function integer(name, bytes, get, set, little) {
  const bits = bytes * 8;
  const unsigned = name.includes('U');
  const min = unsigned ? 0 : -(2 ** (bits - 1));
  const max = unsigned ? 2 ** bits - 1 : 2 ** (bits - 1) - 1;
  const end = bytes === 1 ? '' : little ? 'LE' : 'BE';
  defineBoth(`read${name}${end}`, function read(offset = 0) {
    checkOffset(this, offset, bytes);
    return view(this)[get](offset, little);
  });
  defineBoth(`write${name}${end}`, function write(value, offset = 0) {
    value = +value;
    checkValueFirst(this, value, offset, min, max, bytes);
    view(this)[set](offset, value, little);
    return offset + bytes;
  });
}

/** Node looks at the offset's type, then at the value, then at the place. */
function checkValueFirst(buffer, value, offset, min, max, bytes) {
  if (bytes === 1 && typeof offset !== 'number') {
    throw invalidArgument('offset', 'of type number', offset, checkValueFirst);
  }
  checkValue(value, min, max, bytes);
  checkOffset(buffer, offset, bytes);
}

function float(name, bytes, get, set, little) {
  const end = little ? 'LE' : 'BE';
  define(`read${name}${end}`, function read(offset = 0) {
    checkOffset(this, offset, bytes);
    return view(this)[get](offset, little);
  });
  define(`write${name}${end}`, function write(value, offset = 0) {
    value = +value;
    checkOffset(this, offset, bytes);
    view(this)[set](offset, value, little);
    return offset + bytes;
  });
}

function bigint(name, get, set, little) {
  const unsigned = name.includes('U');
  const min = unsigned ? 0n : -(2n ** 63n);
  const max = unsigned ? 2n ** 64n - 1n : 2n ** 63n - 1n;
  const end = little ? 'LE' : 'BE';
  defineBoth(`read${name}${end}`, function read(offset = 0) {
    checkOffset(this, offset, 8);
    return view(this)[get](offset, little);
  });
  defineBoth(`write${name}${end}`, function write(value, offset = 0) {
    checkValue(value, min, max, 8);
    checkOffset(this, offset, 8);
    // Throws what Node throws where it is no BigInt.
    void (value & 1n);
    view(this)[set](offset, value, little);
    return offset + 8;
  });
}

/** One to six bytes; `byteLength` is checked first. */
function variable(name, little) {
  const unsigned = name === 'UInt';
  const end = little ? 'LE' : 'BE';
  defineBoth(`read${name}${end}`, function read(offset, byteLength) {
    if (offset === undefined) throw invalidArgument('offset', 'of type number', offset);
    checkLength(byteLength);
    checkOffset(this, offset, byteLength);
    let value = 0;
    for (let at = 0; at < byteLength; at++) {
      value = value * 256 + this[little ? offset + byteLength - 1 - at : offset + at];
    }
    return unsigned || value < 2 ** (byteLength * 8 - 1) ? value : value - 2 ** (byteLength * 8);
  });
  defineBoth(`write${name}${end}`, function write(value, offset, byteLength) {
    checkLength(byteLength);
    value = +value;
    const half = 2 ** (byteLength * 8 - 1);
    const [min, max] = unsigned ? [0, half * 2 - 1] : [-half, half - 1];
    if (byteLength === 1) {
      if (offset === undefined) offset = 0;
      if (typeof offset !== 'number') throw invalidArgument('offset', 'of type number', offset);
    }
    checkValue(value, min, max, byteLength);
    checkOffset(this, offset, byteLength);
    let rest = Number.isFinite(value) ? Math.trunc(value) : 0;
    if (rest < 0) rest += half * 2;
    for (let at = 0; at < byteLength; at++) {
      this[little ? offset + at : offset + byteLength - 1 - at] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    return offset + byteLength;
  });
}

function checkLength(byteLength) {
  if (byteLength === undefined || typeof byteLength !== 'number') {
    throw invalidArgument('byteLength', 'of type number', byteLength, checkLength);
  }
  if (Math.floor(byteLength) !== byteLength) {
    throw outOfRange('byteLength', 'an integer', byteLength, checkLength);
  }
  if (byteLength < 1 || byteLength > 6) {
    throw outOfRange('byteLength', '>= 1 and <= 6', byteLength, checkLength);
  }
}

integer('UInt8', 1, 'getUint8', 'setUint8');
integer('Int8', 1, 'getInt8', 'setInt8');
for (const little of [true, false]) {
  integer('UInt16', 2, 'getUint16', 'setUint16', little);
  integer('UInt32', 4, 'getUint32', 'setUint32', little);
  integer('Int16', 2, 'getInt16', 'setInt16', little);
  integer('Int32', 4, 'getInt32', 'setInt32', little);
  float('Float', 4, 'getFloat32', 'setFloat32', little);
  float('Double', 8, 'getFloat64', 'setFloat64', little);
  bigint('BigUInt64', 'getBigUint64', 'setBigUint64', little);
  bigint('BigInt64', 'getBigInt64', 'setBigInt64', little);
  variable('UInt', little);
  variable('Int', little);
}

function swap(buffer, size) {
  if (buffer.length % size !== 0) {
    throw coded(
      RangeError,
      'ERR_INVALID_BUFFER_SIZE',
      `Buffer size must be a multiple of ${size * 8}-bits`,
      swap,
    );
  }
  for (let at = 0; at < buffer.length; at += size) {
    for (let low = at, high = at + size - 1; low < high; low++, high--) {
      const byte = buffer[low];
      buffer[low] = buffer[high];
      buffer[high] = byte;
    }
  }
  return buffer;
}
define('swap16', function swap16() {
  return swap(this, 2);
});
define('swap32', function swap32() {
  return swap(this, 4);
});
define('swap64', function swap64() {
  return swap(this, 8);
});

module.exports = methods;
