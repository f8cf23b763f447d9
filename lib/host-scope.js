// @ts-check
'use strict';

const { AsyncResource } = require('node:async_hooks');

const { OffloopError, errorOf } = require('./errors.js');
const { takeHostFunctions } = require('./host-function.js');
const native = require('./native.js');
const { withoutOwnFrames } = require('./stack.js');

/** @typedef {import('./binding').AnyFunction} AnyFunction */
/** @typedef {import('./host-function.js').HostEntry} HostEntry */

// What an isolate may ask of this thread, whoever owns the isolate: the functions that were given to one run, or to one
// isolate for as long as it lives, by the number under which its calls arrive.
/** @type {Map<number, HostScope>} */
const scopes = new Map();

class HostScope {
  #id;
  /** @type {Map<number, AnyFunction>} */
  #functions = new Map();
  /** Calls are made in the async context that the scope was made in. */
  #resource = new AsyncResource('offloop.host', { requireManualDestroy: true });

  /** @param {number} id unique among tasks and other scopes: `nextTaskId()` */
  constructor(id) {
    this.#id = id;
    scopes.set(id, this);
  }

  /** @param {readonly HostEntry[]} entries */
  add(entries) {
    for (const { id, fn } of entries) this.#functions.set(id, fn);
  }

  /** From now on no function of it is called, and answers under way are dropped. */
  end() {
    scopes.delete(this.#id);
    this.#functions.clear();
  }

  /**
   * Calls `fn` in the scope's async context.
   * @param {AnyFunction} fn
   * @param {unknown[]} args
   * @returns {any}
   */
  run(fn, args) {
    return this.#resource.runInAsyncScope(fn, undefined, ...args);
  }

  /** @param {HostCall} call */
  answer(call) {
    const fn = this.#functions.get(call.functionId);
    if (fn === undefined) {
      call.fail(foreign());
      return;
    }
    try {
      const result = this.run(fn, call.args);
      if (typeof result?.then === 'function') this.#follow(call, result);
      else this.#succeed(call, fn, result);
    } catch (error) {
      this.#fail(call, error);
    }
  }

  /**
   * @param {HostCall} call
   * @param {PromiseLike<unknown>} result
   */
  async #follow(call, result) {
    const fn = /** @type {AnyFunction} */ (this.#functions.get(call.functionId));
    try {
      this.#succeed(call, fn, await result);
    } catch (error) {
      this.#fail(call, error);
    }
  }

  /**
   * @param {HostCall} call
   * @param {AnyFunction} fn
   * @param {unknown} value
   */
  #succeed(call, fn, value) {
    if (!scopes.has(this.#id)) return;
    const refusal = native.answerCall(call.isolate, call.number, value);
    // An answer may hold host functions, too.
    this.add(takeHostFunctions());
    if (refusal === null) return;
    const message = `the ${refusal[1].replace(/^answer/, `answer of host function '${nameOf(fn)}'`)}`;
    const details = refusal.length > 2 ? { cause: refusal[2] } : undefined;
    call.fail(withoutOwnFrames(errorOf(refusal[0], message, details)));
  }

  /**
   * @param {HostCall} call
   * @param {unknown} error
   */
  #fail(call, error) {
    if (scopes.has(this.#id)) call.fail(error);
  }
}

/** A call that waits for its answer in an isolate. */
class HostCall {
  /**
   * @param {number} isolate
   * @param {number} number
   * @param {number} functionId
   * @param {unknown[]} args
   */
  constructor(isolate, number, functionId, args) {
    this.isolate = isolate;
    this.number = number;
    this.functionId = functionId;
    this.args = args;
  }

  /** @param {unknown} error */
  fail(error) {
    native.failCall(this.isolate, this.number, error);
  }
}

/**
 * A call has arrived.
 * @param {number} scopeId
 * @param {[isolate: number, number: number, functionId: number, args: unknown[] | undefined]} call
 */
function receiveCall(scopeId, [isolate, number, functionId, args]) {
  const call = new HostCall(isolate, number, functionId, args ?? []);
  const scope = scopes.get(scopeId);
  if (args === undefined) call.fail(unreadable());
  else if (scope === undefined) call.fail(foreign());
  else scope.answer(call);
}

/** @param {AnyFunction} fn */
function nameOf(fn) {
  return typeof fn.name === 'string' && fn.name !== '' ? fn.name : '(anonymous)';
}

function foreign() {
  return withoutOwnFrames(
    new OffloopError(
      'OFFLOOP_ERR_CLOSED',
      'this host function does not belong to the task that calls it; give it to that task',
    ),
  );
}

function unreadable() {
  return new OffloopError(
    'OFFLOOP_ERR_NOT_CLONEABLE',
    'the arguments of a host function could not be read: the main thread is out of memory',
  );
}

exports.HostScope = HostScope;
exports.receiveCall = receiveCall;
