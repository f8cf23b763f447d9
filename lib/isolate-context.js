// @ts-check
'use strict';

const { invalidType } = require('./errors.js');
const { readCodeOptions } = require('./isolate-options.js');
const {
  Operation,
  checkCode,
  checkGlobalName,
  disposedError,
  kOperate,
  kRunIn,
} = require('./isolate-operation.js');
const { hidingOwnFrames } = require('./stack.js');

/** @typedef {import('./binding').AnyFunction} AnyFunction */
/** @typedef {import('./isolate.js').Isolate} Isolate */

const EVALUATE_OPTIONS = ['filename', 'timeout', 'signal'];

/** Only `isolate.createContext()` makes contexts. @type {unique symbol} */
const kMake = Symbol('offloop.makeContext');

/** A context of an isolate beside its first: globals of its own, the same memory limit. */
class IsolateContext {
  #isolate;
  #id;
  #disposed = false;

  /**
   * @param {unknown} key
   * @param {Isolate} isolate
   * @param {number} id
   */
  constructor(key, isolate, id) {
    if (key !== kMake) {
      throw invalidType(
        'an IsolateContext',
        undefined,
        'made by isolate.createContext(): its constructor is not for users',
      );
    }
    this.#isolate = isolate;
    this.#id = id;
  }

  /**
   * The id of a context of this isolate.
   * @param {unknown} context
   * @param {Isolate} isolate
   * @returns {number}
   */
  static idOf(context, isolate) {
    const expectation = 'a context that createContext() of this isolate made';
    if (typeof context !== 'object' || context === null || !(#isolate in context)) {
      throw invalidType("option 'context'", context, expectation);
    }
    if (context.#isolate !== isolate) {
      throw invalidType("option 'context'", context, `${expectation}, not one of another isolate`);
    }
    return context.#usableId();
  }

  #usableId() {
    if (this.#disposed) throw disposedError('context', 'it was disposed of');
    return this.#id;
  }

  /**
   * @param {AnyFunction} fn
   * @param {unknown[]} [args]
   * @param {unknown} [options]
   * @returns {Promise<any>}
   */
  async run(fn, args, options) {
    return this.#isolate[kRunIn](
      hidingOwnFrames(() => this.#usableId()),
      fn,
      args,
      options,
      this,
    );
  }

  /**
   * @param {string} code
   * @param {unknown} [options]
   * @returns {Promise<any>}
   */
  async evaluate(code, options) {
    return hidingOwnFrames(() => {
      const context = this.#usableId();
      const { filename, timeout, signal } = readCodeOptions(
        options,
        EVALUATE_OPTIONS,
        'context.evaluate()',
      );
      const kind = Operation.EVALUATE;
      const text = checkCode(code);
      return this.#isolate[kOperate]({
        kind,
        context,
        text,
        filename,
        timeout,
        signal,
        owner: this,
      });
    });
  }

  /**
   * @param {string} name
   * @param {unknown} value
   * @returns {Promise<void>}
   */
  async set(name, value) {
    return hidingOwnFrames(() => {
      const context = this.#usableId();
      const text = checkGlobalName(name);
      return this.#isolate[kOperate]({ kind: Operation.SET, context, text, value, owner: this });
    });
  }

  /**
   * @param {string} name
   * @returns {Promise<any>}
   */
  async get(name) {
    return hidingOwnFrames(() => {
      const context = this.#usableId();
      const text = checkGlobalName(name);
      return this.#isolate[kOperate]({ kind: Operation.GET, context, text, owner: this });
    });
  }

  /** @returns {Promise<void>} */
  async dispose() {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#isolate.disposed) return;
    await this.#isolate[kOperate]({ kind: Operation.DROP_CONTEXT, context: this.#id });
  }
}

// Node 20 has the symbol of its own; a runtime without it cannot say `await using` either.
if (typeof Symbol.asyncDispose === 'symbol') {
  Object.defineProperty(IsolateContext.prototype, Symbol.asyncDispose, {
    value: /** @this {IsolateContext} */ function asyncDispose() {
      return this.dispose();
    },
    writable: true,
    configurable: true,
  });
}

/**
 * @param {Isolate} isolate
 * @param {number} id
 */
function makeContext(isolate, id) {
  return new IsolateContext(kMake, isolate, id);
}

exports.IsolateContext = IsolateContext;
exports.makeContext = makeContext;
