// @ts-check
'use strict';

const { Measurement } = require('./measurement.js');
const { integer, ownOptions } = require('./options.js');
const { hidingOwnFrames } = require('./stack.js');

/**
 * @typedef {object} MeasureSettings
 * @property {number} resolutionMs
 * @property {number} probeIntervalMs
 */

const DEFAULTS = Object.freeze({ resolutionMs: 10, probeIntervalMs: 250 });
const NAMES = Object.keys(DEFAULTS);
const MOST_MS = 60_000;
const LEAST_PROBE_INTERVAL_MS = 20;

/**
 * Starts sampling this process and this thread's event loop; never keeps the process alive.
 * @param {unknown} [options]
 */
function measure(options) {
  return new Measurement(hidingOwnFrames(() => readMeasureOptions(options)));
}

/**
 * @param {unknown} options
 * @returns {MeasureSettings}
 */
function readMeasureOptions(options) {
  const given = ownOptions(options, NAMES, 'measure()');
  const { resolutionMs = DEFAULTS.resolutionMs, probeIntervalMs = DEFAULTS.probeIntervalMs } =
    given;
  return {
    resolutionMs: integer('resolutionMs', resolutionMs, 1, MOST_MS),
    probeIntervalMs: integer('probeIntervalMs', probeIntervalMs, LEAST_PROBE_INTERVAL_MS, MOST_MS),
  };
}

exports.measure = measure;
