/** Web Crypto, as far as it goes with secret keys: digests, HMAC, PBKDF2, HKDF, AES. */
const { hashNumber, digestLength } = require('./algorithms');
const { isAnyArrayBuffer, over } = require('./bytes');
const { Hmac } = require('./hash');
const { OPS, packed, run } = require('./ops');
const { fill, randomUUID, timingSafeEqual } = require('./random');
const { CryptoKey, isCryptoKey, makeKey, materialOf } = require('./web-keys');

const domException = (message, name) => new globalThis.DOMException(message, name);
const notSupported = (what) =>
  domException(`${what} is not available in a task`, 'NotSupportedError');

const HASHES = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };
/** HMAC keys are as long as a block of the hash when nobody says how long. */
const BLOCKS = { 'SHA-1': 512, 'SHA-256': 512, 'SHA-384': 1024, 'SHA-512': 1024 };

function dataOf(value, name) {
  if (ArrayBuffer.isView(value)) return over(value);
  if (isAnyArrayBuffer(value)) return new Uint8Array(value);
  throw new TypeError(
    `${name} must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView`,
  );
}

/** The algorithm under its canonical name. */
function normalized(algorithm, known) {
  const given = typeof algorithm === 'string' ? { name: algorithm } : { ...algorithm };
  const name = known.find((one) => one.toLowerCase() === String(given.name).toLowerCase());
  if (name === undefined) throw notSupported(`the algorithm ${String(given.name)}`);
  return { ...given, name };
}

const hashOf = (algorithm) => normalized(algorithm, Object.keys(HASHES)).name;

/** Exactly the bytes: callers look at the buffer. */
const bufferOf = (bytes) =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;

function keyFor(key, name, usage) {
  if (!isCryptoKey(key)) throw new TypeError('key must be an instance of CryptoKey');
  if (key.algorithm.name !== name) {
    throw domException('Key algorithm mismatch', 'InvalidAccessError');
  }
  if (!key.usages.includes(usage)) {
    throw domException(`Unable to use this key to ${usage}`, 'InvalidAccessError');
  }
  return materialOf(key);
}

function hmacCode(key, data) {
  const bytes = keyFor(key.key, 'HMAC', key.usage);
  const name = HASHES[key.key.algorithm.hash.name];
  return new Hmac(name, bytes).update(dataOf(data, 'data')).digest();
}

const USAGES = {
  HMAC: ['sign', 'verify'],
  PBKDF2: ['deriveKey', 'deriveBits'],
  HKDF: ['deriveKey', 'deriveBits'],
};

function checkUsages(name, usages) {
  const unknown = usages.find((usage) => !USAGES[name].includes(usage));
  if (unknown !== undefined) {
    throw domException(`Unsupported key usage for ${name}: ${unknown}`, 'SyntaxError');
  }
}

function rawBytes(format, data) {
  if (format === 'raw') return dataOf(data, 'keyData').slice();
  if (format === 'jwk') {
    if (data?.kty !== 'oct' || typeof data.k !== 'string') {
      throw domException('Invalid keyData', 'DataError');
    }
    const { Buffer } = require('buffer');
    return Uint8Array.from(Buffer.from(data.k, 'base64url'));
  }
  throw notSupported(`the key format ${format}`);
}

function hmacKey(hash, bytes, extractable, usages) {
  const algorithm = { name: 'HMAC', length: bytes.length * 8, hash: { name: hash } };
  return makeKey({ algorithm, extractable, usages, bytes });
}

function importKey(format, data, algorithm, extractable, usages) {
  const { name, hash } = normalized(algorithm, Object.keys(USAGES));
  checkUsages(name, usages);
  const bytes = rawBytes(format, data);
  if (name !== 'HMAC') {
    if (extractable) throw domException(`${name} keys are not extractable`, 'SyntaxError');
    return makeKey({ algorithm: { name }, extractable: false, usages, bytes });
  }
  if (usages.length === 0) {
    throw domException('Usages cannot be empty when importing a secret key.', 'SyntaxError');
  }
  if (bytes.length === 0) throw domException('Zero-length key is not supported', 'DataError');
  return hmacKey(hashOf(hash), bytes, extractable, usages);
}

function exportKey(format, key) {
  if (!isCryptoKey(key)) throw new TypeError('key must be an instance of CryptoKey');
  if (!key.extractable) throw domException('key is not extractable', 'InvalidAccessException');
  const bytes = materialOf(key);
  if (format === 'raw') return bytes.slice().buffer;
  if (format !== 'jwk') throw notSupported(`the key format ${format}`);
  const { Buffer } = require('buffer');
  return {
    key_ops: [...key.usages],
    ext: true,
    kty: 'oct',
    k: Buffer.from(bytes).toString('base64url'),
    alg: `HS${key.algorithm.hash.name.slice(4)}`,
  };
}

