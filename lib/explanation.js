// @ts-check
'use strict';

// The advice as a person reads it in a terminal.

const MOST_LINES = 15;
const WIDTH = 96;
const MOST_FLIPS = 4;
const INDENT = ' '.repeat(11);

/** @typedef {import('./advice.js').Advice} Advice */

/** @type {Record<string, string>} */
const SENTENCES = {
  none: 'Keep one process with one loop.',
  offload: 'Let the heavy functions leave the loop: offload(fn).',
  worker_threads: 'Give the work that keeps state a thread of its own: worker_threads.',
  cluster: 'Run several processes behind one port: cluster.',
  child_process: 'Run the dangerous part in a process of its own: child_process.',
  'scale-out': 'Run more copies of the service.',
  unknown: 'Not to be said from this: measure first.',
};

/**
 * At most 15 lines: the most telling of each section, then the next of each while there is room.
 * @param {Advice} advice
 * @returns {string}
 */
function explain(advice) {
  const sections = [
    { title: 'why', texts: advice.reasons.map(({ rule, text }) => `${rule} ${text}`) },
    { title: 'first', texts: advice.fixFirst },
    { title: 'changes', texts: advice.flips.slice(0, MOST_FLIPS).map(showFlip) },
    { title: 'not', texts: advice.rejected.map(({ strategy, why }) => `${strategy}: ${why}`) },
  ].map((section) => ({ ...section, lines: /** @type {string[]} */ ([]) }));

  const lines = headline(advice);
  let room = MOST_LINES - lines.length;
  const longest = Math.max(...sections.map(({ texts }) => texts.length));
  for (let rank = 0; rank < longest; rank += 1) {
    for (const section of sections) {
      if (rank >= section.texts.length) continue;
      const wrapped = wrap(section.texts[rank]);
      if (wrapped.length > room) continue;
      section.lines.push(...wrapped);
      room -= wrapped.length;
    }
  }
  for (const { title, lines: texts } of sections) {
    lines.push(...texts.map((text, at) => `  ${(at === 0 ? title : '').padEnd(9)}${text}`));
  }
  return lines.join('\n');
}

/** @param {Advice} advice */
function headline({ strategy, also, isolate, size, confidence }) {
  const { threads, processes } = size;
  return [
    `${[strategy, ...also].join(' + ')}: ${SENTENCES[strategy]}`,
    `  isolate ${isolate ? 'yes' : 'no'} · threads ${threads} · processes ${processes} · confidence ${confidence.toFixed(2)}`,
  ];
}

/**
 * Lines of at most `WIDTH` characters with their indentation, the later ones set in.
 * @param {string} text
 */
function wrap(text) {
  const lines = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > WIDTH - INDENT.length && line !== '') {
      lines.push(line);
      line = `  ${word}`;
    } else line = longer;
  }
  return [...lines, line];
}

/**
 * "cluster when requestsPerSecond ≥ 412, now 120".
 * @param {Advice['flips'][number]} flip
 */
function showFlip({ fact, from, to, strategy }) {
  if (typeof to !== 'number') {
    return `${strategy} when ${fact} is ${to}${from === null ? '' : `, now ${from}`}`;
  }
  if (from === null) return `${strategy} when ${fact} reaches ${round(to)}, not known now`;
  const sign = to > /** @type {number} */ (from) ? '≥' : '≤';
  return `${strategy} when ${fact} ${sign} ${round(to)}, now ${round(/** @type {number} */ (from))}`;
}

/** @param {number} number */
function round(number) {
  return Number(number.toPrecision(3));
}

exports.explain = explain;
