'use strict';

// crypto in a task gives what Node's gives: the same calls, with the same random numbers, on both sides.

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const { after, before, describe, it } = require('node:test');

const { Pool } = require('..');
const { compareCases } = require('./helpers/builtin-cases.js');

const CASES = 1000;

describe('crypto in a task', () => {
  /** @type {Pool} */
  let pool;
  before(() => {
    pool = new Pool({ maxThreads: 1, console: 'ignore' });
  });
  after(() => pool.close());

  for (const name of ['crypto-hash', 'crypto-keys', 'crypto-cipher']) {
    it(`answers as Node does: ${name}`, async (t) => {
      const { cases, different } = await compareCases(pool, name, CASES);
      t.diagnostic(`${different.length} of ${cases} differ`);
      assert.equal(cases, CASES);
      assert.deepEqual(different.slice(0, 5), []);
    });
  }

  it('knows every hash that Node lists, but for md5-sha1', async () => {
    const { known, missing } = await pool.run(
      (names) => {
        const { createHash, getHashes } = require('node:crypto');
        const fails = (name) => {
          try {
            createHash(name);
            return false;
          } catch {
            return true;
          }
        };
        return { known: getHashes(), missing: names.filter(fails) };
      },
      [crypto.getHashes()],
    );
    // Newer releases of OpenSSL list more.
    const others = /^(md5-sha1|keccak.*|sha(-|2-)?256[-/]192)$/;
    assert.deepEqual(
      missing.filter((name) => !others.test(name)),
      [],
    );
    for (const name of known) {
      assert.doesNotThrow(() => crypto.createHash(name), name);
    }
  });

  it('has every name that Node has, and says of those it cannot serve what to do', async () => {
    const names = Object.keys(crypto).filter((name) => name !== 'fips');
    const { missing, errors } = await pool.run(
      (wanted) => {
        const inside = require('crypto');
        const failed = {};
        for (const name of ['createSign', 'generateKeyPairSync', 'createECDH', 'publicEncrypt']) {
          try {
            inside[name]('x', {});
          } catch (error) {
            failed[name] = [error.code, error.message];
          }
        }
        class Sub extends inside.X509Certificate {}
        try {
          new Sub();
        } catch (error) {
          failed.X509Certificate = [error.code, error.message];
        }
        return { missing: wanted.filter((name) => !(name in inside)), errors: failed };
      },
      [names],
    );
    assert.deepEqual(
      missing.filter((name) => !/^(encapsulate|decapsulate)/.test(name)),
      [],
    );
    for (const [name, [code, message]] of Object.entries(errors)) {
      assert.equal(code, 'OFFLOOP_ERR_BUILTIN_UNAVAILABLE');
      assert.ok(message.startsWith(`crypto.${name}`), message);
      assert.match(message, /in the main process/);
    }
    assert.equal(Object.keys(errors).length, 5);
  });

  it('gives random values of every kind, which differ', async () => {
    const values = await pool.run(async () => {
      const inside = require('crypto');
      const later = await new Promise((resolve, reject) => {
        inside.randomBytes(8, (error, bytes) => (error ? reject(error) : resolve(bytes)));
      });
      const filled = await new Promise((resolve, reject) => {
        const array = new Uint16Array(8);
        inside.randomFill(array, 2, 3, (error, all) => (error ? reject(error) : resolve(all)));
      });
      const numbers = Array.from({ length: 1000 }, () => inside.randomInt(3, 6));
      const large = await new Promise((resolve, reject) => {
        inside.randomInt(2 ** 48 - 1, (error, value) => (error ? reject(error) : resolve(value)));
      });
      return {
        bytes: [inside.randomBytes(8).toString('hex'), later.toString('hex')],
        uuids: [inside.randomUUID(), inside.webcrypto.randomUUID()],
        timed: [inside.randomUUIDv7(), Date.now()],
        web: [...inside.webcrypto.getRandomValues(new Uint32Array(4))],
        part: [...inside.randomFillSync(new Uint8Array(9), 3)],
        filled: [...filled],
        numbers,
        large,
      };
    });
    assert.notEqual(...values.bytes);
    assert.notEqual(...values.uuids);
    for (const uuid of values.uuids) {
      assert.match(uuid, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    }
    const [timed, now] = values.timed;
    assert.match(timed, /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    const made = Number.parseInt(timed.slice(0, 8) + timed.slice(9, 13), 16);
    assert.ok(made <= now && made > now - 60_000, `${made} is no time shortly before ${now}`);
    assert.equal(new Set(values.web).size, 4);
    assert.deepEqual(values.part.slice(0, 3), [0, 0, 0]);
    assert.ok(values.part.slice(3).some((byte) => byte !== 0));
    assert.deepEqual([...values.filled.slice(0, 2), ...values.filled.slice(5)], [0, 0, 0, 0, 0]);
    assert.deepEqual([...new Set(values.numbers)].sort(), [3, 4, 5]);
    assert.ok(Number.isSafeInteger(values.large));
  });

  it('refuses random values as the standard says', async () => {
    const names = await pool.run(() => {
      const { webcrypto } = require('crypto');
      return [new Float32Array(1), new Uint8Array(65537), [], undefined].map((value) => {
        try {
          webcrypto.getRandomValues(value);
          return 'none';
        } catch (error) {
          return error.name;
        }
      });
    });
    assert.deepEqual(names.slice(0, 2), ['TypeMismatchError', 'QuotaExceededError']);
    assert.ok(!names.includes('none'));
  });

  it('takes hashes as streams', async () => {
    const digest = await pool.run(async () => {
      const { createHash, createHmac } = require('crypto');
      const { Buffer } = require('buffer');
      const { Readable } = require('stream');
      const hash = Readable.from(['a', 'b', 'c']).pipe(createHash('sha256'));
      const parts = [];
      for await (const part of hash) parts.push(part);
      const hmac = createHmac('md5', 'key');
      hmac.end('abc');
      await new Promise((resolve) => hmac.once('readable', resolve));
      return [Buffer.concat(parts).toString('hex'), hmac.read().toString('hex')];
    });
    assert.deepEqual(digest, [
      crypto.createHash('sha256').update('abc').digest('hex'),
      crypto.createHmac('md5', 'key').update('abc').digest('hex'),
    ]);
  });

  it('hashes what is larger than a chunk, shared memory and detached buffers', async () => {
    const bytes = Buffer.alloc((5 << 20) + 3).map((_, index) => index % 251);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    const digests = await pool.run(
      (own, others) => {
        const { createHash } = require('crypto');
        const of = (data) => createHash('sha1').update(data).digest('hex');
        const gone = new Uint8Array(8);
        structuredClone(gone.buffer, { transfer: [gone.buffer] });
        return [of(own), of(others), of(gone)];
      },
      [bytes, shared],
    );
    const whole = crypto.createHash('sha1').update(bytes).digest('hex');
    assert.deepEqual(digests, [whole, whole, crypto.createHash('sha1').digest('hex')]);
  });

  it('holds nothing for hashes that are never finished', async () => {
    const digest = await pool.run(() => {
      const { createHash } = require('crypto');
      const bytes = new Uint8Array(10);
      for (let index = 0; index < 200_000; index++) createHash('sha512').update(bytes);
      return createHash('sha512').update(bytes).digest('hex');
    });
    assert.equal(digest, crypto.createHash('sha512').update(Buffer.alloc(10)).digest('hex'));
  });
});

describe('crypto that takes long', () => {
  const long = [
    ['pbkdf2', () => require('crypto').pbkdf2Sync('p', 's', 2 ** 31 - 1, 20, 'sha256')],
    [
      'scrypt',
      () => require('crypto').scryptSync('p', 's', 20, { N: 2 ** 15, p: 2 ** 12, maxmem: 2 ** 40 }),
    ],
    [
      'a hash of much',
      () => {
        const bytes = new Uint8Array(200 << 20);
        for (;;) require('crypto').createHash('md5').update(bytes).digest();
      },
    ],
  ];
  for (const [what, fn] of long) {
    it(`frees its thread at the timeout: ${what}`, async () => {
      const pool = new Pool({ maxThreads: 1 });
      const ends = [];
      pool.on('isolateDestroy', (reason) => ends.push(reason));
      await assert.rejects(pool.run(fn, [], { timeout: 100 }), { code: 'OFFLOOP_ERR_TIMEOUT' });
      assert.equal(await pool.run(() => 42), 42);
      assert.deepEqual(ends, []);
      await pool.close();
    });
  }

  it('is ended by an abort', async () => {
    const pool = new Pool({ maxThreads: 1 });
    const controller = new AbortController();
    const run = pool.run(long[0][1], [], { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await assert.rejects(run, { name: 'AbortError' });
    assert.equal(await pool.run(() => 42), 42);
    await pool.close();
  });

  it('meets the memory limit where it asks for much', async () => {
    const pool = new Pool({ maxThreads: 1, memoryLimitMb: 64 });
    await assert.rejects(
      pool.run(() => require('crypto').scryptSync('p', 's', 20, { N: 2 ** 20, maxmem: 2 ** 40 })),
      { code: 'OFFLOOP_ERR_MEMORY_LIMIT' },
    );
    await assert.rejects(
      pool.run(() => require('crypto').randomBytes(2 ** 31 - 1).length),
      {
        code: 'OFFLOOP_ERR_MEMORY_LIMIT',
      },
    );
    assert.equal(await pool.run(() => 42), 42);
    await pool.close();
  });
});
