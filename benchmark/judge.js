'use strict';

const { OURS } = require('./settings.js');

/**
 * @typedef {object} Target
 * @property {'fraction of best' | 'multiple of best' | 'at most'} kind
 * @property {number} limit
 * @property {string} text
 */

/**
 * Compares our median with the target.
 *
 * @param {Target} target
 * @param {Record<string, { median: number }>} pools by name
 * @returns {{ value: number, best: string | null, met: boolean }} `best`: the peer that counts
 */
function judge(target, pools) {
  const ours = pools[OURS].median;
  if (target.kind === 'at most') return { value: ours, best: null, met: ours <= target.limit };
  const more = target.kind === 'multiple of best';
  const [[best, { median }]] = Object.entries(pools)
    .filter(([name]) => name !== OURS)
    .sort(([, a], [, b]) => (more ? b.median - a.median : a.median - b.median));
  const value = ours / median;
  return { value, best, met: more ? value >= target.limit : value <= target.limit };
}

module.exports = { judge };
