/** The classes: Transforms over a handle, callable without `new`, with the inner names that packages reach for. */
const { Buffer } = require('buffer');
const { Transform } = require('stream');
const { coded } = require('../errors');
const constants = require('./constants');
const { tooLarge } = require('./errors');
const { Handle } = require('./handle');
const { commonOptions, describe, ranged } = require('./options');

const FLUSH = Symbol('flush');
const ERROR = Symbol('error');
const WAITING = Symbol('waiting');

const { setImmediate } = require('timers');

/** Kinds of flush by their strength: a chunk that needs two gets the stronger. */
const STRENGTH = [0, 1, 3, 4, 5, 2];
const stronger = (a, b) => ((STRENGTH[a] ?? a) > (STRENGTH[b] ?? b) ? a : b);

function ZlibBase(options, mode) {
  const common = commonOptions(options, mode);
  const description = describe(options, mode);
  // What comes out are bytes, whatever the options say.
  const streamOptions = { autoDestroy: true, ...options };
  delete streamOptions.encoding;
  delete streamOptions.objectMode;
  delete streamOptions.writableObjectMode;
  Transform.call(this, streamOptions);
  this[ERROR] = null;
  this[WAITING] = null;
  this.bytesWritten = 0;
  this._writeState = new Uint32Array(2);
  this._handle = new Handle(description.bytes, this._writeState);
  this._handle.whenFailed = (error) => {
    this[ERROR] = error;
    this.destroy(error);
  };
  this._outBuffer = Buffer.alloc(common.chunkSize);
  this._outOffset = 0;
  this._chunkSize = common.chunkSize;
  this._defaultFlushFlag = common.flush;
  this._finishFlushFlag = common.finishFlush;
  this._defaultFullFlushFlag = common.fullFlush;
  this._info = common.info;
  this._maxOutputLength = common.maxOutputLength;
  this._level = description.level;
  this._strategy = description.strategy;
  this._mode = mode;
}
Object.setPrototypeOf(ZlibBase.prototype, Transform.prototype);
Object.setPrototypeOf(ZlibBase, Transform);

Object.defineProperties(ZlibBase.prototype, {
  _closed: {
    configurable: true,
    get() {
      return this._handle === null;
    },
  },
  bytesRead: {
    configurable: true,
    get() {
      return this.bytesWritten;
    },
    set(value) {
      this.bytesWritten = value;
    },
  },
});

ZlibBase.prototype.reset = function reset() {
  if (this._handle === null) throw closed();
  return this._handle.reset();
};

const closed = () =>
  coded(Error, 'ERR_STREAM_DESTROYED', 'Cannot call write after a stream was destroyed');

function closeHandle(self) {
  self._handle?.close();
  self._handle = null;
}

ZlibBase.prototype._flush = function _flush(callback) {
  this._transform(Buffer.alloc(0), '', callback);
};

ZlibBase.prototype._final = function _final(callback) {
  callback();
};

ZlibBase.prototype.flush = function flush(kind, callback) {
  let [flag, done] = [kind, callback];
  if (typeof kind === 'function' || (kind === undefined && callback === undefined)) {
    [flag, done] = [this._defaultFullFlushFlag, kind];
  }
  if (this.writableFinished) {
    if (done !== undefined) queueMicrotask(done);
  } else if (this.writableEnded) {
    if (done !== undefined) this.once('end', done);
  } else {
    const marker = Buffer.alloc(0);
    marker[FLUSH] = flag;
    this.write(marker, '', done);
  }
};

ZlibBase.prototype.close = function close(callback) {
  if (callback !== undefined) require('stream').finished(this, callback);
  this.destroy();
};

ZlibBase.prototype._destroy = function _destroy(error, callback) {
  closeHandle(this);
  this[WAITING] = null;
  callback(error);
};

ZlibBase.prototype._transform = function _transform(chunk, encoding, callback) {
  let flag = this._defaultFlushFlag;
  if (typeof chunk[FLUSH] === 'number') {
    flag = chunk[FLUSH];
  } else if (this.writableEnded && this.writableLength === chunk.byteLength) {
    flag = stronger(flag, this._finishFlushFlag);
  }
  // Later, as Node's threads are done later; on this very thread.
  setImmediate(() => processChunk(this, chunk, flag, callback));
};

ZlibBase.prototype._read = function _read(size) {
  const goOn = this[WAITING];
  if (goOn === null) return Transform.prototype._read.call(this, size);
  this[WAITING] = null;
  return goOn();
};

