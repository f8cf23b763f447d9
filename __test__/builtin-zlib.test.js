'use strict';

// zlib in a task: what it compresses Node decompresses, and the other way round; errors, streams, limits.

const assert = require('node:assert/strict');
const { after, before, describe, it } = require('node:test');
const zlib = require('node:zlib');

const { Pool } = require('..');
const { compareCases } = require('./helpers/builtin-cases.js');
const { seeded } = require('./helpers/seeded.js');

const CASES = 1000;
const { constants } = zlib;

/** @type {[string, string, (random: () => number) => object][]} compress, decompress, options for both */
const KINDS = [
  ['deflateSync', 'inflateSync', deflateOptions],
  ['gzipSync', 'gunzipSync', deflateOptions],
  ['deflateRawSync', 'inflateRawSync', deflateOptions],
  ['deflateSync', 'unzipSync', deflateOptions],
  ['gzipSync', 'unzipSync', deflateOptions],
  ['brotliCompressSync', 'brotliDecompressSync', brotliOptions],
];
if (zlib.zstdCompressSync) {
  KINDS.push(['zstdCompressSync', 'zstdDecompressSync', zstdOptions]);
}

const integer = (random, below) => Math.floor(random() * below);
const pick = (random, list) => list[integer(random, list.length)];

function deflateOptions(random) {
  const options = {
    level: integer(random, 11) - 1,
    memLevel: 1 + integer(random, 9),
    strategy: integer(random, 5),
  };
  const windowBits = pick(random, [undefined, 9, 12, 15]);
  return windowBits === undefined ? options : { ...options, windowBits };
}

function brotliOptions(random) {
  return {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: pick(random, [0, 1, 3, 5, 9, 11]),
      [constants.BROTLI_PARAM_LGWIN]: 10 + integer(random, 15),
      [constants.BROTLI_PARAM_MODE]: integer(random, 3),
    },
  };
}

function zstdOptions(random) {
  return { params: { [constants.ZSTD_c_compressionLevel]: integer(random, 12) - 2 } };
}

/** Text, noise, runs, or a bit of each. */
function input(random) {
  const length = pick(random, [0, 1, integer(random, 50), integer(random, 3000), 20_000]);
  const words = ['offloop ', 'isolate ', 'the ', 'of ', '\n', 'zażółć ', '\0\0\0\0'];
  const kind = integer(random, 4);
  if (kind === 0) return Buffer.alloc(length, integer(random, 256));
  if (kind === 1) return Buffer.from({ length }, 0).map(() => integer(random, 256));
  let text = '';
  while (text.length < length) text += pick(random, words);
  return Buffer.from(kind === 2 ? text : text + String(random()));
}

function work(random) {
  const [compress, decompress, optionsOf] = pick(random, KINDS);
  const options = optionsOf(random);
  const dictionary = /^(deflate)/.test(compress) && decompress !== 'unzipSync' && random() < 0.2;
  if (dictionary) options.dictionary = Buffer.from('offloop isolate the of');
  return { compress, decompress, options, data: input(random) };
}

/** In a task: compresses each, and opens what Node has sealed. */
function inTask(all) {
  const inside = require('zlib');
  return all.map(({ compress, decompress, options, data, sealed }) => {
    const opening = compress.startsWith('brotli') || compress.startsWith('zstd') ? {} : options;
    return {
      sealed: inside[compress](data, options),
      opened: inside[decompress](sealed, opening),
    };
  });
}

describe('zlib in a task', () => {
  /** @type {Pool} */
  let pool;
  before(() => {
    pool = new Pool({ maxThreads: 1, console: 'ignore' });
  });
  after(() => pool.close());

  it('and Node open what the other has compressed', async (t) => {
    const random = seeded(20261124);
    const all = Array.from({ length: CASES }, () => work(random));
    for (const one of all) one.sealed = zlib[one.compress](one.data, one.options);
    const answers = await pool.run(inTask, [all]);
    let same = 0;
    all.forEach(({ compress, decompress, options, data, sealed }, index) => {
      const answer = answers[index];
      const opening = /^(brotli|zstd)/.test(compress) ? {} : options;
      const what = `${index}: ${compress} ${JSON.stringify(options)} of ${data.length}`;
      assert.deepEqual(Buffer.from(answer.opened), data, what);
      assert.deepEqual(zlib[decompress](answer.sealed, opening), data, what);
      if (Buffer.from(answer.sealed).equals(sealed)) same++;
    });
    t.diagnostic(`${same} of ${CASES} are compressed to the same bytes as by Node`);
  });

  it('says what is wrong as Node does', async (t) => {
    const { cases, different } = await compareCases(pool, 'zlib-errors', CASES);
    t.diagnostic(`${different.length} of ${cases} differ`);
    assert.equal(cases, CASES);
    assert.deepEqual(different.slice(0, 5), []);
  });

  it('compresses and decompresses in streams, in pieces, flushing when asked to', async () => {
    const { cases, different } = await compareCases(pool, 'zlib-streams', 200);
    assert.equal(cases, 200);
    assert.deepEqual(different.slice(0, 5), []);
  });

  it('checksums as Node does', { skip: !zlib.crc32 }, async () => {
    const random = seeded(7);
    // Of nothing, Node gives 0 and not the sum so far.
    const all = Array.from({ length: CASES }, () => [
      Buffer.concat([input(random), Buffer.from('.')]),
      integer(random, 2 ** 32),
    ]);
    const sums = await pool.run((list) => list.map((one) => require('zlib').crc32(...one)), [all]);
    assert.deepEqual(
      sums,
      all.map((one) => zlib.crc32(...one)),
    );
  });

  it('gives the names and numbers of Node', async () => {
    const names = await pool.run(() => {
      const inside = require('node:zlib');
      return { ...inside.constants, names: Object.keys(inside), codes: { ...inside.codes } };
    });
    for (const [name, value] of Object.entries(constants)) {
      // Versions and what newer libraries name.
      if (!(name in names) || name === 'ZLIB_VERNUM') continue;
      assert.equal(names[name], value, name);
    }
    const missing = Object.keys(zlib).filter((name) => !names.names.includes(name));
    assert.deepEqual(missing, []);
    assert.deepEqual(names.codes, { ...zlib.codes });
  });

  it('works with callbacks and promisified', async () => {
    const lengths = await pool.run(async () => {
      const { gzip, gunzip, inflate } = require('zlib');
      const { promisify } = require('util');
      const sealed = await new Promise((resolve, reject) => {
        gzip('hello', { level: 9 }, (error, result) => (error ? reject(error) : resolve(result)));
      });
      const opened = await promisify(gunzip)(sealed);
      const failed = await promisify(inflate)('nonsense').catch((error) => error.code);
      return [opened.toString(), failed];
    });
    assert.deepEqual(lengths, ['hello', 'Z_DATA_ERROR']);
  });

  it('gives a stream the inner names that packages reach for', async () => {
    const { cases, different } = await compareCases(pool, 'zlib-inner', 1);
    assert.equal(cases, 5);
    assert.deepEqual(different, []);
  });

  it('drops streams that nobody closes', async () => {
    const small = new Pool({ maxThreads: 1, memoryLimitMb: 64 });
    const count = await small.run(() => {
      const { createDeflate } = require('zlib');
      let made = 0;
      // Each takes a quarter of a megabyte: together, ten times what the isolate may have.
      for (; made < 2500; made++) createDeflate();
      return made;
    });
    assert.equal(count, 2500);
    await small.close();
  });

  it('counts open streams against the memory limit', async () => {
    const small = new Pool({ maxThreads: 1, memoryLimitMb: 64 });
    await assert.rejects(
      small.run(() => {
        const kept = [];
        for (;;) kept.push(require('zlib').createDeflate());
      }),
      { code: 'OFFLOOP_ERR_MEMORY_LIMIT' },
    );
    assert.equal(await small.run(() => 42), 42);
    await small.close();
  });
});

