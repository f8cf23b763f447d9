'use strict';

const GOAL_RATIO = 3;
// Smaller changes than this are noise of a run of some seconds.
const UNCHANGED_SHARE = 0.05;

/**
 * @typedef {object} Run
 * @property {{ light: { p50: number, p99: number }, heavy: { p50: number, p99: number }, lateness: { p99: number } }} load
 * @property {{ delayP99: number, utilization: number, rss: number, cpuSeconds: number }} meter
 */

const milliseconds = (/** @type {number} */ value) => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
const megabytes = (/** @type {number} */ value) => `${(value / 2 ** 20).toFixed(1)} MB`;

/** Less is better in every row. @type {{ name: string, of: (run: Run) => number, show: (value: number) => string }[]} */
const METRICS = [
  { name: 'light p50', of: ({ load }) => load.light.p50, show: milliseconds },
  { name: 'light p99', of: ({ load }) => load.light.p99, show: milliseconds },
  { name: 'heavy p50', of: ({ load }) => load.heavy.p50, show: milliseconds },
  { name: 'heavy p99', of: ({ load }) => load.heavy.p99, show: milliseconds },
  { name: 'event-loop delay p99', of: ({ meter }) => meter.delayP99, show: milliseconds },
  {
    name: 'event-loop utilization',
    of: ({ meter }) => meter.utilization,
    show: (value) => value.toFixed(3),
  },
  { name: 'peak RSS', of: ({ meter }) => meter.rss, show: megabytes },
  {
    name: 'CPU time',
    of: ({ meter }) => meter.cpuSeconds,
    show: (value) => `${value.toFixed(2)} s`,
  },
];

/**
 * @param {Run} inline
 * @param {Run} offloaded
 * @returns {string}
 */
function table(inline, offloaded) {
  const rows = [
    ['', 'inline', 'offloaded', 'change'],
    ...METRICS.map(({ name, of, show }) => [
      name,
      show(of(inline)),
      show(of(offloaded)),
      change(of(inline), of(offloaded)),
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
      )
      .join('   '),
  );
  lines.splice(1, 0, '─'.repeat(lines[0].length));
  return lines.join('\n');
}

/**
 * @param {number} before
 * @param {number} after
 */
function change(before, after) {
  if (before === 0 || after === 0) return '';
  const ratio = after / before;
  if (ratio <= 0.5) return `${(1 / ratio).toFixed(1)}× lower`;
  if (ratio >= 2) return `${ratio.toFixed(1)}× higher`;
  const percent = Math.round((ratio - 1) * 100);
  return percent === 0 ? 'same' : `${percent > 0 ? '+' : '−'}${Math.abs(percent)} %`;
}

/**
 * One sentence, from the numbers alone: what got better and what got worse.
 *
 * @param {Run} inline
 * @param {Run} offloaded
 * @returns {string}
 */
function verdict(inline, offloaded) {
  /** @type {string[]} */
  const better = [];
  /** @type {string[]} */
  const worse = [];
  for (const { name, of, show } of METRICS) {
    const before = of(inline);
    const after = of(offloaded);
    if (Math.abs(after - before) <= before * UNCHANGED_SHARE) continue;
    (after < before ? better : worse).push(`${name} (${show(before)} → ${show(after)})`);
  }
  return `Offloading made ${list(better)} better and ${list(worse)} worse.`;
}

/** @param {string[]} items */
function list(items) {
  if (items.length < 2) return items[0] ?? 'nothing measured here';
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/**
 * @param {Run} inline
 * @param {Run} offloaded
 * @returns {{ ratio: number, met: boolean, text: string }}
 */
function goal(inline, offloaded) {
  const ratio = inline.load.light.p99 / offloaded.load.light.p99;
  const met = ratio >= GOAL_RATIO;
  const text = `Goal: light p99 at least ${GOAL_RATIO}× lower offloaded than inline. Measured: ${ratio.toFixed(1)}×. ${met ? 'Met.' : 'MISSED.'}`;
  return { ratio, met, text };
}

module.exports = { table, verdict, goal };
