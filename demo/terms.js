'use strict';

/**
 * Term statistics of one document against a selection of the corpus: its words by tf-idf, and the
 * documents most like it by cosine. The selection changes with each request, so document frequencies
 * cannot be prepared: every request reads the selected text from the first byte to the last.
 *
 * It captures nothing: the same function runs on the event loop and in an isolate.
 *
 * @param {import('./corpus.js').Corpus} corpus
 * @param {{ document: number, without: number[], limit?: number }} query `without`: documents left out
 * @returns {{ document: number, documents: number, words: number, terms: number,
 *   top: { term: string, count: number, score: number }[], similar: { document: number, score: number }[] }}
 */
function termStatistics(corpus, query) {
  const { text, starts } = corpus;
  const { document, without, limit = 10 } = query;
  const documents = starts.length - 1;
  const MINIMUM_LETTERS = 3;

  // A term is known by its first appearance in the text: no string is made until the answer.
  const termStart = [];
  const termLength = [];
  const termHash = [];
  let slots = new Int32Array(1 << 12).fill(-1);

  // One entry per term and document, grouped by document.
  const entryTerm = [];
  const entryCount = [];
  const entriesFrom = new Int32Array(documents + 1);
  const latestEntry = [];
  const documentFrequency = [];

  const leftOut = new Uint8Array(documents);
  for (const number of without) leftOut[number] = 1;
  leftOut[document] = 0;

  let words = 0;
  let selected = 0;
  for (let number = 0; number < documents; number++) {
    entriesFrom[number] = entryTerm.length;
    if (leftOut[number] === 0) {
      selected += 1;
      readDocument(starts[number], starts[number + 1], entryTerm.length);
    }
  }
  entriesFrom[documents] = entryTerm.length;

  const inverse = documentFrequency.map((frequency) => Math.log(selected / frequency));
  const wanted = new Float64Array(termStart.length);
  for (let entry = entriesFrom[document]; entry < entriesFrom[document + 1]; entry++) {
    wanted[entryTerm[entry]] = weight(entry);
  }
  return {
    document,
    documents: selected,
    words,
    terms: termStart.length,
    top: topTerms(),
    similar: similarDocuments(),
  };

  function readDocument(from, to, firstEntry) {
    let position = from;
    while (position < to) {
      let hash = 0x811c9dc5;
      const start = position;
      let letter = letterAt(position);
      while (letter !== 0) {
        hash = Math.imul(hash ^ letter, 0x01000193);
        position += 1;
        letter = position < to ? letterAt(position) : 0;
      }
      if (position - start >= MINIMUM_LETTERS) {
        words += 1;
        count(termOf(start, position - start, hash), firstEntry);
      }
      position += 1;
    }
  }

  // The lower-case letter at a position, 0 for anything between words. Bytes of a multi-byte
  // UTF-8 character count as letters: names such as "Côte" stay one word.
  function letterAt(position) {
    const byte = text[position];
    if (byte >= 0x80) return byte;
    const lower = byte | 0x20;
    return lower >= 0x61 && lower <= 0x7a ? lower : 0;
  }

  function termOf(start, length, hash) {
    const mask = slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const term = slots[slot];
      if (term === -1) break;
      if (termHash[term] === hash && termLength[term] === length && sameLetters(term, start)) {
        return term;
      }
      slot = (slot + 1) & mask;
    }
    const added = termStart.length;
    termStart.push(start);
    termLength.push(length);
    termHash.push(hash);
    latestEntry.push(-1);
    documentFrequency.push(0);
    slots[slot] = added;
    if (termStart.length * 2 > slots.length) growSlots();
    return added;
  }

  function sameLetters(term, start) {
    const first = termStart[term];
    for (let index = 0; index < termLength[term]; index++) {
      if (letterAt(first + index) !== letterAt(start + index)) return false;
    }
    return true;
  }

  function growSlots() {
    slots = new Int32Array(slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let term = 0; term < termStart.length; term++) {
      let slot = (termHash[term] ^ (termHash[term] >>> 15)) & mask;
      while (slots[slot] !== -1) slot = (slot + 1) & mask;
      slots[slot] = term;
    }
  }

  function count(term, firstEntry) {
    const entry = latestEntry[term];
    if (entry >= firstEntry) {
      entryCount[entry] += 1;
      return;
    }
    latestEntry[term] = entryTerm.length;
    documentFrequency[term] += 1;
    entryTerm.push(term);
    entryCount.push(1);
  }

  function weight(entry) {
    return (1 + Math.log(entryCount[entry])) * inverse[entryTerm[entry]];
  }

  function topTerms() {
    const entries = [];
    for (let entry = entriesFrom[document]; entry < entriesFrom[document + 1]; entry++) {
      entries.push(entry);
    }
    return entries
      .sort((a, b) => weight(b) - weight(a) || entryTerm[a] - entryTerm[b])
      .slice(0, limit)
      .map((entry) => ({
        term: spelling(entryTerm[entry]),
        count: entryCount[entry],
        score: rounded(weight(entry)),
      }));
  }

  function similarDocuments() {
    const length = wanted.reduce((sum, value) => sum + value * value, 0);
    const scores = [];
    for (let number = 0; number < documents; number++) {
      if (number === document || entriesFrom[number] === entriesFrom[number + 1]) continue;
      let product = 0;
      let squares = 0;
      for (let entry = entriesFrom[number]; entry < entriesFrom[number + 1]; entry++) {
        const value = weight(entry);
        product += value * wanted[entryTerm[entry]];
        squares += value * value;
      }
      // Two documents that share only words of every document have no length: nothing says they are alike.
      scores.push({ document: number, score: product / (Math.sqrt(squares * length) || 1) });
    }
    return scores
      .sort((a, b) => b.score - a.score || a.document - b.document)
      .slice(0, limit)
      .map(({ document: number, score }) => ({ document: number, score: rounded(score) }));
  }

  function spelling(term) {
    // slice() copies out of the shared memory: a TextDecoder may refuse to read shared bytes.
    const bytes = text.slice(termStart[term], termStart[term] + termLength[term]);
    return new TextDecoder().decode(bytes).toLowerCase();
  }

  function rounded(value) {
    return Number(value.toFixed(6));
  }
}

module.exports = { termStatistics };