describe('a decompression bomb', () => {
  const megabytes = 512;
  const bombs = {
    gunzipSync: zlib.gzipSync(zlib.gzipSync(Buffer.alloc(megabytes << 20))),
    brotliDecompressSync: zlib.brotliCompressSync(Buffer.alloc(megabytes << 20), {
      params: { [constants.BROTLI_PARAM_QUALITY]: 3 },
    }),
  };

  it('stops at maxOutputLength', async () => {
    const pool = new Pool({ maxThreads: 1 });
    await assert.rejects(
      pool.run(
        (bomb) => require('zlib').brotliDecompressSync(bomb, { maxOutputLength: 1e6 }),
        [bombs.brotliDecompressSync],
      ),
      { code: 'ERR_BUFFER_TOO_LARGE' },
    );
    await pool.close();
  });

  it('meets the memory limit of the isolate, and the next task is served', async () => {
    const pool = new Pool({ maxThreads: 1, memoryLimitMb: 64 });
    const open = (bomb, method) => {
      const inside = require('zlib');
      // Sealed twice, or it would take long to hand over.
      const once = method === 'gunzipSync' ? inside.gunzipSync(bomb) : bomb;
      return inside[method](once).length;
    };
    for (const [method, bomb] of Object.entries(bombs)) {
      await assert.rejects(pool.run(open, [bomb, method]), { code: 'OFFLOOP_ERR_MEMORY_LIMIT' });
      const isCaught = await pool.run(
        (data, name, code) => {
          try {
            new Function('require', `return (${code})`)(require)(data, name);
          } catch (error) {
            return error instanceof RangeError;
          }
          return false;
        },
        [bomb, method, String(open)],
      );
      assert.equal(isCaught, true);
    }
    assert.equal(await pool.run(() => 42), 42);
    await pool.close();
  });

  it('meets it in a stream, too', async () => {
    const pool = new Pool({ maxThreads: 1, memoryLimitMb: 64 });
    const drain = (bomb) =>
      new Promise((resolve, reject) => {
        const kept = [];
        const stream = require('zlib').createBrotliDecompress({ chunkSize: 1 << 20 });
        stream.on('data', (chunk) => kept.push(chunk));
        stream.on('end', () => resolve(kept.length));
        stream.on('error', reject);
        stream.end(bomb);
      });
    await assert.rejects(pool.run(drain, [bombs.brotliDecompressSync]), {
      code: 'OFFLOOP_ERR_MEMORY_LIMIT',
    });
    await pool.close();
  });
});

describe('compression that takes long', () => {
  const stopped = [
    ['deflate at level 9', (bytes) => require('zlib').deflateSync(bytes, { level: 9 })],
    ['brotli at quality 11', (bytes) => require('zlib').brotliCompressSync(bytes)],
  ];
  for (const [what, fn] of stopped) {
    it(`frees its thread at the timeout: ${what}`, async () => {
      const pool = new Pool({ maxThreads: 1 });
      const random = seeded(3);
      const bytes = Buffer.alloc(96 << 20).map((_, index) =>
        index % 3 === 0 ? integer(random, 256) : 97,
      );
      const ends = [];
      pool.on('isolateDestroy', (reason) => ends.push(reason));
      await assert.rejects(pool.run(fn, [bytes], { timeout: 100 }), {
        code: 'OFFLOOP_ERR_TIMEOUT',
      });
      assert.equal(await pool.run(() => 42), 42);
      assert.deepEqual(ends, []);
      await pool.close();
    });
  }
});
