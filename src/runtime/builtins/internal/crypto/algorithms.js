/** Names of hashes, as OpenSSL knows them, and their numbers in src/runtime/ops/hash.rs. */
const NUMBERS = {
  md5: 1,
  sha1: 2,
  sha224: 3,
  sha256: 4,
  sha384: 5,
  sha512: 6,
  'sha512-224': 7,
  'sha512-256': 8,
  'sha3-224': 9,
  'sha3-256': 10,
  'sha3-384': 11,
  'sha3-512': 12,
  shake128: 13,
  shake256: 14,
  blake2b512: 15,
  blake2s256: 16,
  ripemd160: 17,
  sm3: 18,
};

const ALIASES = {
  'RSA-MD5': 'md5',
  'RSA-RIPEMD160': 'ripemd160',
  'RSA-SHA1': 'sha1',
  'RSA-SHA1-2': 'sha1',
  'RSA-SHA224': 'sha224',
  'RSA-SHA256': 'sha256',
  'RSA-SHA3-224': 'sha3-224',
  'RSA-SHA3-256': 'sha3-256',
  'RSA-SHA3-384': 'sha3-384',
  'RSA-SHA3-512': 'sha3-512',
  'RSA-SHA384': 'sha384',
  'RSA-SHA512': 'sha512',
  'RSA-SHA512/224': 'sha512-224',
  'RSA-SHA512/256': 'sha512-256',
  'RSA-SM3': 'sm3',
  'id-rsassa-pkcs1-v1_5-with-sha3-224': 'sha3-224',
  'id-rsassa-pkcs1-v1_5-with-sha3-256': 'sha3-256',
  'id-rsassa-pkcs1-v1_5-with-sha3-384': 'sha3-384',
  'id-rsassa-pkcs1-v1_5-with-sha3-512': 'sha3-512',
  md5WithRSAEncryption: 'md5',
  ripemd: 'ripemd160',
  ripemd160WithRSA: 'ripemd160',
  rmd160: 'ripemd160',
  sha1WithRSAEncryption: 'sha1',
  sha224WithRSAEncryption: 'sha224',
  sha256WithRSAEncryption: 'sha256',
  sha384WithRSAEncryption: 'sha384',
  'sha512-224WithRSAEncryption': 'sha512-224',
  'sha512-256WithRSAEncryption': 'sha512-256',
  sha512WithRSAEncryption: 'sha512',
  sm3WithRSAEncryption: 'sm3',
  'ssl3-md5': 'md5',
  'ssl3-sha1': 'sha1',
};

/** Names that getHashes() of Node does not list, and that it takes all the same. */
const UNLISTED = {
  'sha-1': 'sha1',
  'sha2-224': 'sha224',
  'sha-224': 'sha224',
  'sha2-256': 'sha256',
  'sha-256': 'sha256',
  'sha2-384': 'sha384',
  'sha-384': 'sha384',
  'sha2-512': 'sha512',
  'sha-512': 'sha512',
  'sha2-512/224': 'sha512-224',
  'sha-512/224': 'sha512-224',
  'sha512/224': 'sha512-224',
  'sha2-512/256': 'sha512-256',
  'sha-512/256': 'sha512-256',
  'sha512/256': 'sha512-256',
  'blake2b-512': 'blake2b512',
  'blake2s-256': 'blake2s256',
  'ripemd-160': 'ripemd160',
  'shake-128': 'shake128',
  'shake-256': 'shake256',
};

const byName = new Map();
for (const [name, number] of Object.entries(NUMBERS)) byName.set(name, number);
for (const [alias, name] of [...Object.entries(ALIASES), ...Object.entries(UNLISTED)]) {
  byName.set(alias.toLowerCase(), NUMBERS[name]);
}

/** The number of a hash; undefined when there is none of that name. */
const hashNumber = (name) => byName.get(name) ?? byName.get(name.toLowerCase());

const isExtendable = (number) => number === NUMBERS.shake128 || number === NUMBERS.shake256;
/** Whether what it has seen can be written down. */
const keepsState = (number) =>
  !isExtendable(number) && number !== NUMBERS.blake2b512 && number !== NUMBERS.blake2s256;

/** In bytes; of the extendable ones, what OpenSSL takes without being told. */
const LENGTHS = [0, 16, 20, 28, 32, 48, 64, 28, 32, 28, 32, 48, 64, 16, 32, 64, 32, 20, 32];
const digestLength = (number) => LENGTHS[number];

const getHashes = () => [...Object.keys(NUMBERS), ...Object.keys(ALIASES)].sort();

module.exports = { digestLength, getHashes, hashNumber, isExtendable, keepsState };
