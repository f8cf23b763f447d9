'use strict';

// What advise() makes of the inline run, and what it predicted for the run that came after.

const { advise } = require('..');

const SHOWN = ['none', 'offload', 'cluster'];

/**
 * @typedef {object} Observed
 * @property {import('./arrivals.js').Arrival[]} list
 * @property {number} seconds
 * @property {any} inline
 * @property {any} offloaded
 * @property {import('..').OffloadMeasurement} heavy
 */

/**
 * The question that an operator of this server could ask: the rates are those of the load, the rest was measured.
 * @param {Observed} observed
 */
function adviceOn({ list, seconds, inline, heavy }) {
  const requestsPerSecond = list.length / seconds;
  const heavyPerSecond = list.filter(({ route }) => route === 'heavy').length / seconds;
  const cpuMsPerRequest = (1000 * inline.meter.utilization) / requestsPerSecond;
  return advise(
    { requestsPerSecond, cpuMsPerRequest },
    {
      evidence: {
        ...inline.meter.evidence,
        functions: [{ ...heavy, callsPerSecond: heavyPerSecond }],
      },
    },
  );
}

/**
 * @param {Observed} observed
 * @returns {Promise<string>}
 */
async function showAdvice(observed) {
  const advice = adviceOn(observed);
  const predictions = await advice.predict();
  const measured = { none: observed.inline, offload: observed.offloaded };
  const rows = predictions
    .filter(({ strategy }) => SHOWN.includes(strategy))
    .map(({ strategy, lightP99Ms, p99Ms }) => {
      const run = measured[/** @type {keyof typeof measured} */ (strategy)];
      const predicted = `light ${showEstimate(lightP99Ms)}, all ${showEstimate(p99Ms)}`;
      return `  ${strategy.padEnd(8)} predicted p99: ${predicted}${run === undefined ? '' : `; measured: light ${run.load.light.p99.toFixed(1)} ms`}`;
    });
  return [
    'What advise() says of the inline run, without having seen the other:',
    advice.explain(),
    `  ${observed.heavy.text}`,
    ...rows,
  ].join('\n');
}

/** @param {import('..').Estimate | null} estimate */
function showEstimate(estimate) {
  if (estimate === null) return 'without end';
  const { value, low, high } = estimate;
  return `${value.toFixed(1)} ms (${low.toFixed(1)}–${Number.isFinite(high) ? high.toFixed(1) : '∞'})`;
}

module.exports = { adviceOn, showAdvice };
