// @ts-check
'use strict';

const os = require('node:os');
const { performance } = require('node:perf_hooks');
const v8 = require('node:v8');
const { isMainThread } = require('node:worker_threads');

const native = require('./native.js');

/** @typedef {import('../index.js').HostFacts} HostFacts */
/** @typedef {import('./binding').Binding} Binding */

/** The kernel's own averages are of 10 seconds, and whoever asks often must not pay for it. */
const LIFETIME_MS = 10_000;

const names = native.hostVariables();

/** @type {HostFacts | undefined} */
let facts;
let readAt = 0;

/** What this process may use, and where each fact comes from. Read once, and again after 10 seconds. */
function hostFacts() {
  return hostFactsAt(performance.now());
}

/** @param {number} now milliseconds of a clock that only goes forward */
function hostFactsAt(now) {
  if (facts === undefined || now - readAt >= LIFETIME_MS) {
    facts = readHostFacts();
    readAt = now;
  }
  return facts;
}

/** Reads again now, whatever the age of what is known. */
function rereadHostFacts() {
  facts = undefined;
  return hostFacts();
}

/**
 * @param {string} [root] a folder that stands for `/`
 * @param {Partial<Parameters<Binding['readHost']>[0]>} [runtime] instead of what this process is
 * @returns {HostFacts}
 */
function readHostFacts(root, runtime) {
  const read = native.readHost({ ...currentRuntime(), ...runtime }, root);
  for (const fact of Object.values(read)) Object.freeze(fact);
  // The seam's types say number, boolean or string for each.
  return Object.freeze(/** @type {any} */ (read));
}

/**
 * Counters now, for the difference of two readings; `null` is what this machine does not tell.
 * @param {string} [root] a folder that stands for `/`
 */
function hostCounters(root) {
  return native.hostCounters(root);
}

function currentRuntime() {
  const cluster = isMainThread ? loadedCluster() : undefined;
  return {
    platform: process.platform,
    mainThread: isMainThread,
    clusterWorker: cluster?.isWorker === true,
    clusterWorkers: Object.keys(cluster?.workers ?? {}).length,
    heapSizeLimit: v8.getHeapStatistics().heap_size_limit,
    totalMemory: os.totalmem(),
    variables: variables(),
  };
}

/**
 * `node:cluster`, unless nobody has loaded it: then it has no workers and is none, and loading it costs
 * more than all the facts.
 */
function loadedCluster() {
  const loaded = /** @type {{ moduleLoadList?: unknown }} */ (process).moduleLoadList;
  if (Array.isArray(loaded) && !loaded.includes('NativeModule cluster')) return undefined;
  return /** @type {import('node:cluster').Cluster} */ (
    /** @type {unknown} */ (require('node:cluster'))
  );
}

function variables() {
  /** @type {Record<string, string>} */
  const found = {};
  for (const name of names) {
    const value = process.env[name];
    if (typeof value === 'string') found[name] = value;
  }
  return found;
}

/**
 * The number that a fact has, unless it is unknown or there is none.
 * @param {{ value: unknown }} fact
 */
function numberOf(fact) {
  return typeof fact.value === 'number' ? fact.value : undefined;
}

exports.hostFacts = hostFacts;
exports.hostFactsAt = hostFactsAt;
exports.rereadHostFacts = rereadHostFacts;
exports.readHostFacts = readHostFacts;
exports.hostCounters = hostCounters;
exports.numberOf = numberOf;
