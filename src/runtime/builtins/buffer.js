/*
 * Buffer is written here: the package of that name has no base64url, throws other errors, and decodes UTF-8 and base64 in
 * JavaScript.
 */
const { LONGEST_TEXT, codecOf, latin1, utf8 } = require('./internal/codecs');
const {
  coded,
  invalidArgument,
  invalidValue,
  outOfRange,
  unknownEncoding,
} = require('./internal/errors');
const numbers = require('./internal/numbers');
const { types } = require('internal/engine');

const { isAnyArrayBuffer, isUint8Array } = types;
const LARGEST = facts.buffer?.MAX_LENGTH ?? 2 ** 53 - 1;
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

class FastBuffer extends Uint8Array {}

/** Callable without `new`, as old code does. */
function Buffer(value, encodingOrOffset, length) {
  if (typeof value === 'number') {
    if (typeof encodingOrOffset === 'string') {
      throw invalidArgument('string', 'of type string', value);
    }
    return Buffer.alloc(value);
  }
  return Buffer.from(value, encodingOrOffset, length);
}
// A bundler may have renamed it.
Object.defineProperty(Buffer, 'name', { value: 'Buffer', configurable: true });
Object.setPrototypeOf(Buffer, Uint8Array);
Buffer.prototype = FastBuffer.prototype;
Object.defineProperty(FastBuffer.prototype, 'constructor', {
  value: Buffer,
  writable: true,
  configurable: true,
  enumerable: false,
});
Object.defineProperty(Buffer, Symbol.species, { configurable: true, get: () => FastBuffer });

const isView = (value) => ArrayBuffer.isView(value);

function checkSize(size) {
  if (typeof size !== 'number') throw invalidArgument('size', 'of type number', size, checkSize);
  if (!(size >= 0 && size <= LARGEST)) {
    throw outOfRange('size', `>= 0 && <= ${LARGEST}`, size, checkSize);
  }
}

function knownCodec(encoding) {
  const codec = codecOf(encoding);
  if (codec === undefined) throw unknownEncoding(encoding, knownCodec);
  return codec;
}

// ── making ─────────────────────────────────────────────────────────────────────────────────────

