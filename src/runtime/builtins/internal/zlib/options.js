/** Options, checked as Node checks them, and written down as src/runtime/ops/compress.rs reads them. */
const { kMaxLength } = require('buffer');
const { coded, invalidArgument, outOfRange } = require('../errors');
const constants = require('./constants');

const {
  BROTLI_DECODE,
  BROTLI_ENCODE,
  DEFLATERAW,
  GUNZIP,
  GZIP,
  INFLATE,
  UNZIP,
  ZSTD_COMPRESS,
  ZSTD_DECOMPRESS,
} = constants;

function isFiniteNumber(value, name) {
  if (value === undefined) return false;
  if (Number.isFinite(value)) return true;
  if (Number.isNaN(value)) return false;
  if (typeof value !== 'number') throw invalidArgument(name, 'of type number', value);
  throw outOfRange(name, 'a finite number', value);
}

function ranged(value, name, lower, upper, otherwise) {
  if (!isFiniteNumber(value, name)) return otherwise;
  if (value < lower || value > upper) throw outOfRange(name, `>= ${lower} and <= ${upper}`, value);
  return value;
}

const isAnyArrayBuffer = (value) =>
  /^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(value));

function dictionaryOf({ dictionary }) {
  if (dictionary === undefined) return new Uint8Array(0);
  if (ArrayBuffer.isView(dictionary)) {
    return new Uint8Array(dictionary.buffer, dictionary.byteOffset, dictionary.byteLength).slice();
  }
  if (isAnyArrayBuffer(dictionary)) return new Uint8Array(dictionary).slice();
  throw invalidArgument(
    'options.dictionary',
    'an instance of Buffer, TypedArray, DataView, or ArrayBuffer',
    dictionary,
  );
}

const isBrotli = (mode) => mode === BROTLI_DECODE || mode === BROTLI_ENCODE;
const isZstd = (mode) => mode === ZSTD_COMPRESS || mode === ZSTD_DECOMPRESS;

/** How the family flushes: the most that there is, the default, and the default at the end. */
function flushing(mode) {
  if (isBrotli(mode)) {
    return [
      constants.BROTLI_OPERATION_EMIT_METADATA,
      constants.BROTLI_OPERATION_PROCESS,
      constants.BROTLI_OPERATION_FINISH,
      constants.BROTLI_OPERATION_FLUSH,
    ];
  }
  if (isZstd(mode)) {
    return [
      constants.ZSTD_e_end,
      constants.ZSTD_e_continue,
      constants.ZSTD_e_end,
      constants.ZSTD_e_flush,
    ];
  }
  return [constants.Z_BLOCK, constants.Z_NO_FLUSH, constants.Z_FINISH, constants.Z_FULL_FLUSH];
}

/** What every kind takes. */
function commonOptions(options, mode) {
  const [most, flush, finishFlush, fullFlush] = flushing(mode);
  let chunkSize = options?.chunkSize;
  if (!isFiniteNumber(chunkSize, 'options.chunkSize')) {
    chunkSize = constants.Z_DEFAULT_CHUNK;
  } else if (chunkSize < constants.Z_MIN_CHUNK) {
    throw outOfRange('options.chunkSize', `>= ${constants.Z_MIN_CHUNK}`, chunkSize);
  }
  return {
    chunkSize,
    flush: ranged(options?.flush, 'options.flush', 0, most, flush),
    finishFlush: ranged(options?.finishFlush, 'options.finishFlush', 0, most, finishFlush),
    fullFlush,
    maxOutputLength: ranged(
      options?.maxOutputLength,
      'options.maxOutputLength',
      1,
      kMaxLength,
      kMaxLength,
    ),
    info: Boolean(options?.info),
  };
}

function zlibParameters(options, mode) {
  const { windowBits } = options;
  const fromHeader = mode === INFLATE || mode === GUNZIP || mode === UNZIP;
  let bits = 0;
  if (!fromHeader || (windowBits !== undefined && windowBits !== null && windowBits !== 0)) {
    const least = constants.Z_MIN_WINDOWBITS + (mode === GZIP ? 1 : 0);
    bits = ranged(windowBits ?? undefined, 'options.windowBits', least, 15, 15);
  }
  if (mode === DEFLATERAW && bits === 8) bits = 9;
  const level = ranged(
    options.level,
    'options.level',
    constants.Z_MIN_LEVEL,
    constants.Z_MAX_LEVEL,
    constants.Z_DEFAULT_LEVEL,
  );
  const memLevel = ranged(options.memLevel, 'options.memLevel', 1, 9, constants.Z_DEFAULT_MEMLEVEL);
  const strategy = ranged(
    options.strategy,
    'options.strategy',
    constants.Z_DEFAULT_STRATEGY,
    constants.Z_FIXED,
    constants.Z_DEFAULT_STRATEGY,
  );
  return {
    level,
    strategy,
    pairs: [
      [0, bits],
      [1, level],
      [2, memLevel],
      [3, strategy],
    ],
  };
}

const FAMILIES = {
  Brotli: {
    code: 'ERR_BROTLI_INVALID_PARAM',
    last: { [BROTLI_ENCODE]: 9, [BROTLI_DECODE]: 9 },
  },
  Zstd: {
    code: 'ERR_ZSTD_INVALID_PARAM',
    last: { [ZSTD_COMPRESS]: 402, [ZSTD_DECOMPRESS]: 100 },
  },
};

function namedParameters(options, mode) {
  const family = isBrotli(mode) ? 'Brotli' : 'Zstd';
  const { code, last } = FAMILIES[family];
  const pairs = [];
  for (const key of Object.keys(options.params ?? {})) {
    const number = Number(key);
    if (!(Number.isInteger(number) && number >= 0 && number <= last[mode])) {
      throw coded(RangeError, code, `${key} is not a valid ${family} parameter`);
    }
    const value = options.params[key];
    if (typeof value !== 'number' && typeof value !== 'boolean') {
      throw invalidArgument('options.params[key]', 'of type number', value);
    }
    pairs.push([number, Number(value)]);
  }
  return { pairs };
}

/** The kind, its parameters and the dictionary, as `Open` reads them. */
function describe(options, mode) {
  const given = options ?? {};
  const isNamed = isBrotli(mode) || isZstd(mode);
  const { level, strategy, pairs } = isNamed
    ? namedParameters(given, mode)
    : zlibParameters(given, mode);
  const dictionary = isBrotli(mode) ? new Uint8Array(0) : dictionaryOf(given);
  const bytes = new Uint8Array(8 + pairs.length * 8 + dictionary.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, mode, true);
  view.setUint32(4, pairs.length, true);
  let at = 8;
  for (const [number, value] of pairs) {
    view.setUint32(at, number, true);
    view.setInt32(at + 4, value, true);
    at += 8;
  }
  bytes.set(dictionary, at);
  return { bytes, level, strategy };
}

module.exports = { commonOptions, describe, isAnyArrayBuffer, isFiniteNumber, ranged };
