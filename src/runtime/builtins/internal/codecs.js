/**
 * Bytes and text, in the encodings that Buffer knows. Long base64 and all of UTF-8 are Rust's and V8's work.
 */
const { coded } = require('./errors');

const BASE64_ENCODE = 16;
const URL_ALPHABET = 1;
/** `native.op` of the prelude's TextDecoder, and its flag to keep a byte order mark. */
const DECODE = 1;
const KEEP_BOM = 2;

const LONGEST_TEXT = 2 ** 29 - 24;
/** As many arguments as `apply` takes without using up the stack. */
const CHUNK = 4096;
/** Shorter text is decoded here: crossing to Rust costs more. */
const SHORT = 24;

const { fromCharCode } = String;
const { apply } = Reflect;
const subarray = Uint8Array.prototype.subarray;

function fail(kind, message) {
  throw coded(kind === 'ERR_STRING_TOO_LONG' ? Error : RangeError, kind, message);
}

function tooLong() {
  return coded(
    Error,
    'ERR_STRING_TOO_LONG',
    `Cannot create a string longer than 0x${LONGEST_TEXT.toString(16)} characters`,
    tooLong,
  );
}

function part(bytes, start, end) {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
}

function characters(units) {
  if (units.length <= CHUNK) return apply(fromCharCode, undefined, units);
  let text = '';
  for (let at = 0; at < units.length; at += CHUNK) {
    text += apply(fromCharCode, undefined, apply(subarray, units, [at, at + CHUNK]));
  }
  return text;
}

// ── UTF-8 ──────────────────────────────────────────────────────────────────────────────────────

function utf8Slice(bytes, start, end) {
  const length = end - start;
  if (length <= SHORT) {
    let text = '';
    let at = start;
    for (; at < end && bytes[at] < 0x80; at++) text += fromCharCode(bytes[at]);
    if (at === end) return text;
  }
  return native.op(DECODE, KEEP_BOM, 'utf-8', part(bytes, start, end), fail);
}

function utf8Length(text) {
  let length = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    if (unit < 0x800) {
      length += 1;
    } else {
      length += 2;
      // A pair is four bytes; a lone surrogate becomes U+FFFD.
      if (unit >= 0xd800 && unit < 0xdc00) {
        const next = text.charCodeAt(at + 1);
        if (next >= 0xdc00 && next < 0xe000) at++;
      }
    }
  }
  return length;
}

/** Whole characters only, as many as fit. */
function utf8Write(bytes, text, start, length) {
  return native.utf8EncodeInto(text, part(bytes, start, start + length))[1];
}

// ── Latin-1, ASCII, UTF-16 ─────────────────────────────────────────────────────────────────────

const latin1Slice = (bytes, start, end) => characters(part(bytes, start, end));

function asciiSlice(bytes, start, end) {
  const units = part(bytes, start, end).slice();
  for (let at = 0; at < units.length; at++) units[at] &= 0x7f;
  return characters(units);
}

function latin1Write(bytes, text, start, length) {
  const count = Math.min(length, text.length);
  for (let at = 0; at < count; at++) bytes[start + at] = text.charCodeAt(at);
  return count;
}

function utf16Slice(bytes, start, end) {
  const units = new Uint16Array((end - start) >>> 1);
  for (let at = 0; at < units.length; at++) {
    units[at] = bytes[start + at * 2] | (bytes[start + at * 2 + 1] << 8);
  }
  return characters(units);
}

function utf16Write(bytes, text, start, length) {
  const count = Math.min(length >>> 1, text.length);
  for (let at = 0; at < count; at++) {
    const unit = text.charCodeAt(at);
    bytes[start + at * 2] = unit;
    bytes[start + at * 2 + 1] = unit >>> 8;
  }
  return count * 2;
}

// ── hexadecimal ────────────────────────────────────────────────────────────────────────────────

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const HEX_DIGITS = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16);
  HEX_DIGITS[text.charCodeAt(0)] = digit;
  HEX_DIGITS[text.toUpperCase().charCodeAt(0)] = digit;
}