function fromString(text, encoding) {
  const codec = typeof encoding !== 'string' || encoding.length === 0 ? utf8 : knownCodec(encoding);
  if (text.length === 0) return new FastBuffer(0);
  if (codec === utf8) {
    const bytes = native.utf8Encode(text);
    return new FastBuffer(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  const bytes = new FastBuffer(codec.byteLength(text));
  const written = codec.write(bytes, text, 0, bytes.length);
  return written === bytes.length ? bytes : new FastBuffer(bytes.buffer, 0, written);
}

function fromArrayBuffer(buffer, offset, length) {
  if (offset === undefined) {
    offset = 0;
  } else {
    offset = +offset;
    if (Number.isNaN(offset)) offset = 0;
  }
  const most = buffer.byteLength - offset;
  if (most < 0)
    throw coded(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', '"offset" is outside of buffer bounds');
  if (length === undefined) {
    length = most;
  } else {
    length = +length;
    if (length > 0) {
      if (length > most) {
        throw coded(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', '"length" is outside of buffer bounds');
      }
    } else {
      length = 0;
    }
  }
  return new FastBuffer(buffer, offset, length);
}

function fromArrayLike(list) {
  const bytes = new FastBuffer(list.length > 0 ? list.length : 0);
  if (bytes.length > 0) bytes.set(list);
  return bytes;
}

function fromObject(value) {
  if (value.length !== undefined || isAnyArrayBuffer(value.buffer)) {
    return typeof value.length === 'number' ? fromArrayLike(value) : new FastBuffer(0);
  }
  return value.type === 'Buffer' && Array.isArray(value.data)
    ? fromArrayLike(value.data)
    : undefined;
}

const FROM =
  'of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object';

Buffer.from = function from(value, encodingOrOffset, length) {
  if (typeof value === 'string') return fromString(value, encodingOrOffset);
  if (typeof value === 'object' && value !== null) {
    if (isAnyArrayBuffer(value)) return fromArrayBuffer(value, encodingOrOffset, length);
    const primitive = value.valueOf && value.valueOf();
    if (
      primitive !== null &&
      primitive !== undefined &&
      primitive !== value &&
      (typeof primitive === 'string' || typeof primitive === 'object')
    ) {
      return from(primitive, encodingOrOffset, length);
    }
    const made = fromObject(value);
    if (made !== undefined) return made;
    if (typeof value[Symbol.toPrimitive] === 'function') {
      const text = value[Symbol.toPrimitive]('string');
      if (typeof text === 'string') return fromString(text, encodingOrOffset);
    }
  }
  throw invalidArgument('first argument', FROM, value);
};

Buffer.copyBytesFrom = function copyBytesFrom(view, offset, length) {
  if (!types.isTypedArray(view)) throw invalidArgument('view', 'an instance of TypedArray', view);
  if (view.length === 0) return new FastBuffer(0);
  const end = length === undefined ? view.length : (offset ?? 0) + length;
  const copy = view.slice(offset ?? 0, end);
  return new FastBuffer(copy.buffer, copy.byteOffset, copy.byteLength);
};

Buffer.alloc = function alloc(size, fill, encoding) {
  checkSize(size);
  const bytes = new FastBuffer(size);
  if (fill === undefined || fill === 0 || size === 0) return bytes;
  return fillWith(bytes, fill, 0, size, encoding);
};
// Zeroed all the same: an isolate gets no memory that is not.
Buffer.allocUnsafe = function allocUnsafe(size) {
  checkSize(size);
  return new FastBuffer(size);
};
Buffer.allocUnsafeSlow = function allocUnsafeSlow(size) {
  checkSize(size);
  return new FastBuffer(size);
};
function SlowBuffer(size) {
  checkSize(size);
  return new FastBuffer(size);
}
Object.setPrototypeOf(SlowBuffer.prototype, Uint8Array.prototype);
Object.setPrototypeOf(SlowBuffer, Uint8Array);

Buffer.of = function of(...bytes) {
  return fromArrayLike(bytes);
};
Buffer.poolSize = 8 * 1024;

// ── about ──────────────────────────────────────────────────────────────────────────────────────

Buffer.isBuffer = function isBuffer(value) {
  return value instanceof Buffer;
};
Buffer.isEncoding = function isEncoding(encoding) {
  return typeof encoding === 'string' && encoding.length > 0 && codecOf(encoding) !== undefined;
};
Buffer.byteLength = function byteLength(text, encoding) {
  if (typeof text !== 'string') {
    if (isView(text) || isAnyArrayBuffer(text)) return text.byteLength;
    throw invalidArgument('string', 'of type string or an instance of Buffer or ArrayBuffer', text);
  }
  if (text.length === 0) return 0;
  return ((encoding && codecOf(encoding)) || utf8).byteLength(text);
};

function order(first, second) {
  const most = Math.min(first.length, second.length);
  for (let at = 0; at < most; at++) {
    if (first[at] !== second[at]) return first[at] < second[at] ? -1 : 1;
  }
  return Math.sign(first.length - second.length);
}
const BYTES = 'an instance of Buffer or Uint8Array';
Buffer.compare = function compare(first, second) {
  if (!isUint8Array(first)) throw invalidArgument('buf1', BYTES, first);
  if (!isUint8Array(second)) throw invalidArgument('buf2', BYTES, second);
  return first === second ? 0 : order(first, second);
};
Buffer.concat = function concat(list, length) {
  if (!Array.isArray(list)) throw invalidArgument('list', 'an instance of Array', list);
  if (list.length === 0) return new FastBuffer(0);
  if (length === undefined) {
    length = 0;
    for (const item of list) length += item.length || 0;
  } else {
    checkPlace(length, 'length', 0, LARGEST);
  }
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (let index = 0; index < list.length; index++) {
    const item = list[index];
    if (!isUint8Array(item)) throw invalidArgument(`list[${index}]`, BYTES, item);
    if (at + item.length > length) {
      bytes.set(item.subarray(0, length - at), at);
      return bytes;
    }
    bytes.set(item, at);
    at += item.length;
  }
  return bytes;
};

function checkPlace(value, name, min, max, above = checkPlace) {
  if (typeof value !== 'number') throw invalidArgument(name, 'of type number', value, above);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value, above);
  if (value < min || value > max) {
    throw outOfRange(name, `>= ${min} && <= ${max}`, value, above);
  }
}

// ── methods ────────────────────────────────────────────────────────────────────────────────────

const toInteger = (value, otherwise) => {
  const number = Math.trunc(+value);
  return Number.isNaN(number) ? otherwise : number;
};

function fillWith(bytes, value, offset, end, encoding) {
  if (typeof value === 'string') {
    if (offset === undefined || typeof offset === 'string') {
      encoding = offset;
      offset = 0;
      end = bytes.length;
    } else if (typeof end === 'string') {
      encoding = end;
      end = bytes.length;
    }
    if (encoding !== undefined && encoding !== null && typeof encoding !== 'string') {
      throw invalidArgument('encoding', 'of type string', encoding);
    }
    if (typeof encoding === 'string' && encoding !== '' && codecOf(encoding) === undefined) {
      throw unknownEncoding(encoding);
    }
    if (value.length === 0) value = 0;
    else value = fillText(value, encoding);
  } else if (typeof value === 'boolean') {
    value = +value;
  }
  if (offset === undefined) {
    offset = 0;
    end = bytes.length;
  } else {
    checkPlace(offset, 'offset', 0, LARGEST);
    if (end === undefined) end = bytes.length;
    else checkPlace(end, 'end', 0, bytes.length);
    if (offset >= end) return bytes;
  }
  if (typeof value === 'object' && value !== null && isView(value)) {
    const pattern = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    if (pattern.length === 0) throw invalidValue('value', value);
    for (let at = offset, from = 0; at < end; at++) {
      bytes[at] = pattern[from];
      from = from + 1 === pattern.length ? 0 : from + 1;
    }
    return bytes;
  }
  Uint8Array.prototype.fill.call(bytes, value & 255, offset, end);
  return bytes;
}

function fillText(text, encoding) {
  const pattern = fromString(text, encoding);
  if (pattern.length === 0) throw invalidValue('value', text);
  return pattern;
}

/** Where bytes are found; `direction` as Node's: from the front or from the back. */
function find(bytes, pattern, place, forward, step) {
  const last = bytes.length - pattern.length;
  let at = place;
  if (at < 0) at += bytes.length;
  if (at < 0) {
    if (!forward) return -1;
    at = 0;
  }
  if (pattern.length === 0) return Math.min(at, bytes.length);
  if (forward && at > last) return -1;
  if (!forward && at > last) at = last;
  // Characters of two bytes are found at even distances only.
  const stride = step === 2 ? 2 : 1;
  if (stride === 2) at = forward ? at + (at & 1) : at - (at & 1);
  for (; forward ? at <= last : at >= 0; at += forward ? stride : -stride) {
    let matched = 0;
    while (matched < pattern.length && bytes[at + matched] === pattern[matched]) matched++;
    if (matched === pattern.length) return at;
    if (forward && stride === 1) {
      const next = Uint8Array.prototype.indexOf.call(bytes, pattern[0], at + 1);
      if (next === -1) return -1;
      at = next - 1;
    }
  }
  return -1;
}

function search(bytes, value, place, encoding, forward) {
  if (!isUint8Array(bytes)) throw invalidArgument('buffer', BYTES, bytes);
  if (typeof place === 'string') {
    encoding = place;
    place = undefined;
  } else if (place > 0x7fffffff) {
    place = 0x7fffffff;
  } else if (place < -0x80000000) {
    place = -0x80000000;
  }
  place = +place;
  if (Number.isNaN(place)) place = forward ? 0 : bytes.length || 0;
  place = Math.trunc(place);
  if (typeof value === 'number') {
    return find(bytes, [(value >>> 0) & 255], place, forward, 1);
  }
  if (typeof value === 'string') {
    const codec = encoding === undefined ? utf8 : codecOf(encoding);
    if (codec === undefined) throw unknownEncoding(encoding);
    return find(
      bytes,
      fromString(value, codec.name),
      place,
      forward,
      codec.name === 'utf16le' ? 2 : 1,
    );
  }
  if (isUint8Array(value)) {
    const codec = encoding === undefined ? utf8 : codecOf(encoding);
    return find(bytes, value, place, forward, codec?.name === 'utf16le' ? 2 : 1);
  }
  throw invalidArgument(
    'value',
    'one of type number or string or an instance of Buffer or Uint8Array',
    value,
  );
}

const methods = {
  copy(target, targetStart, sourceStart, sourceEnd) {
    if (!isUint8Array(this)) throw invalidArgument('source', BYTES, this);
    if (!isView(target)) throw invalidArgument('target', BYTES, target);
    const start = (value, name, most, otherwise) => {
      if (value === undefined) return otherwise;
      const number = Number.isSafeInteger(Math.trunc(+value)) ? Math.floor(+value) : 0;
      if (number < 0 || number > most) {
        throw outOfRange(name, most === Infinity ? '>= 0' : `>= 0 && <= ${most}`, number);
      }
      return number;
    };
    targetStart = start(targetStart, 'targetStart', Infinity, 0);
    sourceStart = start(sourceStart, 'sourceStart', this.length, 0);
    sourceEnd = start(sourceEnd, 'sourceEnd', Infinity, this.length);
    if (targetStart >= target.byteLength || sourceStart >= sourceEnd) return 0;
    const bytes = isUint8Array(target)
      ? target
      : new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
    const count = Math.min(
      sourceEnd - sourceStart,
      bytes.length - targetStart,
      this.length - sourceStart,
    );
    if (count <= 0) return 0;
    bytes.set(new Uint8Array(this.buffer, this.byteOffset + sourceStart, count), targetStart);
    return count;
  },
  toString(encoding, start, end) {
    if (arguments.length === 0) return utf8.slice(this, 0, this.length);
    const { length } = this;
    start = start <= 0 ? 0 : start >= length ? length : Math.trunc(start) || 0;
    if (start >= length) return '';
    if (end === undefined || end > length) end = length;
    else end = Math.trunc(end) || 0;
    if (end <= start) return '';
    return (encoding === undefined ? utf8 : knownCodec(encoding)).slice(this, start, end);
  },
  equals(other) {
    if (!isUint8Array(other)) throw invalidArgument('otherBuffer', BYTES, other);
    return this === other || (this.byteLength === other.byteLength && order(this, other) === 0);
  },
  compare(target, targetStart, targetEnd, sourceStart, sourceEnd) {
    if (!isUint8Array(target)) throw invalidArgument('target', BYTES, target);
    if (arguments.length === 1) return order(this, target);
    const place = (value, name, max, otherwise) => {
      if (value === undefined) return otherwise;
      checkPlace(value, name, 0, max);
      return value;
    };
    targetStart = place(targetStart, 'targetStart', LARGEST, 0);
    targetEnd = place(targetEnd, 'targetEnd', target.length, target.length);
    sourceStart = place(sourceStart, 'sourceStart', LARGEST, 0);
    sourceEnd = place(sourceEnd, 'sourceEnd', this.length, this.length);
    if (sourceStart >= sourceEnd) return targetStart >= targetEnd ? 0 : -1;
    if (targetStart >= targetEnd) return 1;
    return order(this.subarray(sourceStart, sourceEnd), target.subarray(targetStart, targetEnd));
  },
  indexOf(value, place, encoding) {
    return search(this, value, place, encoding, true);
  },
  lastIndexOf(value, place, encoding) {
    return search(this, value, place, encoding, false);
  },
  includes(value, place, encoding) {
    return search(this, value, place, encoding, true) !== -1;
  },
  fill(value, offset, end, encoding) {
    return fillWith(this, value, offset, end, encoding);
  },
  write(text, offset, length, encoding) {
    if (typeof text !== 'string') throw invalidArgument('argument', 'of type string', text);
    if (offset === undefined) return utf8.write(this, text, 0, this.length);
    if (length === undefined && typeof offset === 'string') {
      encoding = offset;
      length = this.length;
      offset = 0;
    } else {
      checkPlace(offset, 'offset', 0, this.length);
      const rest = this.length - offset;
      if (length === undefined) {
        length = rest;
      } else if (typeof length === 'string') {
        encoding = length;
        length = rest;
      } else {
        checkPlace(length, 'length', 0, this.length);
        if (length > rest) length = rest;
      }
    }
    return (encoding ? knownCodec(encoding) : utf8).write(this, text, offset, length);
  },
  toJSON() {
    return { type: 'Buffer', data: Array.from(this) };
  },
  subarray(start, end) {
    const { length } = this;
    const place = (value, otherwise) => {
      const number = toInteger(value, otherwise);
      return number < 0 ? Math.max(number + length, 0) : Math.min(number, length);
    };
    start = place(start, 0);
    end = end === undefined ? length : place(end, 0);
    return new FastBuffer(this.buffer, this.byteOffset + start, Math.max(end - start, 0));
  },
  slice(start, end) {
    return this.subarray(start, end);
  },
  [INSPECT](depth, context) {
    const most = module.exports.INSPECT_MAX_BYTES;
    const shown = Math.min(most, this.length);
    let text = methods.toString
      .call(this, 'hex', 0, shown)
      .replace(/(.{2})/g, '$1 ')
      .trim();
    const rest = this.length - most;
    if (rest > 0) text += ` ... ${rest} more byte${rest > 1 ? 's' : ''}`;
    if (context) {
      const others = require('internal/engine').ownNonIndexProperties(
        this,
        context.showHidden ? 0 : 2,
      );
      if (others.length > 0) {
        const object = { __proto__: null };
        for (const key of others) object[key] = this[key];
        const { inspect } = require('util');
        const inner = inspect(object, { ...context, breakLength: Infinity, compact: true });
        text += `${this.length === 0 ? '' : ', '}${inner.slice(27, -2)}`;
      }
    }
    const name = this.constructor?.name;
    return `<${typeof name === 'string' && name !== '' ? name : 'Buffer'} ${text}>`;
  },
};
methods.toLocaleString = methods.toString;
methods.inspect = methods[INSPECT];

for (const [suffix, encoding] of [
  ['ascii', 'ascii'],
  ['base64', 'base64'],
  ['base64url', 'base64url'],
  ['latin1', 'latin1'],
  ['hex', 'hex'],
  ['ucs2', 'utf16le'],
  ['utf8', 'utf8'],
]) {
  const codec = codecOf(encoding);
  methods[`${suffix}Slice`] = function slice(start = 0, end = this.length) {
    end = Math.min(end, this.length);
    return start >= end ? '' : codec.slice(this, start, end);
  };
  methods[`${suffix}Write`] = function write(text, offset = 0, length = this.length - offset) {
    return codec.write(this, text, offset, Math.min(length, this.length - offset));
  };
}

for (const [name, method] of [...Object.entries(methods), ...Object.entries(numbers)]) {
  Buffer.prototype[name] = method;
}
Buffer.prototype[INSPECT] = methods[INSPECT];
Object.defineProperty(Buffer.prototype, 'parent', {
  enumerable: true,
  get() {
    return this instanceof Buffer ? this.buffer : undefined;
  },
});
Object.defineProperty(Buffer.prototype, 'offset', {
  enumerable: true,
  get() {
    return this instanceof Buffer ? this.byteOffset : undefined;
  },
});

// ── the module ─────────────────────────────────────────────────────────────────────────────────

function bytesOf(input, above) {
  if (isAnyArrayBuffer(input)) return new Uint8Array(input);
  if (isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  throw invalidArgument('input', 'an instance of ArrayBuffer, Buffer, or TypedArray', input, above);
}

const { TextDecoder, atob, btoa } = globalThis;

module.exports = {
  Buffer,
  SlowBuffer,
  INSPECT_MAX_BYTES: 50,
  kMaxLength: LARGEST,
  kStringMaxLength: LONGEST_TEXT,
  constants: Object.defineProperties(
    {},
    {
      MAX_LENGTH: { value: LARGEST, enumerable: true },
      MAX_STRING_LENGTH: { value: LONGEST_TEXT, enumerable: true },
    },
  ),
  atob,
  btoa,
  isAscii(input) {
    return bytesOf(input, module.exports.isAscii).every((byte) => byte < 0x80);
  },
  isUtf8(input) {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(input, module.exports.isUtf8));
      return true;
    } catch (error) {
      if (error.code === 'ERR_INVALID_ARG_TYPE') throw error;
      return false;
    }
  },
  transcode(source, from, to) {
    if (!isUint8Array(source)) throw invalidArgument('source', BYTES, source);
    if (source.length === 0) return new FastBuffer(0);
    const [decode, encode] = [codecOf(from), codecOf(to)];
    const known = ['utf8', 'utf16le', 'latin1', 'ascii'];
    if (!known.includes(decode?.name) || !known.includes(encode?.name)) {
      const error = new Error('Unable to transcode Buffer [U_ILLEGAL_ARGUMENT_ERROR]');
      error.code = 'U_ILLEGAL_ARGUMENT_ERROR';
      error.errno = 1;
      throw error;
    }
    const text = decode.slice(source, 0, source.length);
    if (encode !== latin1 && encode.name !== 'ascii') return fromString(text, encode.name);
    const most = encode === latin1 ? 0xff : 0x7f;
    return Buffer.from(
      Array.from(text, (one) => (one.codePointAt(0) > most ? 0x3f : one.charCodeAt(0))),
    );
  },
};
