// @ts-check
'use strict';

const { AsyncResource } = require('node:async_hooks');
const { channel, tracingChannel } = require('node:diagnostics_channel');

// Made once: a channel keeps its subscribers only as long as somebody holds it.
const poolCreate = channel('offloop:pool:create');
const poolClose = channel('offloop:pool:close');
const isolateCreate = channel('offloop:isolate:create');
const isolateDestroy = channel('offloop:isolate:destroy');

const { start, end, asyncStart, asyncEnd, error } = tracingChannel('offloop:run');

/** @typedef {import('../index.js').RunMessage} RunMessage */

/** Whether anybody follows runs. Asked before each run: it must cost next to nothing. */
function runsAreTraced() {
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  );
}

/** One run that somebody follows: one message from its start to its end. */
class RunTrace {
  #message;
  /** The caller's async context, with what stores were bound to `start`. */
  #scope;

  /** @param {RunMessage} message */
  constructor(message) {
    this.#message = message;
    this.#scope = new AsyncResource('offloop.run');
  }

  /**
   * Publishes `start`, calls `submit`, publishes `end`. What `submit` throws becomes a rejection.
   * @param {RunMessage} message
   * @param {(trace: RunTrace) => Promise<any>} submit
   * @returns {Promise<any>}
   */
  static follow(message, submit) {
    return start.runStores(message, () => {
      const trace = new RunTrace(message);
      try {
        return submit(trace);
      } catch (refusal) {
        return trace.#refused(refusal);
      } finally {
        end.publish(message);
      }
    });
  }

  /**
   * What the task's thread says of it, in milliseconds.
   * @param {number} waitMs
   * @param {number} runMs
   */
  timed(waitMs, runMs) {
    this.#message.waitMs = waitMs;
    this.#message.runMs = runMs;
  }

  /**
   * @param {unknown} result
   * @param {(result: unknown) => void} resolve the caller's promise
   */
  resolved(result, resolve) {
    this.#message.result = result;
    this.#scope.runInAsyncScope(() => {
      asyncStart.publish(this.#message);
      resolve(result);
      asyncEnd.publish(this.#message);
    });
  }

  /** The caller's promise rejects with it right afterwards. @param {unknown} failure */
  rejected(failure) {
    this.#message.error = failure;
    this.#scope.runInAsyncScope(() => {
      error.publish(this.#message);
      asyncStart.publish(this.#message);
      asyncEnd.publish(this.#message);
    });
  }

  /** A refused run has the same messages as one that fails. @param {unknown} refusal */
  async #refused(refusal) {
    await undefined;
    this.rejected(refusal);
    throw refusal;
  }
}

exports.poolCreate = poolCreate;
exports.poolClose = poolClose;
exports.isolateCreate = isolateCreate;
exports.isolateDestroy = isolateDestroy;
exports.runsAreTraced = runsAreTraced;
exports.RunTrace = RunTrace;
