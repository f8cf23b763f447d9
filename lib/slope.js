// @ts-check
'use strict';

const Z_95 = 1.959964;
// With fewer the latter half alone could not show anything at 95 %.
const LEAST_TO_HALVE = 10;

/**
 * The lower bound of the 95 % interval of the slope through the points; 0 when it is not above 0.
 *
 * Theil and Sen's: the median of the slopes between all pairs, its interval from Kendall's test.
 * Memory moves in steps and has outliers (a chunk given back late), which would bend least squares
 * and make its interval wrong. A heap that settles grows as well, but only at first: with enough
 * points the latter half must show the growth, too.
 *
 * @param {readonly number[]} xs ascending
 * @param {readonly number[]} ys
 */
function lowerSlope(xs, ys) {
  const whole = lowerBound(xs, ys);
  if (whole === 0 || xs.length < LEAST_TO_HALVE) return whole;
  const half = xs.length >> 1;
  return Math.min(whole, lowerBound(xs.slice(half), ys.slice(half)));
}

/**
 * @param {readonly number[]} xs
 * @param {readonly number[]} ys
 */
function lowerBound(xs, ys) {
  const n = xs.length;
  const slopes = [];
  for (let later = 1; later < n; later += 1) {
    for (let earlier = 0; earlier < later; earlier += 1) {
      const distance = xs[later] - xs[earlier];
      if (distance > 0) slopes.push((ys[later] - ys[earlier]) / distance);
    }
  }
  slopes.sort((a, b) => a - b);
  const spread = Z_95 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const at = Math.floor((slopes.length - spread) / 2);
  return at < 0 || slopes.length === 0 ? 0 : Math.max(0, slopes[at]);
}

exports.lowerSlope = lowerSlope;
