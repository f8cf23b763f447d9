/** Hash and Hmac: what they have seen is a few hundred bytes, which src/runtime/ops/hash.rs makes and reads. */
const { coded, invalidArgument, outOfRange } = require('../errors');
const { digestLength, hashNumber, isExtendable, keepsState } = require('./algorithms');
const { encoded, operand, over } = require('./bytes');
const { secretBytes } = require('./keys');
const { isLazily } = require('./lazy-transform');
const { OPS, run } = require('./ops');

const SELF = Symbol('state');

/** The input of one hash: as a state, or where there is no such thing, in pieces. */
class Input {
  constructor(number) {
    this.number = number;
    this.state = null;
    // Text that no state has taken in yet: it cannot change, and often nothing follows.
    this.text = null;
    this.pieces = keepsState(number) ? null : [];
    this.finished = false;
  }

  add(data) {
    if (this.pieces !== null) {
      this.pieces.push(typeof data === 'string' ? native.utf8Encode(data) : data.slice());
      return;
    }
    if (this.text !== null) this.state = run(OPS.HASH_UPDATE, this.number, this.state, this.text);
    this.text = null;
    if (typeof data === 'string') this.text = data;
    else this.state = run(OPS.HASH_UPDATE, this.number, this.state, data);
  }

  /** All that no state has taken in. */
  rest() {
    if (this.pieces === null) return this.text;
    if (this.pieces.length < 2) return this.pieces[0] ?? null;
    let length = 0;
    for (const piece of this.pieces) length += piece.length;
    const all = new Uint8Array(length);
    let at = 0;
    for (const piece of this.pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    this.pieces = [all];
    return all;
  }

  copy() {
    const copy = new Input(this.number);
    copy.state = this.state;
    copy.text = this.text;
    copy.pieces = this.pieces?.slice() ?? null;
    return copy;
  }
}

const finalized = () => coded(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');

function checkedLength(number, options) {
  const length = options?.outputLength;
  if (length === undefined) return digestLength(number);
  if (typeof length !== 'number') {
    throw invalidArgument('options.outputLength', 'of type number', length);
  }
  if (!Number.isInteger(length)) throw outOfRange('options.outputLength', 'an integer', length);
  if (length < 0 || length > 0xffffffff) {
    throw outOfRange('options.outputLength', '>= 0 && <= 4294967295', length);
  }
  if (!isExtendable(number) && length !== digestLength(number)) {
    throw coded(
      Error,
      'ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH',
      'error:030000B2:digital envelope routines::not XOF or invalid length',
    );
  }
  return length;
}

/** The longest output that an operation's flags can ask for. */
const MOST_EXTENDED = 0xffffff;

function digestOf(input, length) {
  let flags = input.number;
  if (isExtendable(input.number)) {
    if (length > MOST_EXTENDED) {
      throw outOfRange('options.outputLength', `<= ${MOST_EXTENDED} in a task`, length);
    }
    // Not |: the result is unsigned.
    flags += length * 256;
  }
  return run(OPS.HASH_DIGEST, flags, input.state, input.rest());
}

function Hash(algorithm, options) {
  if (!new.target) return new Hash(algorithm, options);
  if (algorithm instanceof Hash) {
    const from = algorithm[SELF];
    this[SELF] = { input: from.input.copy(), length: checkedLength(from.input.number, options) };
    if (options?.outputLength === undefined) this[SELF].length = from.length;
    this._options = options;
    return;
  }
  if (typeof algorithm !== 'string') {
    throw invalidArgument('algorithm', 'of type string', algorithm, Hash);
  }
  const number = hashNumber(algorithm);
  if (number === undefined) throw new Error('Digest method not supported');
  this[SELF] = { input: new Input(number), length: checkedLength(number, options) };
  this._options = options;
}
isLazily(Hash);

Hash.prototype.copy = function copy(options) {
  if (this[SELF].input.finished) throw finalized();
  return new Hash(this, options);
};

Hash.prototype._transform = function _transform(chunk, encoding, callback) {
  this[SELF].input.add(operand(chunk, encoding));
  callback();
};

Hash.prototype._flush = function _flush(callback) {
  this.push(this.digest());
  callback();
};

Hash.prototype.update = function update(data, encoding) {
  const { input } = this[SELF];
  if (input.finished) throw finalized();
  input.add(operand(data, encoding));
  return this;
};

Hash.prototype.digest = function digest(outputEncoding) {
  const { input, length } = this[SELF];
  if (input.finished) throw finalized();
  const bytes = digestOf(input, length);
  input.finished = true;
  return encoded(bytes, outputEncoding);
};

function invalidDigest(name) {
  return coded(TypeError, 'ERR_CRYPTO_INVALID_DIGEST', `Invalid digest: ${name}`);
}

function Hmac(hmac, key, options) {
  if (!new.target) return new Hmac(hmac, key, options);
  if (typeof hmac !== 'string') throw invalidArgument('hmac', 'of type string', hmac, Hmac);
  const encoding = options?.encoding;
  const bytes = secretBytes(key, encoding);
  const number = hashNumber(hmac);
  if (number === undefined) throw invalidDigest(hmac);
  if (isExtendable(number)) {
    throw coded(Error, 'ERR_CRYPTO_INVALID_DIGEST', `Invalid digest: ${hmac} has no fixed length`);
  }
  const input = new Input(number);
  this[SELF] = { input, key: over(bytes).slice(), outer: null };
  this._options = options;
}
isLazily(Hmac);

Hmac.prototype.update = function update(data, encoding) {
  const self = this[SELF];
  if (self.input.finished) throw finalized();
  const bytes = operand(data, encoding);
  const { input } = self;
  // Text that comes first and alone needs no state.
  if (
    self.outer === null &&
    input.pieces === null &&
    (input.text !== null || typeof bytes !== 'string')
  ) {
    const states = run(OPS.HMAC_START, input.number, null, self.key);
    input.state = states.subarray(0, states.length / 2);
    self.outer = states.subarray(states.length / 2);
  }
  input.add(bytes);
  return this;
};

Hmac.prototype.digest = function digest(outputEncoding) {
  const { input, key, outer } = this[SELF];
  if (input.finished) {
    const { Buffer } = require('buffer');
    return typeof outputEncoding === 'string' && outputEncoding !== 'buffer' ? '' : Buffer.alloc(0);
  }
  let code;
  if (outer === null) {
    code = run(OPS.HMAC, input.number, key, input.rest());
  } else {
    const states = new Uint8Array(input.state.length * 2);
    states.set(input.state);
    states.set(outer, input.state.length);
    code = run(OPS.HMAC_DIGEST, input.number, states, input.rest());
  }
  input.finished = true;
  return encoded(code, outputEncoding);
};

Hmac.prototype._transform = function _transform(chunk, encoding, callback) {
  this.update(chunk, encoding);
  callback();
};
Hmac.prototype._flush = Hash.prototype._flush;

const createHash = (algorithm, options) => new Hash(algorithm, options);
const createHmac = (hmac, key, options) => new Hmac(hmac, key, options);

/** In one go, as Node 21 and later have it. */
function hash(algorithm, data, options = 'hex') {
  if (typeof algorithm !== 'string') {
    throw invalidArgument('algorithm', 'of type string', algorithm, hash);
  }
  const outputEncoding = typeof options === 'object' ? (options?.outputEncoding ?? 'hex') : options;
  if (typeof outputEncoding !== 'string') {
    throw invalidArgument('outputEncoding', 'of type string', outputEncoding, hash);
  }
  return new Hash(algorithm, typeof options === 'object' ? options : undefined)
    .update(data)
    .digest(outputEncoding);
}

module.exports = { Hash, Hmac, createHash, createHmac, hash, invalidDigest };
