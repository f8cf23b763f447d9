/** The operations of src/runtime/ops that `crypto` is made of, by number. */
const { coded } = require('../errors');

const OPS = {
  HASH_UPDATE: 32,
  HASH_DIGEST: 33,
  HMAC_START: 34,
  HMAC_DIGEST: 35,
  HMAC: 36,
  RANDOM: 40,
  EQUAL: 41,
  PBKDF2: 48,
  HKDF: 49,
  SCRYPT: 50,
  AES_ECB: 56,
  AES_CBC: 57,
  AES_CTR: 58,
  AES_GCM: 59,
};

function fail(kind, message) {
  if (message === undefined) throw new Error(kind);
  if (kind === 'ERR_MEMORY_ALLOCATION_FAILED')
    throw new RangeError('Array buffer allocation failed');
  if (kind === 'Error') throw new Error(message);
  throw coded(kind === 'ERR_CRYPTO_INVALID_KEYLEN' ? RangeError : Error, kind, message, fail);
}

/** `text` and `bytes`: null, a string or a Uint8Array. */
const run = (op, flags, text, bytes) => native.op(op, flags, text, bytes, fail);

/** Numbers of 32 bits, then bytes, as the operations read them. */
function packed(numbers, ...parts) {
  let length = numbers.length * 4;
  for (const part of parts) length += part.length;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < numbers.length; i++) view.setUint32(i * 4, numbers[i], true);
  let at = numbers.length * 4;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

module.exports = { OPS, packed, run };