function generateKey(algorithm, extractable, usages) {
  const { name, hash, length } = normalized(algorithm, ['HMAC']);
  checkUsages(name, usages);
  if (usages.length === 0) {
    throw domException('Usages cannot be empty when creating a key.', 'SyntaxError');
  }
  const hashName = hashOf(hash);
  const bytes = new Uint8Array(Math.ceil((length ?? BLOCKS[hashName]) / 8));
  fill(bytes);
  return hmacKey(hashName, bytes, extractable, usages);
}

function deriveBits(algorithm, key, length) {
  const given = normalized(algorithm, ['PBKDF2', 'HKDF']);
  const secret = keyFor(key, given.name, 'deriveBits');
  if (length === null || length === 0 || length % 8 !== 0) {
    throw domException('length must be a multiple of 8', 'OperationError');
  }
  const hash = hashNumber(HASHES[hashOf(given.hash)]);
  const salt = dataOf(given.salt, 'algorithm.salt');
  const bytes = length / 8;
  if (given.name === 'PBKDF2') {
    if (!(given.iterations >= 1)) {
      throw domException('iterations cannot be zero', 'OperationError');
    }
    return bufferOf(run(OPS.PBKDF2, hash, packed([given.iterations, bytes], secret), salt));
  }
  if (bytes > 255 * digestLength(hash)) {
    throw domException('The length is too long for this hash', 'OperationError');
  }
  const info = dataOf(given.info, 'algorithm.info');
  return bufferOf(run(OPS.HKDF, hash, packed([bytes, salt.length], salt, info), secret));
}

class SubtleCrypto {
  constructor(pass) {
    if (pass !== SubtleCrypto) throw new TypeError('Illegal constructor');
  }

  async digest(algorithm, data) {
    return bufferOf(
      run(OPS.HASH_DIGEST, hashNumber(HASHES[hashOf(algorithm)]), null, dataOf(data, 'data')),
    );
  }

  async importKey(format, keyData, algorithm, extractable, keyUsages) {
    return importKey(format, keyData, algorithm, extractable, [...keyUsages]);
  }

  async exportKey(format, key) {
    return exportKey(format, key);
  }

  async generateKey(algorithm, extractable, keyUsages) {
    return generateKey(algorithm, extractable, [...keyUsages]);
  }

  async sign(algorithm, key, data) {
    normalized(algorithm, ['HMAC']);
    return bufferOf(hmacCode({ key, usage: 'sign' }, data));
  }

  async verify(algorithm, key, signature, data) {
    normalized(algorithm, ['HMAC']);
    const code = hmacCode({ key, usage: 'verify' }, data);
    const given = dataOf(signature, 'signature');
    return given.length === code.length && timingSafeEqual(given, code);
  }

  async deriveBits(algorithm, baseKey, length = null) {
    return deriveBits(algorithm, baseKey, length);
  }

  get [Symbol.toStringTag]() {
    return 'SubtleCrypto';
  }
}

for (const name of ['encrypt', 'decrypt', 'deriveKey', 'wrapKey', 'unwrapKey']) {
  Object.defineProperty(SubtleCrypto.prototype, name, {
    configurable: true,
    writable: true,
    value: {
      async [name]() {
        throw notSupported(`crypto.subtle.${name}()`);
      },
    }[name],
  });
}

const INTEGERS =
  /^\[object (Int8|Uint8|Uint8Clamped|Int16|Uint16|Int32|Uint32|BigInt64|BigUint64)Array\]$/;
/** Bytes that getRandomValues gives at once. */
const QUOTA = 65536;

class Crypto {
  constructor(pass) {
    if (pass !== Crypto) throw new TypeError('Illegal constructor');
  }

  get subtle() {
    return subtle;
  }

  getRandomValues(array) {
    if (!INTEGERS.test(Object.prototype.toString.call(array)) || !ArrayBuffer.isView(array)) {
      throw domException(
        'The data argument must be an integer-type TypedArray',
        'TypeMismatchError',
      );
    }
    if (array.byteLength > QUOTA) {
      throw domException(
        `The requested length exceeds ${QUOTA.toLocaleString('en-US')} bytes`,
        'QuotaExceededError',
      );
    }
    fill(over(array));
    return array;
  }

  randomUUID(options) {
    return randomUUID(options);
  }

  get [Symbol.toStringTag]() {
    return 'Crypto';
  }
}

const subtle = new SubtleCrypto(SubtleCrypto);
const webcrypto = new Crypto(Crypto);

module.exports = { Crypto, CryptoKey, SubtleCrypto, webcrypto };
