'use strict';

const os = require('node:os');

const { MINIMUM_ROUNDS, POOL_THREADS } = require('./settings.js');

/**
 * @param {Record<string, string>} versions
 * @param {number} rounds
 */
function environment(versions, rounds) {
  return {
    date: new Date().toISOString(),
    node: process.version,
    v8: process.versions.v8,
    platform: `${process.platform}-${process.arch}, ${os.release()}`,
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    loadAverage: Number(os.loadavg()[0].toFixed(2)),
    poolThreads: POOL_THREADS,
    rounds,
    versions,
  };
}

/** @param {any} results */
function text({ environment: facts, cases, seconds }) {
  const versions = Object.entries(facts.versions).map(([name, version]) => `${name} ${version}`);
  const lines = [
    `${versions.join(', ')}`,
    `Node ${facts.node} (V8 ${facts.v8}), ${facts.platform}`,
    `${facts.cpu}, ${facts.cores} cores, ${facts.memoryGb} GB; load average ${facts.loadAverage} at the start`,
    `Pool of ${facts.poolThreads} threads, ${facts.rounds} rounds${facts.rounds < MINIMUM_ROUNDS ? ` (fewer than ${MINIMUM_ROUNDS}: too few to rely on)` : ''}, a fresh process for each measurement, pools interleaved.`,
  ];
  for (const { title, unit, target, pools, verdict } of cases) {
    lines.push('', `${title} (${unit}): median [min … max]`);
    const width = Math.max(...Object.keys(pools).map((name) => name.length));
    for (const [name, { median, min, max, parts }] of Object.entries(pools)) {
      const made = parts.map((/** @type {any} */ part) => `${part.label} ${figure(part.median)}`);
      lines.push(
        `  ${name.padEnd(width)}  ${figure(median).padStart(9)}  [${figure(min)} … ${figure(max)}]${made.length > 0 ? `   ${made.join(', ')}` : ''}`,
      );
    }
    if (verdict) lines.push(`  ${ratio(target, verdict, unit)}`);
  }
  const judged = cases.filter((/** @type {any} */ { verdict }) => verdict);
  const met = judged.filter((/** @type {any} */ { verdict }) => verdict.met).length;
  lines.push('', `${met} of ${judged.length} targets met, ${seconds.toFixed(0)} s.`);
  return lines.join('\n');
}

/**
 * @param {import('./judge.js').Target} target
 * @param {{ value: number, best: string | null, met: boolean }} verdict
 * @param {string} unit
 */
function ratio(target, { value, best, met }, unit) {
  const measured = `${value.toFixed(value < 2 ? 3 : 2)}${best === null ? ` ${unit}` : `× ${best}`}`;
  return `offloop: ${measured}, target ${target.text}: ${met ? 'ok' : 'MISSED'}`;
}

/** @param {number} value */
function figure(value) {
  return value >= 1000
    ? Math.round(value).toLocaleString('en-US')
    : value.toFixed(value < 10 ? 2 : 1);
}

module.exports = { environment, text };
