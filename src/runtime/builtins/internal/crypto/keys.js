/** Keys that are just bytes. Those with structure (RSA, EC) do not exist in a task. */
const { coded, invalidArgument } = require('../errors');
const { BYTES, bytesOf, isAnyArrayBuffer, over, toBuffer } = require('./bytes');

const MATERIAL = Symbol('material');

class KeyObject {
  constructor(type, bytes) {
    if (type !== 'secret' || !(bytes instanceof Uint8Array)) {
      throw invalidArgument('type', "'secret': a task has no other keys", type, KeyObject);
    }
    Object.defineProperty(this, MATERIAL, { value: bytes });
  }

  get type() {
    return 'secret';
  }

  get symmetricKeySize() {
    return this[MATERIAL].length;
  }

  export(options) {
    const format = options?.format;
    if (format === 'jwk') return { kty: 'oct', k: toBuffer(this[MATERIAL]).toString('base64url') };
    if (format !== undefined && format !== 'buffer') {
      throw coded(
        TypeError,
        'ERR_INVALID_ARG_VALUE',
        `The property 'options.format' must be one of: undefined, 'buffer', 'jwk'. Received '${format}'`,
      );
    }
    return toBuffer(this[MATERIAL].slice());
  }

  equals(other) {
    if (!(other instanceof KeyObject)) {
      throw invalidArgument('otherKeyObject', 'an instance of KeyObject', other);
    }
    const { timingSafeEqual } = require('./random');
    const [mine, others] = [this[MATERIAL], other[MATERIAL]];
    return mine.length === others.length && timingSafeEqual(mine, others);
  }

  static from(key) {
    const { materialOf } = require('./web-keys');
    return new KeyObject('secret', materialOf(key));
  }

  get [Symbol.toStringTag]() {
    return 'KeyObject';
  }
}

const NOT_A_KEY =
  'of type string or an instance of ArrayBuffer, Buffer, TypedArray, DataView, KeyObject, or CryptoKey';

/** The bytes of a secret key, however it is given. */
function secretBytes(key, encoding, name = 'key', expected = NOT_A_KEY) {
  if (key instanceof KeyObject) return key[MATERIAL];
  const { isCryptoKey, materialOf } = require('./web-keys');
  if (isCryptoKey(key)) return materialOf(key);
  if (typeof key === 'string' && typeof encoding === 'string' && encoding !== 'buffer') {
    const { Buffer } = require('buffer');
    return Buffer.from(key, encoding);
  }
  return bytesOf(key, name, expected);
}

function createSecretKey(key, encoding) {
  if (typeof key !== 'string' && !ArrayBuffer.isView(key) && !isAnyArrayBuffer(key)) {
    throw invalidArgument('key', `of type string or ${BYTES}`, key, createSecretKey);
  }
  return new KeyObject('secret', over(secretBytes(key, encoding)).slice());
}

module.exports = { KeyObject, createSecretKey, secretBytes };
