/** zlib, brotli and Zstandard: computed on the task's own thread, by src/runtime/ops/compress.rs. */
const { Buffer } = require('buffer');
const { checkFunction, invalidArgument, outOfRange } = require('./internal/errors');
const constants = require('./internal/zlib/constants');
const { toBuffer } = require('./internal/zlib/errors');
const { atOnce, crc32: sumOf } = require('./internal/zlib/handle');
const { unavailableModule } = require('./internal/unavailable');
const { commonOptions, describe, isAnyArrayBuffer } = require('./internal/zlib/options');

/** The classes are streams, which most programs do without. */
const streams = () => require('./internal/zlib/streams');

/** A string, which crosses as UTF-8, or a Uint8Array over the same memory. */
function inputOf(data) {
  if (typeof data === 'string') return data;
  if (ArrayBuffer.isView(data)) {
    return data.byteLength === 0
      ? new Uint8Array(0)
      : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  if (isAnyArrayBuffer(data)) return new Uint8Array(data);
  throw invalidArgument(
    'buffer',
    'of type string or an instance of Buffer, TypedArray, DataView, or ArrayBuffer',
    data,
    inputOf,
  );
}

/** What is to be done, its options checked. */
function work(name, mode, input, options) {
  if (options?.info) {
    return () => {
      const engine = new (streams().classes[name])(options);
      const bytes = typeof input === 'string' ? Buffer.from(input) : input;
      const buffer = streams().processChunkSync(engine, bytes, engine._finishFlushFlag);
      return { buffer, engine };
    };
  }
  const { finishFlush, maxOutputLength } = commonOptions(options, mode);
  const { bytes } = describe(options, mode);
  return () => toBuffer(atOnce(bytes, finishFlush, maxOutputLength, input));
}

const named = (name, call) => Object.defineProperty(call, 'name', { value: name });

/** The function with a callback and the one without, for one class. */
function functions(name, className, mode) {
  const sync = named(`${name}Sync`, (buffer, options) =>
    work(className, mode, inputOf(buffer), options)(),
  );
  const async = named(name, (buffer, options, callback) => {
    let [given, done] = [options, callback];
    if (typeof options === 'function') [given, done] = [{}, options];
    checkFunction(done, 'callback');
    const input = inputOf(buffer);
    const compute = work(className, mode, input, given);
    require('timers').setImmediate(() => {
      let result;
      try {
        result = compute();
      } catch (error) {
        done(error);
        return;
      }
      done(null, result);
    });
  });
  return { [name]: async, [`${name}Sync`]: sync };
}

const KINDS = [
  ['deflate', 'Deflate', constants.DEFLATE],
  ['gzip', 'Gzip', constants.GZIP],
  ['deflateRaw', 'DeflateRaw', constants.DEFLATERAW],
  ['unzip', 'Unzip', constants.UNZIP],
  ['inflate', 'Inflate', constants.INFLATE],
  ['gunzip', 'Gunzip', constants.GUNZIP],
  ['inflateRaw', 'InflateRaw', constants.INFLATERAW],
  ['brotliCompress', 'BrotliCompress', constants.BROTLI_ENCODE],
  ['brotliDecompress', 'BrotliDecompress', constants.BROTLI_DECODE],
  ['zstdCompress', 'ZstdCompress', constants.ZSTD_COMPRESS],
  ['zstdDecompress', 'ZstdDecompress', constants.ZSTD_DECOMPRESS],
];

function crc32(data, value = 0) {
  if (typeof data !== 'string' && !ArrayBuffer.isView(data)) {
    throw invalidArgument(
      'data',
      'of type string or an instance of Buffer, TypedArray, or DataView',
      data,
      crc32,
    );
  }
  if (typeof value !== 'number') throw invalidArgument('value', 'of type number', value, crc32);
  if (!Number.isInteger(value)) throw outOfRange('value', 'an integer', value, crc32);
  if (value < 0 || value > 0xffffffff) {
    throw outOfRange('value', '>= 0 && <= 4294967295', value, crc32);
  }
  return sumOf(inputOf(data), value);
}

const codes = { __proto__: null };
for (const name of [
  'Z_OK',
  'Z_STREAM_END',
  'Z_NEED_DICT',
  'Z_ERRNO',
  'Z_STREAM_ERROR',
  'Z_DATA_ERROR',
  'Z_MEM_ERROR',
  'Z_BUF_ERROR',
  'Z_VERSION_ERROR',
]) {
  codes[name] = constants[name];
  codes[constants[name]] = name;
}

// Newer Nodes read and write ZIP archives, which are files.
Object.assign(
  exports,
  unavailableModule(
    'zlib',
    `
    ZipBuffer ZipEntry ZipFile createZipArchive createZipArchiveSync getMaxZipContentSize setMaxZipContentSize zipFiles
    `,
  ),
);
exports.crc32 = crc32;
for (const [, name] of KINDS) {
  Object.defineProperty(exports, name, {
    configurable: true,
    enumerable: true,
    get: () => streams().classes[name],
  });
}
for (const [name, className, mode] of KINDS)
  Object.assign(exports, functions(name, className, mode));
for (const [, name] of KINDS) {
  exports[`create${name}`] = named(`create${name}`, (options) => new exports[name](options));
}
Object.defineProperties(exports, {
  constants: { enumerable: true, value: constants },
  codes: { enumerable: true, value: Object.freeze(codes) },
});
// As old programs name them.
for (const name of Object.keys(constants)) {
  if (/^(BROTLI|ZSTD)/.test(name)) continue;
  Object.defineProperty(exports, name, { value: constants[name] });
}
