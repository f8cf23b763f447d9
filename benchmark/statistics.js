'use strict';

/** @param {ArrayLike<number>} values */
function median(values) {
  const sorted = Array.from(values).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * @param {number[][]} rounds of each round: the figure that counts, then its parts
 * @param {string[]} labels what the parts are
 */
function summarize(rounds, labels) {
  const values = rounds.map(([value]) => value);
  const parts = labels.map((label, index) => ({
    label,
    median: median(rounds.map((round) => round[index + 1])),
  }));
  return {
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    values,
    parts,
  };
}

module.exports = { median, summarize };
