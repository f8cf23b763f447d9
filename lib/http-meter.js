// @ts-check
'use strict';

const { subscribe, unsubscribe } = require('node:diagnostics_channel');

const { LogHistogram } = require('./log-histogram.js');

// Node's own HTTP and HTTPS servers tell of every request and of every response that was sent completely. An aborted
// response never finishes: it is no request served, and its time would say when the client lost patience.

const START = 'http.server.request.start';
const FINISH = 'http.server.response.finish';
// The meter's own time is taken from one call in so many. The longest of these are left out: another process had the
// CPU meanwhile.
const SAMPLE = 61;
const ORDINARY = 0.99;
const US_PER_MS = 1000;

// So many requests are timed each; of a server that has more, one of seven: enough for a percentile.
const ALL_TIMED = 500;
const TIMED_OF = 7;

/** @type {Set<HttpMeter>} */
const meters = new Set();

/**
 * When a response's request came, on the response: a WeakMap costs three times as much, most of it in collections.
 * @type {unique symbol}
 */
const kBegan = Symbol('offloop.began');
let seen = 0;
let calls = 0;
/** In µs: a call takes less than the shortest that is told apart in ms. */
const sampled = new LogHistogram();

/** @param {any} message */
function onStart({ response }) {
  const begun = sampleBegins();
  seen += 1;
  if (seen <= ALL_TIMED || seen % TIMED_OF === 0) response[kBegan] = performance.now();
  sampleEnds(begun);
}

/** @param {any} message */
function onFinish({ response }) {
  const begun = sampleBegins();
  const began = response[kBegan];
  const ms = began === undefined ? undefined : performance.now() - began;
  for (const meter of meters) meter.finished(ms);
  sampleEnds(begun);
}

function sampleBegins() {
  calls += 1;
  return calls % SAMPLE === 0 ? performance.now() : 0;
}

/** @param {number} begun */
function sampleEnds(begun) {
  if (begun > 0) sampled.record((performance.now() - begun) * US_PER_MS);
}

/** What a call takes, on average. */
function callMs() {
  const all = sampled.distribution();
  const longest = all.from(all.quantile(ORDINARY) ?? 0);
  const ordinary = all.size - longest.size;
  const us = ordinary === 0 ? (all.quantile(0.5) ?? 0) : (all.total - longest.total) / ordinary;
  return us / US_PER_MS;
}

/** Requests that this thread's HTTP servers have finished, and how long they took. */
class HttpMeter {
  #latencies = new LogHistogram();
  #callsBefore = calls;
  requests = 0;

  constructor() {
    if (meters.size === 0) {
      seen = 0;
      subscribe(START, onStart);
      subscribe(FINISH, onFinish);
    }
    meters.add(this);
  }

  /** @param {number | undefined} ms undefined: it was not timed */
  finished(ms) {
    this.requests += 1;
    if (ms !== undefined) this.#latencies.record(ms);
  }

  read() {
    return {
      requests: this.requests,
      latencies: this.#latencies.distribution(),
      ownMs: (calls - this.#callsBefore) * callMs(),
    };
  }

  stop() {
    if (!meters.delete(this) || meters.size > 0) return;
    unsubscribe(START, onStart);
    unsubscribe(FINISH, onFinish);
  }
}

exports.HttpMeter = HttpMeter;
