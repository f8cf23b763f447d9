'use strict';

const { people, prose, sentences } = require('../inputs.js');

// Search, language, comparison.

const documents = sentences(9, 60).map((text, id) => ({ id, title: text.slice(0, 24), text }));

exports['fuse.js'] = {
  args: [people],
  call: (list) => {
    const Fuse = require('fuse.js');
    const fuse = new Fuse(list, {
      keys: ['name', { name: 'tags', weight: 2 }, 'address.city'],
      includeScore: true,
      includeMatches: true,
      threshold: 0.4,
    });
    return ['thread', 'isolte', 'city 3', 'bugdet'].map((query) =>
      fuse.search(query, { limit: 10 }),
    );
  },
};

exports.lunr = {
  args: [documents],
  call: (list) => {
    const lunr = require('lunr');
    const index = lunr(function build() {
      this.ref('id');
      this.field('title', { boost: 3 });
      this.field('text');
      for (const each of list) this.add(each);
    });
    return {
      results: ['memory +limit', 'thread~1 -queue', 'title:loop^2', 'wind*'].map((query) =>
        JSON.parse(JSON.stringify(index.search(query))),
      ),
      size: JSON.stringify(index).length,
    };
  },
};

exports.minisearch = {
  args: [documents],
  call: async (list) => {
    const { default: MiniSearch } = await import('minisearch');
    const search = new MiniSearch({ fields: ['title', 'text'], storeFields: ['title'] });
    search.addAll(list);
    return {
      results: search.search('memry budget', { fuzzy: 0.3, prefix: true, boost: { title: 2 } }),
      suggestions: search.autoSuggest('thr lim'),
      index: JSON.stringify(search),
    };
  },
};

exports.natural = {
  args: [prose],
  call: (text) => {
    const natural = require('natural');
    const words = new natural.WordTokenizer().tokenize(text);
    const tfidf = new natural.TfIdf();
    for (const sentence of text.split('. ')) tfidf.addDocument(sentence);
    return {
      stems: words.map((word) => natural.PorterStemmer.stem(word)),
      phonetic: words.slice(0, 50).map((word) => new natural.Metaphone().process(word)),
      distance: natural.JaroWinklerDistance(words[0], words[1]),
      terms: tfidf.listTerms(0),
      grams: natural.NGrams.bigrams(words.slice(0, 40)),
    };
  },
};

exports.compromise = {
  args: [prose],
  call: (text) => {
    const nlp = require('compromise');
    const document = nlp(`${text} Mary walked to Paris on June 5th and spent twenty dollars.`);
    return {
      nouns: document.nouns().out('array'),
      past: document.sentences().toPastTense().text(),
      people: document.people().out('array'),
      places: document.places().out('array'),
      terms: document.json({ offset: true }).length,
      tags: document.terms().out('tags').slice(0, 60),
    };
  },
};

exports.diff = {
  args: [prose, `${sentences(5, 20).join(' ')} ${prose}`],
  call: (before, after) => {
    const { diffWords, createPatch } = require('diff');
    const inLines = (text) => text.replaceAll('. ', '.\n');
    return {
      words: diffWords(before, after),
      patch: createPatch('a.txt', inLines(before), inLines(after)),
    };
  },
};

exports['fast-levenshtein'] = {
  args: [documents.map(({ text }) => text)],
  call: (list) => {
    const levenshtein = require('fast-levenshtein');
    return list.map((each) => list.map((other) => levenshtein.get(each, other)));
  },
};
