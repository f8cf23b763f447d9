/** `crypto` by RustCrypto: hashes, HMAC, randomness and key derivation; what needs OpenSSL's keys says so on use. */
const { getHashes } = require('./internal/crypto/algorithms');
const { absent, unavailable } = require('./internal/crypto/absent');

/** Functions and classes of Node's that a task has not. */
const ABSENT = `
  Certificate Cipher Decipher createCipher createDecipher DiffieHellman DiffieHellmanGroup ECDH Sign Verify X509Certificate
  checkPrime checkPrimeSync createDiffieHellman createDiffieHellmanGroup createECDH createPrivateKey createPublicKey
  createMac createSign createVerify decapsulate diffieHellman encapsulate generateKey generateKeyPair generateKeyPairSync
  generateKeySync generatePrime generatePrimeSync getCurves getDiffieHellman getMacs argon2 argon2Sync
  parsePKCS12 privateDecrypt privateEncrypt publicDecrypt publicEncrypt setEngine sign verify
`;

for (const name of ABSENT.trim().split(/\s+/)) exports[name] = absent(name);

/** Each part is loaded when one of its names is first read. */
function part(load, names) {
  for (const name of names) {
    Object.defineProperty(module.exports, name, {
      configurable: true,
      enumerable: true,
      get() {
        const value = load()[name];
        set(name, value);
        return value;
      },
      set(value) {
        set(name, value);
      },
    });
  }
}

function set(name, value) {
  Object.defineProperty(module.exports, name, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

part(() => require('./internal/crypto/hash'), ['Hash', 'Hmac', 'createHash', 'createHmac', 'hash']);
part(
  () => require('./internal/crypto/random'),
  [
    'randomBytes',
    'randomFill',
    'randomFillSync',
    'randomInt',
    'randomUUID',
    'randomUUIDv7',
    'timingSafeEqual',
  ],
);
part(
  () => require('./internal/crypto/kdf'),
  ['hkdf', 'hkdfSync', 'pbkdf2', 'pbkdf2Sync', 'scrypt', 'scryptSync'],
);
part(() => require('./internal/crypto/keys'), ['KeyObject', 'createSecretKey']);
part(
  () => require('./internal/crypto/cipher'),
  ['Cipheriv', 'Decipheriv', 'createCipheriv', 'createDecipheriv', 'getCipherInfo', 'getCiphers'],
);
part(() => require('./internal/crypto/web'), ['webcrypto']);
part(() => ({ constants: require('./internal/crypto/constants') }), ['constants']);
part(() => ({ subtle: require('./internal/crypto/web').webcrypto.subtle }), ['subtle']);

set('getHashes', getHashes);
set('getFips', () => 0);
set('setFips', (enabled) => {
  if (enabled) throw unavailable('crypto.setFips()');
});
set('secureHeapUsed', () => undefined);
set('getRandomValues', (array) => module.exports.webcrypto.getRandomValues(array));
// Old names, and those that streams of old had.
set('rng', (size) => module.exports.randomBytes(size));
set('pseudoRandomBytes', (...values) => module.exports.randomBytes(...values));
set('prng', (size) => module.exports.randomBytes(size));