/** Writes to the stream until the input is used up; waits while nobody reads what comes out. */
function processChunk(self, chunk, flag, callback) {
  let offset = 0;
  const step = () => {
    for (;;) {
      if (self._handle === null || self.destroyed) return;
      const room = self._chunkSize - self._outOffset;
      const left = chunk.byteLength - offset;
      self._handle.writeSync(flag, chunk, offset, left, self._outBuffer, self._outOffset, room);
      if (self[ERROR] !== null || self._handle === null) return;
      const [roomLeft, inputLeft] = self._writeState;
      const made = room - roomLeft;
      const read = left - inputLeft;
      self.bytesWritten += read;
      offset += read;
      const more = made === 0 || self.push(takeOutput(self, made));
      if (roomLeft !== 0) break;
      if (!more) {
        self[WAITING] = step;
        return;
      }
    }
    // What follows the end of compressed data is of no interest.
    if (self._writeState[1] > 0 && isDecompressing(self._mode)) self.push(null);
    callback();
  };
  step();
}

const isDecompressing = (mode) =>
  mode === constants.INFLATE ||
  mode === constants.GUNZIP ||
  mode === constants.INFLATERAW ||
  mode === constants.UNZIP ||
  mode === constants.BROTLI_DECODE ||
  mode === constants.ZSTD_DECOMPRESS;

/** What was just written to the buffer; a full one is given away. */
function takeOutput(self, length) {
  const output = self._outBuffer.subarray(self._outOffset, self._outOffset + length);
  self._outOffset += length;
  if (self._outOffset >= self._chunkSize) {
    self._outOffset = 0;
    self._outBuffer = Buffer.alloc(self._chunkSize);
  }
  return output;
}

ZlibBase.prototype._processChunk = function _processChunk(chunk, flag, callback) {
  if (typeof callback === 'function') return processChunk(this, chunk, flag, callback);
  return processChunkSync(this, chunk, flag);
};

function processChunkSync(self, chunk, flag) {
  const parts = [];
  let total = 0;
  let offset = 0;
  // The stream's own way would tell of the error later.
  const { whenFailed } = self._handle;
  self._handle.whenFailed = undefined;
  try {
    for (;;) {
      const room = self._chunkSize - self._outOffset;
      const left = chunk.byteLength - offset;
      self._handle.writeSync(flag, chunk, offset, left, self._outBuffer, self._outOffset, room);
      const [roomLeft, inputLeft] = self._writeState;
      const made = room - roomLeft;
      offset += left - inputLeft;
      if (made > 0) {
        parts.push(takeOutput(self, made));
        total += made;
        if (total > self._maxOutputLength) throw tooLarge(self._maxOutputLength);
      }
      if (roomLeft !== 0) break;
    }
  } catch (error) {
    closeHandle(self);
    throw error;
  }
  self._handle.whenFailed = whenFailed;
  self.bytesWritten = offset;
  closeHandle(self);
  return parts.length === 1 ? parts[0] : Buffer.concat(parts, total);
}

function Zlib(options, mode) {
  ZlibBase.call(this, options, mode);
}
Object.setPrototypeOf(Zlib.prototype, ZlibBase.prototype);
Object.setPrototypeOf(Zlib, ZlibBase);

Zlib.prototype.params = function params(level, strategy, callback) {
  ranged(level, 'level', constants.Z_MIN_LEVEL, constants.Z_MAX_LEVEL, undefined);
  ranged(strategy, 'strategy', constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED, undefined);
  if (this._level === level && this._strategy === strategy) {
    if (callback !== undefined) queueMicrotask(callback);
    return;
  }
  this.flush(constants.Z_SYNC_FLUSH, () => {
    if (this._handle === null) return;
    this._handle.params(level, strategy);
    this._level = level;
    this._strategy = strategy;
    callback?.();
  });
};

/** A class for one mode. */
function streamClass(name, mode, Base = Zlib) {
  const Class = {
    [name]: function (options) {
      if (!(this instanceof Class)) return new Class(options);
      Base.call(this, options, mode);
    },
  }[name];
  Object.setPrototypeOf(Class.prototype, Base.prototype);
  Object.setPrototypeOf(Class, Base);
  return Class;
}

const classes = {
  Deflate: streamClass('Deflate', constants.DEFLATE),
  Inflate: streamClass('Inflate', constants.INFLATE),
  Gzip: streamClass('Gzip', constants.GZIP),
  Gunzip: streamClass('Gunzip', constants.GUNZIP),
  DeflateRaw: streamClass('DeflateRaw', constants.DEFLATERAW),
  InflateRaw: streamClass('InflateRaw', constants.INFLATERAW),
  Unzip: streamClass('Unzip', constants.UNZIP),
  BrotliCompress: streamClass('BrotliCompress', constants.BROTLI_ENCODE, ZlibBase),
  BrotliDecompress: streamClass('BrotliDecompress', constants.BROTLI_DECODE, ZlibBase),
  ZstdCompress: streamClass('ZstdCompress', constants.ZSTD_COMPRESS, ZlibBase),
  ZstdDecompress: streamClass('ZstdDecompress', constants.ZSTD_DECOMPRESS, ZlibBase),
};

module.exports = { classes, processChunkSync };