function hexSlice(bytes, start, end) {
  if ((end - start) * 2 > LONGEST_TEXT) throw tooLong();
  let text = '';
  for (let at = start; at < end; at++) text += HEX[bytes[at]];
  return text;
}

/** Up to the first that is no digit. */
function hexWrite(bytes, text, start, length) {
  const count = Math.min(length, text.length >>> 1);
  for (let at = 0; at < count; at++) {
    const high = HEX_DIGITS[text.charCodeAt(at * 2)] ?? -1;
    const low = HEX_DIGITS[text.charCodeAt(at * 2 + 1)] ?? -1;
    if (high < 0 || low < 0) return at;
    bytes[start + at] = (high << 4) | low;
  }
  return count;
}

// ── base64 ─────────────────────────────────────────────────────────────────────────────────────

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const BASE64_DIGITS = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 62; digit++) BASE64_DIGITS[BASE64.charCodeAt(digit)] = digit;
// Either alphabet is read.
for (const character of '+-') BASE64_DIGITS[character.charCodeAt(0)] = 62;
for (const character of '/_') BASE64_DIGITS[character.charCodeAt(0)] = 63;
const PADDING = 0x3d;

const base64Slice = (bytes, start, end) =>
  native.op(BASE64_ENCODE, 0, null, part(bytes, start, end), fail);
const base64urlSlice = (bytes, start, end) =>
  native.op(BASE64_ENCODE, URL_ALPHABET, null, part(bytes, start, end), fail);

/** How many bytes a text can be at most, by its length and padding alone. */
function base64Length(text) {
  let length = text.length;
  if (length > 0 && text.charCodeAt(length - 1) === PADDING) length--;
  if (length > 1 && text.charCodeAt(length - 1) === PADDING) length--;
  return Math.floor((length * 3) / 4);
}

/** What is no digit is passed over; the first padding is the end. */
function base64Write(bytes, text, start, length) {
  const end = start + length;
  let at = start;
  let bits = 0;
  let held = 0;
  for (let index = 0; index < text.length && at < end; index++) {
    const unit = text.charCodeAt(index);
    if (unit === PADDING) break;
    // As Node: of a character beyond Latin-1 the low byte counts.
    const digit = BASE64_DIGITS[unit & 0xff];
    if (digit < 0) continue;
    held = (held << 6) | digit;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >>> bits;
      held &= (1 << bits) - 1;
    }
  }
  return at - start;
}

// ── by name ────────────────────────────────────────────────────────────────────────────────────

const utf8 = { name: 'utf8', slice: utf8Slice, write: utf8Write, byteLength: utf8Length };
const utf16le = {
  name: 'utf16le',
  slice: utf16Slice,
  write: utf16Write,
  byteLength: (text) => text.length * 2,
};
const latin1 = {
  name: 'latin1',
  slice: latin1Slice,
  write: latin1Write,
  byteLength: (text) => text.length,
};
const ascii = { ...latin1, name: 'ascii', slice: asciiSlice };
const hex = {
  name: 'hex',
  slice: hexSlice,
  write: hexWrite,
  byteLength: (text) => text.length >>> 1,
};
const base64 = {
  name: 'base64',
  slice: base64Slice,
  write: base64Write,
  byteLength: base64Length,
};
const base64url = { ...base64, name: 'base64url', slice: base64urlSlice };

const CODECS = new Map([
  ['utf8', utf8],
  ['utf-8', utf8],
  ['ucs2', utf16le],
  ['ucs-2', utf16le],
  ['utf16le', utf16le],
  ['utf-16le', utf16le],
  ['latin1', latin1],
  ['binary', latin1],
  ['ascii', ascii],
  ['hex', hex],
  ['base64', base64],
  ['base64url', base64url],
]);

/** The codec of an encoding, undefined when there is none of that name. */
function codecOf(encoding) {
  return CODECS.get(encoding) ?? CODECS.get(`${encoding}`.toLowerCase());
}

module.exports = { LONGEST_TEXT, codecOf, utf8, latin1 };
