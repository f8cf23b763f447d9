'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const vm = require('node:vm');

const { arrivals } = require('../demo/arrivals.js');
const { loadCorpus } = require('../demo/corpus.js');
const { goal, table, verdict } = require('../demo/report.js');
const { termStatistics } = require('../demo/terms.js');

/** @param {string[]} documents */
function corpusOf(documents) {
  const text = new Uint8Array(Buffer.from(documents.join('')));
  const starts = Uint32Array.from(
    [...documents, ''].map((_, index) => Buffer.byteLength(documents.slice(0, index).join(''))),
  );
  return { text, starts };
}

const CORPUS = corpusOf([
  'The river. The RIVER and the harbour',
  'the river and a mountain mountain',
  'Côte: the desert and the dunes',
]);

describe('demo terms', () => {
  it('weighs words by how often the document and how rarely the others use them', () => {
    const { documents, words, terms, top } = termStatistics(CORPUS, { document: 0, without: [] });
    assert.deepEqual({ documents, words, terms }, { documents: 3, words: 18, terms: 8 });
    const round = (/** @type {number} */ value) => Number(value.toFixed(6));
    assert.deepEqual(
      top,
      [
        { term: 'harbour', count: 1, score: round(Math.log(3)) },
        { term: 'river', count: 2, score: round((1 + Math.log(2)) * Math.log(3 / 2)) },
        { term: 'the', count: 3, score: 0 },
        { term: 'and', count: 1, score: 0 },
      ].sort((a, b) => b.score - a.score),
    );
  });

  it('ranks the document that shares a rare word before the one that shares none', () => {
    const { similar } = termStatistics(CORPUS, { document: 0, without: [] });
    assert.deepEqual(
      similar.map(({ document }) => document),
      [1, 2],
    );
    assert.ok(similar[0].score > 0);
    assert.equal(similar[1].score, 0);
  });

  it('leaves documents out of the selection, but never the one it is asked about', () => {
    const { documents, similar, top } = termStatistics(CORPUS, { document: 1, without: [0, 1] });
    assert.equal(documents, 2);
    assert.deepEqual(
      similar.map(({ document }) => document),
      [2],
    );
    assert.equal(top[0].term, 'mountain');
  });

  it('keeps words with letters outside ASCII whole', () => {
    const { top } = termStatistics(CORPUS, { document: 2, without: [] });
    assert.deepEqual(
      top
        .map(({ term }) => term)
        .slice(0, 3)
        .sort(),
      ['côte', 'desert', 'dunes'],
    );
  });

  it('gives the same answer from its source text alone: it captures nothing', () => {
    const copy = vm.runInNewContext(`(${termStatistics})`, { TextDecoder });
    const query = { document: 0, without: [2] };
    assert.equal(
      JSON.stringify(copy(CORPUS, query)),
      JSON.stringify(termStatistics(CORPUS, query)),
    );
  });
});

describe('demo corpus', () => {
  it('is the pinned package, at least 1 MB of text, in shared memory', () => {
    const { corpus, names, files, textBytes } = loadCorpus();
    assert.ok(textBytes >= 1_000_000);
    assert.equal(files, names.length);
    assert.ok(corpus.text.buffer instanceof SharedArrayBuffer);
    assert.equal(corpus.starts[files], textBytes);
  });

  it('finds the neighbours of Albania most like it', () => {
    const { corpus, names } = loadCorpus();
    const { top, similar } = termStatistics(corpus, {
      document: names.indexOf('Albania'),
      without: [],
      limit: 3,
    });
    assert.deepEqual(
      top.slice(0, 2).map(({ term }) => term),
      ['tirana', 'albania'],
    );
    assert.deepEqual(
      similar.map(({ document }) => names[document]),
      ['Kosovo', 'Montenegro', 'Macedonia'],
    );
  });
});

describe('demo arrivals', () => {
  const load = { seed: 7, seconds: 4, lightRate: 50, heavyRate: 12.3, documents: 20 };

  it('are the same for the same seed and others for another', () => {
    assert.deepEqual(arrivals(load), arrivals(load));
    assert.notDeepEqual(arrivals(load), arrivals({ ...load, seed: 8 }));
  });

  it('offer exactly the asked rates, in order, within the run', () => {
    const list = arrivals(load);
    assert.equal(list.filter(({ route }) => route === 'light').length, 200);
    assert.equal(list.filter(({ route }) => route === 'heavy').length, 49);
    for (const [index, { at, document }] of list.entries()) {
      assert.ok(at >= (list[index - 1]?.at ?? 0) && at < 4000);
      assert.ok(Number.isInteger(document) && document >= 0 && document < 20);
    }
  });
});

describe('demo report', () => {
  const run = (/** @type {number} */ lightP99, /** @type {number} */ heavyP50) => ({
    load: {
      light: { p50: 1, p99: lightP99 },
      heavy: { p50: heavyP50, p99: 90 },
      lateness: { p99: 1 },
    },
    meter: { delayP99: 5, utilization: 0.6, rss: 100 * 2 ** 20, cpuSeconds: 4 },
  });

  it('says what got better and what got worse, from the numbers', () => {
    assert.equal(
      verdict(run(120, 40), run(12, 50)),
      'Offloading made light p99 (120.0 ms → 12.0 ms) better and heavy p50 (40.0 ms → 50.0 ms) worse.',
    );
    assert.equal(
      verdict(run(12, 40), run(12, 40)),
      'Offloading made nothing measured here better and nothing measured here worse.',
    );
  });

  it('lists every figure of both runs', () => {
    const text = table(run(120, 40), run(12, 40));
    for (const name of [
      'light p50',
      'heavy p99',
      'event-loop delay p99',
      'event-loop utilization',
      'peak RSS',
    ]) {
      assert.match(text, new RegExp(name));
    }
    assert.match(text, /light p99 +120\.0 ms +12\.0 ms +10\.0× lower/);
  });

  it('calls a missed goal missed', () => {
    assert.deepEqual(
      [goal(run(30, 40), run(10, 40)).met, goal(run(29, 40), run(10, 40)).met],
      [true, false],
    );
    assert.match(goal(run(29, 40), run(10, 40)).text, /Measured: 2\.9×\. MISSED\./);
  });
});
