/** AES in four modes. What a mode carries from one update to the next is kept here; the operations keep nothing. */
const { Buffer } = require('buffer');
const { coded, invalidArgument } = require('../errors');
const { unavailable } = require('./absent');
const { bytesOf, encoded, isAnyArrayBuffer, operand, over } = require('./bytes');
const { secretBytes } = require('./keys');
const { isLazily } = require('./lazy-transform');
const { OPS, run } = require('./ops');

const SELF = Symbol('state');
const BLOCK = 16;
const TAG = 16;
const DECRYPT = 1;
const EMPTY = new Uint8Array(0);

const MODES = {
  ecb: { op: OPS.AES_ECB, vector: 0, padded: true },
  cbc: { op: OPS.AES_CBC, vector: BLOCK, padded: true },
  ctr: { op: OPS.AES_CTR, vector: BLOCK, padded: false },
  gcm: { op: OPS.AES_GCM, vector: 12, padded: false },
};

const getCiphers = () =>
  Object.keys(MODES).flatMap((mode) => [128, 192, 256].map((bits) => `aes-${bits}-${mode}`));

/** "aes-256-cbc", in any case; also OpenSSL's older names of CBC and GCM. */
function parsed(name) {
  const lower = name.toLowerCase();
  const match =
    /^aes-?(128|192|256)(?:-(ecb|cbc|ctr|gcm))?$/.exec(lower) ??
    /^id-aes(128|192|256)-(gcm)$/.exec(lower);
  if (match === null) return undefined;
  const mode = match[2] ?? 'cbc';
  return { name: lower, mode, keyLength: Number(match[1]) / 8, ...MODES[mode] };
}

function getCipherInfo(nameOrNid, options) {
  if (typeof nameOrNid !== 'string') return undefined;
  const cipher = parsed(nameOrNid);
  if (cipher === undefined) return undefined;
  const { name, mode, keyLength, vector } = cipher;
  if (options?.keyLength !== undefined && options.keyLength !== keyLength) return undefined;
  if (options?.ivLength !== undefined && options.ivLength !== vector) return undefined;
  const info = { mode, name, keyLength };
  if (mode === 'ecb' || mode === 'cbc') info.blockSize = BLOCK;
  if (vector > 0) info.ivLength = vector;
  return info;
}

