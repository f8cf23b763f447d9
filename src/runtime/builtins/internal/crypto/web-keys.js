/** CryptoKey: secret keys only. Apart, because old-style functions take such keys, too. */
const MATERIAL = Symbol('material');
const PASS = Symbol('made here');

class CryptoKey {
  constructor(pass, { algorithm, extractable, usages, bytes }) {
    if (pass !== PASS) throw new TypeError('Illegal constructor');
    Object.defineProperties(this, {
      type: { value: 'secret', enumerable: true },
      extractable: { value: extractable, enumerable: true },
      algorithm: { value: algorithm, enumerable: true },
      usages: { value: [...usages], enumerable: true },
      [MATERIAL]: { value: bytes },
    });
  }

  get [Symbol.toStringTag]() {
    return 'CryptoKey';
  }
}

const isCryptoKey = (value) => value instanceof CryptoKey;
const makeKey = (parts) => new CryptoKey(PASS, parts);
const materialOf = (key) => key[MATERIAL];

module.exports = { CryptoKey, isCryptoKey, makeKey, materialOf };
