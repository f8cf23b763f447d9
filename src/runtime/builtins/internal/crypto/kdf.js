/** pbkdf2, hkdf and scrypt. */
const engine = require('internal/engine');
const { checkFunction, coded, invalidArgument, outOfRange } = require('../errors');
const { hashNumber, digestLength, isExtendable } = require('./algorithms');
const { bytesOf, checkInteger, later, toBuffer } = require('./bytes');
const { invalidDigest } = require('./hash');
const { secretBytes } = require('./keys');
const { OPS, packed, run } = require('./ops');

const MOST = 2 ** 31 - 1;
const NOTHING = new Uint8Array(0);
/** In the order in which hkdf names them. */
const VIEWS = 'ArrayBuffer, TypedArray, DataView, or Buffer';

function checkedHash(digest) {
  if (typeof digest !== 'string') throw invalidArgument('digest', 'of type string', digest);
  const number = hashNumber(digest);
  if (number === undefined) throw invalidDigest(digest);
  return number;
}

function pbkdf2Work(password, salt, iterations, keylen, digest) {
  if (typeof digest !== 'string') throw invalidArgument('digest', 'of type string', digest);
  const secret = bytesOf(password, 'password');
  const salted = bytesOf(salt, 'salt');
  checkInteger(iterations, 'iterations', 1, MOST);
  checkInteger(keylen, 'keylen', 0, MOST);
  const number = checkedHash(digest);
  // Copied: what the caller does to its buffers meanwhile is of no importance.
  const head = packed([iterations, keylen], secret);
  const tail = salted.slice();
  return () => {
    if (isExtendable(number)) throw new Error('Deriving bits failed');
    return toBuffer(run(OPS.PBKDF2, number, head, tail));
  };
}

function pbkdf2Sync(password, salt, iterations, keylen, digest) {
  return pbkdf2Work(password, salt, iterations, keylen, digest)();
}

function pbkdf2(password, salt, iterations, keylen, digest, callback) {
  let [name, done] = [digest, callback];
  if (typeof digest === 'function') [name, done] = [undefined, digest];
  const work = pbkdf2Work(password, salt, iterations, keylen, name);
  checkFunction(done, 'callback');
  later(work, done);
}

function hkdfWork(hash, key, salt, info, length) {
  if (typeof hash !== 'string') throw invalidArgument('digest', 'of type string', hash);
  const secret = secretBytes(
    key,
    undefined,
    'ikm',
    `of type string or an instance of SecretKeyObject, ${VIEWS}`,
  );
  const salted = bytesOf(salt, 'salt', `of type string or an instance of ${VIEWS}`);
  const about = bytesOf(info, 'info', `of type string or an instance of ${VIEWS}`);
  checkInteger(length, 'length', 0, MOST);
  if (about.length > 1024) {
    throw outOfRange('info', 'must not contain more than 1024 bytes', about.length);
  }
  const number = checkedHash(hash);
  if (length > digestLength(number) * 255) {
    throw coded(RangeError, 'ERR_CRYPTO_INVALID_KEYLEN', 'Invalid key length');
  }
  const head = packed([length, salted.length], salted, about);
  const tail = secret.slice();
  return () => {
    if (isExtendable(number)) throw new Error('Deriving bits failed');
    const bytes = run(OPS.HKDF, number, head, tail);
    return bytes.buffer;
  };
}

const hkdfSync = (digest, ikm, salt, info, keylen) => hkdfWork(digest, ikm, salt, info, keylen)();

function hkdf(digest, ikm, salt, info, keylen, callback) {
  const work = hkdfWork(digest, ikm, salt, info, keylen);
  checkFunction(callback, 'callback');
  later(work, callback);
}

const scryptParams = (why = '') =>
  coded(RangeError, 'ERR_CRYPTO_INVALID_SCRYPT_PARAMS', `Invalid scrypt params${why}`);

/** One option that has two names. */
function either(options, short, long, otherwise) {
  if (options[short] !== undefined && options[long] !== undefined) {
    if (engine.node >= 24) {
      const message = `Option "${short}" cannot be used in combination with option "${long}"`;
      throw coded(TypeError, 'ERR_INCOMPATIBLE_OPTION_PAIR', message);
    }
    throw coded(Error, 'ERR_CRYPTO_SCRYPT_INVALID_PARAMETER', 'Invalid scrypt parameter');
  }
  const value = options[short] ?? options[long];
  if (value === undefined) return otherwise;
  checkInteger(value, options[short] === undefined ? long : short, 0, 2 ** 32 - 1);
  return value === 0 ? otherwise : value;
}

function scryptWork(password, salt, keylen, options) {
  const secret = bytesOf(password, 'password');
  const salted = bytesOf(salt, 'salt');
  checkInteger(keylen, 'keylen', 0, MOST);
  const given = options ?? {};
  const cost = either(given, 'N', 'cost', 16384);
  const blockSize = either(given, 'r', 'blockSize', 8);
  const parallelization = either(given, 'p', 'parallelization', 1);
  let maxmem = 32 * 1024 * 1024;
  if (given.maxmem !== undefined) {
    checkInteger(given.maxmem, 'maxmem', 0, Number.MAX_SAFE_INTEGER);
    maxmem = given.maxmem === 0 ? maxmem : given.maxmem;
  }
  if (cost < 2 || !Number.isInteger(Math.log2(cost)) || blockSize * parallelization >= 2 ** 30) {
    throw scryptParams();
  }
  // As OpenSSL counts: all blocks, the table, and two blocks to work in.
  const memory = 128 * blockSize * parallelization + 32 * blockSize * (cost + 2) * 4;
  if (memory > maxmem) {
    throw scryptParams(': error:030000AC:digital envelope routines::memory limit exceeded');
  }
  const head = packed([cost, blockSize, parallelization, keylen], secret);
  const tail = salted.slice();
  return () => toBuffer(keylen === 0 ? NOTHING : run(OPS.SCRYPT, 0, head, tail));
}

const scryptSync = (password, salt, keylen, options) =>
  scryptWork(password, salt, keylen, options)();

function scrypt(password, salt, keylen, options, callback) {
  let [given, done] = [options, callback];
  if (typeof options === 'function') [given, done] = [undefined, options];
  const work = scryptWork(password, salt, keylen, given);
  checkFunction(done, 'callback');
  later(work, done);
}

module.exports = { hkdf, hkdfSync, pbkdf2, pbkdf2Sync, scrypt, scryptSync };