function joined(parts) {
  if (parts.length === 1) return parts[0];
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const lastError = (reason) => {
  const error = new Error(`error:1C80006B:Provider routines::${reason}`);
  error.library = 'Provider routines';
  error.reason = reason;
  error.code = `ERR_OSSL_${reason.toUpperCase().replaceAll(' ', '_')}`;
  return error;
};

function state(decrypting, algorithm, key, iv, options) {
  if (typeof algorithm !== 'string') throw invalidArgument('cipher', 'of type string', algorithm);
  const keyBytes = over(secretBytes(key, options?.encoding)).slice();
  if (iv !== null && typeof iv !== 'string' && !ArrayBuffer.isView(iv) && !isAnyArrayBuffer(iv)) {
    throw invalidArgument(
      'iv',
      'of type string or an instance of ArrayBuffer, Buffer, TypedArray, or DataView',
      iv,
    );
  }
  const cipher = parsed(algorithm);
  if (cipher === undefined) {
    if (/^(aes|aria|camellia|chacha20|des|sm4|id-aes|bf|rc|cast|idea|seed)/i.test(algorithm)) {
      throw unavailable(`the cipher ${algorithm}`);
    }
    throw coded(Error, 'ERR_CRYPTO_UNKNOWN_CIPHER', 'Unknown cipher');
  }
  if (keyBytes.length !== cipher.keyLength) {
    throw coded(RangeError, 'ERR_CRYPTO_INVALID_KEYLEN', 'Invalid key length');
  }
  const vector = iv === null ? EMPTY : bytesOf(iv, 'iv').slice();
  const isGcm = cipher.mode === 'gcm';
  if (isGcm ? vector.length === 0 : vector.length !== cipher.vector) {
    throw coded(TypeError, 'ERR_CRYPTO_INVALID_IV', 'Invalid initialization vector');
  }
  if (isGcm && vector.length !== 12 && vector.length !== 16) {
    throw unavailable(`${cipher.name} with an initialization vector of ${vector.length} bytes`);
  }
  return {
    cipher,
    decrypting,
    key: keyBytes,
    vector,
    isGcm,
    // Not a whole block yet; of GCM all that has come so far.
    rest: [],
    restLength: 0,
    additional: [],
    tag: null,
    padding: cipher.padded,
    // Of CTR: how much of the present block of the key stream is used up.
    used: 0,
    finished: false,
  };
}

function operate(self, data, vector) {
  const { cipher, decrypting, key } = self;
  const flags =
    (decrypting ? DECRYPT : 0) + key.length * 256 + (self.isGcm ? vector.length * 65536 : 0);
  const head = joined([key, vector, ...self.additional]);
  return run(cipher.op, flags, head, data);
}

/** The counter, so many blocks later. */
function advanced(counter, blocks) {
  const next = counter.slice();
  let carry = blocks;
  for (let i = BLOCK - 1; i >= 0 && carry > 0; i--) {
    const sum = next[i] + (carry % 256);
    next[i] = sum;
    carry = Math.floor(carry / 256) + (sum > 255 ? 1 : 0);
  }
  return next;
}

function countered(self, data) {
  const padded = self.used === 0 ? data : joined([new Uint8Array(self.used), data]);
  const output = operate(self, padded, self.vector).subarray(self.used);
  self.vector = advanced(self.vector, Math.floor(padded.length / BLOCK));
  self.used = padded.length % BLOCK;
  return output;
}

/** Whole blocks. */
function blocks(self, data) {
  if (data.length === 0) return EMPTY;
  const output = operate(self, data, self.vector);
  if (self.cipher.mode === 'cbc') {
    self.vector = (self.decrypting ? data : output).slice(-BLOCK);
  }
  return output;
}

function updated(self, data) {
  if (self.isGcm) {
    self.rest.push(data.slice());
    return EMPTY;
  }
  if (self.cipher.mode === 'ctr') return countered(self, data);
  const all = self.rest.length === 0 ? data : joined([...self.rest, data]);
  // The last block of padded data tells what is padding: it waits until the end is known.
  const kept =
    self.decrypting && self.padding && all.length > 0 && all.length % BLOCK === 0
      ? BLOCK
      : all.length % BLOCK;
  const whole = all.subarray(0, all.length - kept);
  const output = blocks(self, whole);
  self.rest = kept === 0 ? [] : [all.slice(all.length - kept)];
  return output;
}

function finished(self) {
  const rest = self.rest.length === 0 ? EMPTY : joined(self.rest);
  if (self.isGcm) return sealed(self, rest);
  if (self.cipher.mode === 'ctr') return EMPTY;
  if (!self.padding) {
    if (rest.length > 0) throw lastError('wrong final block length');
    return EMPTY;
  }
  if (!self.decrypting) {
    const fill = BLOCK - rest.length;
    return blocks(self, joined([rest, new Uint8Array(fill).fill(fill)]));
  }
  if (rest.length !== BLOCK) throw lastError('wrong final block length');
  const last = blocks(self, rest);
  const fill = last[BLOCK - 1];
  const isPadding =
    fill >= 1 && fill <= BLOCK && last.subarray(BLOCK - fill).every((byte) => byte === fill);
  if (!isPadding) throw lastError('bad decrypt');
  return last.subarray(0, BLOCK - fill);
}

/** GCM gives nothing before all of it was checked. */
function sealed(self, data) {
  if (!self.decrypting) {
    const output = operate(self, data, self.vector);
    self.tag = output.slice(-TAG);
    return output.subarray(0, output.length - TAG);
  }
  if (self.tag === null) throw new Error('Unsupported state or unable to authenticate data');
  return operate(self, joined([data, self.tag]), self.vector);
}

const invalidState = (name) =>
  coded(
    Error,
    'ERR_CRYPTO_INVALID_STATE',
    name === '' ? 'Invalid state' : `Invalid state for operation ${name}`,
  );

function cipherClass(name, decrypting) {
  const Class = {
    [name]: function (cipher, key, iv, options) {
      if (!(this instanceof Class)) return new Class(cipher, key, iv, options);
      this[SELF] = state(decrypting, cipher, key, iv, options);
      const tagLength = options?.authTagLength;
      if (this[SELF].isGcm && tagLength !== undefined && tagLength !== TAG) {
        throw unavailable(`${this[SELF].cipher.name} with a tag of ${tagLength} bytes`);
      }
      this._options = options;
    },
  }[name];
  isLazily(Class);
  Object.assign(Class.prototype, {
    update(data, inputEncoding, outputEncoding) {
      const self = this[SELF];
      if (self.finished) throw new Error('Trying to add data in unsupported state');
      const given = operand(data, inputEncoding);
      const bytes = typeof given === 'string' ? native.utf8Encode(given) : given;
      return encoded(updated(self, bytes), outputEncoding);
    },
    final(outputEncoding) {
      const self = this[SELF];
      if (self.finished) throw invalidState('');
      self.finished = true;
      return encoded(finished(self), outputEncoding);
    },
    setAutoPadding(autoPadding = true) {
      const self = this[SELF];
      if (self.finished) throw invalidState('setAutoPadding');
      self.padding = Boolean(autoPadding) && self.cipher.padded;
      return this;
    },
    setAAD(data) {
      const self = this[SELF];
      if (!self.isGcm || self.finished) throw invalidState('setAAD');
      self.additional.push(bytesOf(data, 'buffer').slice());
      return this;
    },
    _transform(chunk, encoding, callback) {
      this.push(this.update(chunk, encoding));
      callback();
    },
    _flush(callback) {
      let last;
      try {
        last = this.final();
      } catch (error) {
        callback(error);
        return;
      }
      this.push(last);
      callback();
    },
  });
  return Class;
}

const Cipheriv = cipherClass('Cipheriv', false);
const Decipheriv = cipherClass('Decipheriv', true);

Cipheriv.prototype.getAuthTag = function getAuthTag() {
  const { tag, finished: isFinished } = this[SELF];
  if (!isFinished || tag === null) throw invalidState('getAuthTag');
  return Buffer.from(tag);
};

Decipheriv.prototype.setAuthTag = function setAuthTag(tag, encoding) {
  const self = this[SELF];
  if (!self.isGcm || self.finished || self.tag !== null) throw invalidState('setAuthTag');
  const bytes = typeof tag === 'string' ? Buffer.from(tag, encoding) : bytesOf(tag, 'buffer');
  if (bytes.length !== TAG) {
    if (bytes.length === 4 || bytes.length === 8 || (bytes.length >= 12 && bytes.length < TAG)) {
      throw unavailable(`${self.cipher.name} with a tag of ${bytes.length} bytes`);
    }
    throw coded(
      TypeError,
      'ERR_CRYPTO_INVALID_AUTH_TAG',
      `Invalid authentication tag length: ${bytes.length}`,
    );
  }
  self.tag = bytes.slice();
  return this;
};

const createCipheriv = (cipher, key, iv, options) => new Cipheriv(cipher, key, iv, options);
const createDecipheriv = (cipher, key, iv, options) => new Decipheriv(cipher, key, iv, options);

module.exports = {
  Cipheriv,
  Decipheriv,
  createCipheriv,
  createDecipheriv,
  getCipherInfo,
  getCiphers,
};
