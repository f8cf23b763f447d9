/*
 * Written here: the package of that name is of Node 8, knows no base64url, and ends most of the sequences that the tests
 * cut in pieces in another way.
 */
const { Buffer } = require('buffer');
const { codecOf } = require('./internal/codecs');
const { invalidArgument, unknownEncoding } = require('./internal/errors');

const EMPTY = new Uint8Array(0);

/** How many bytes at the end begin a character whose rest is to come. */
function beginsUtf8(bytes) {
  const { length } = bytes;
  for (let back = 1; back <= Math.min(3, length); back++) {
    const byte = bytes[length - back];
    if ((byte & 0xc0) === 0x80) continue;
    // By the lead alone, as Node counts: what comes shows whether it was one.
    const needs = byte >= 0xf8 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    if (needs <= back) return 0;
    return back;
  }
  return 0;
}

function beginsUtf16(bytes) {
  const odd = bytes.length % 2;
  const last = bytes.length - odd - 1;
  return last >= 1 && (bytes[last] & 0xfc) === 0xd8 ? odd + 2 : odd;
}

const WAITS = {
  utf8: beginsUtf8,
  utf16le: beginsUtf16,
  base64: (bytes) => bytes.length % 3,
  base64url: (bytes) => bytes.length % 3,
};

class Decoder {
  #codec;
  #rest = EMPTY;

  constructor(encoding) {
    this.#codec = encoding === undefined || encoding === null ? codecOf('utf8') : codecOf(encoding);
    if (this.#codec === undefined) throw unknownEncoding(encoding, StringDecoder);
  }

  get encoding() {
    return this.#codec.name;
  }

  write(chunk) {
    if (typeof chunk === 'string') return chunk;
    if (!ArrayBuffer.isView(chunk)) {
      throw invalidArgument('buf', 'an instance of Buffer, TypedArray, or DataView', chunk);
    }
    let bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#rest.length > 0) bytes = Buffer.concat([this.#rest, bytes]);
    const waiting = WAITS[this.#codec.name]?.(bytes) ?? 0;
    const end = bytes.length - waiting;
    this.#rest = bytes.slice(end);
    return this.#codec.slice(bytes, 0, end);
  }

  end(chunk) {
    const text = chunk === undefined ? '' : this.write(chunk);
    const rest = this.#rest;
    this.#rest = EMPTY;
    return text + this.#codec.slice(rest, 0, rest.length);
  }
}

const STATE = Symbol('decoder');

/** Callable on another object, as old code that inherits from it does. */
function StringDecoder(encoding) {
  const decoder = new Decoder(encoding);
  this.encoding = decoder.encoding;
  Object.defineProperty(this, STATE, { value: decoder });
}

StringDecoder.prototype.write = function write(chunk) {
  return this[STATE].write(chunk);
};
StringDecoder.prototype.end = function end(chunk) {
  return this[STATE].end(chunk);
};
StringDecoder.prototype.text = function text(chunk, offset) {
  this[STATE].end();
  return this[STATE].write(chunk.subarray(offset));
};
module.exports = { StringDecoder };
