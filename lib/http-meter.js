// @ts-check
'use strict';

const { subscribe, unsubscribe } = require('node:diagnostics_channel');

const { LogHistogram } = require('./log-histogram.js');

// Node's own HTTP and HTTPS servers tell of every request and of every response that was sent completely. An aborted
// response never finishes: it is no request served, and its time would say when the client lost patience.

const START = 'http.server.request.start';
const FINISH = 'http.server.response.finish';
// The meter's own time is taken from one call in so many.
const SAMPLE = 64;

/** @type {Set<HttpMeter>} */
const meters = new Set();

/**
 * When a response's request came, on the response: a WeakMap costs three times as much, most of it in collections.
 * @type {unique symbol}
 */
const kBegan = Symbol('offloop.began');
let calls = 0;
let ownMs = 0;

/** @param {any} message */
function onStart({ response }) {
  const now = performance.now();
  response[kBegan] = now;
  account(now);
}

/** @param {any} message */
function onFinish({ response }) {
  const now = performance.now();
  const began = response[kBegan];
  for (const meter of meters) meter.finished(began === undefined ? undefined : now - began);
  account(now);
}

/** @param {number} begun */
function account(begun) {
  calls += 1;
  if (calls % SAMPLE === 0) ownMs += (performance.now() - begun) * SAMPLE;
}

/** Requests that this thread's HTTP servers have finished, and how long they took. */
class HttpMeter {
  #latencies = new LogHistogram();
  #ownBefore = ownMs;
  requests = 0;

  constructor() {
    if (meters.size === 0) {
      subscribe(START, onStart);
      subscribe(FINISH, onFinish);
    }
    meters.add(this);
  }

  /** @param {number | undefined} ms undefined: it began before anything was measured */
  finished(ms) {
    this.requests += 1;
    if (ms !== undefined) this.#latencies.record(ms);
  }

  read() {
    return {
      requests: this.requests,
      latencies: this.#latencies.distribution(),
      ownMs: ownMs - this.#ownBefore,
    };
  }

  stop() {
    if (!meters.delete(this) || meters.size > 0) return;
    unsubscribe(START, onStart);
    unsubscribe(FINISH, onFinish);
  }
}

exports.HttpMeter = HttpMeter;
