// @ts-check
'use strict';

const { invalidType } = require('./errors.js');
const { IsolateContext } = require('./isolate-context.js');
const { readCodeOptions } = require('./isolate-options.js');
const { MAIN_CONTEXT, Operation, kOperate } = require('./isolate-operation.js');
const { hidingOwnFrames } = require('./stack.js');

/** @typedef {import('./isolate.js').Isolate} Isolate */

const RUN_OPTIONS = ['timeout', 'signal'];

/** Only `isolate.compile()` makes scripts. @type {unique symbol} */
const kMake = Symbol('offloop.makeScript');

/** Code that an isolate has compiled, to be run in any of its contexts, any number of times. */
class Script {
  #isolate;
  #id;

  /**
   * @param {unknown} key
   * @param {Isolate} isolate
   * @param {number} id
   */
  constructor(key, isolate, id) {
    if (key !== kMake) {
      throw invalidType(
        'a Script',
        undefined,
        'made by isolate.compile(): its constructor is not for users',
      );
    }
    this.#isolate = isolate;
    this.#id = id;
  }

  /**
   * @param {IsolateContext} [context]
   * @param {unknown} [options]
   * @returns {Promise<any>}
   */
  async run(context, options) {
    return hidingOwnFrames(() => {
      const kind = Operation.RUN_SCRIPT;
      const { timeout, signal } = readCodeOptions(options, RUN_OPTIONS, 'script.run()');
      const place =
        context === undefined ? MAIN_CONTEXT : IsolateContext.idOf(context, this.#isolate);
      const script = this.#id;
      const owner = [this, context];
      return this.#isolate[kOperate]({ kind, script, context: place, timeout, signal, owner });
    });
  }
}

/**
 * @param {Isolate} isolate
 * @param {number} id
 */
function makeScript(isolate, id) {
  return new Script(kMake, isolate, id);
}

exports.Script = Script;
exports.makeScript = makeScript;
