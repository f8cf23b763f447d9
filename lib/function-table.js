// @ts-check
'use strict';

const { strictError } = require('./captures.js');
const { readContext } = require('./context.js');
const { errorOf } = require('./errors.js');
const { describeFunction, compiledSource, nameOf } = require('./function-source.js');
const { takeHostFunctions } = require('./host-function.js');
const { modulesFrom } = require('./modules-from.js');

/** @typedef {import('./binding').AnyFunction} AnyFunction */
/** @typedef {import('./context.js').Context} Context */

/**
 * A function read and judged, independent of any pool.
 * @typedef {object} PreparedFunction
 * @property {string} key the same for every closure made at one place of the source
 * @property {string} name
 * @property {import('./binding').CompiledSource} source
 * @property {Context | null} context
 * @property {import('./binding').FunctionDescription} described
 * @property {import('./binding').TravelReport[]} travels with it, unasked
 */

/** @typedef {Pick<import('./binding').NativePool, 'define' | 'forget'>} FunctionStore a pool or an isolate */

/** @type {string[]} */
const NO_NAMES = [];
const WHAT = 'function';

const MAX_FUNCTIONS = 4096;
const MAX_REMEMBERED_CLOSURES = 16;

let lastFunctionId = 0;

/** A function that a pool's native side knows by its id. */
class TableEntry {
  /**
   * @param {number} id
   * @param {PreparedFunction} prepared
   */
  constructor(id, { key, name, context, described, travels }) {
    this.id = id;
    this.key = key;
    this.context = context;
    /** Kept where something travels that `captures: 'strict'` refuses. */
    this.unasked = travels.length === 0 ? null : { name, described, travels };
    this.inFlight = 0;
    /** Function objects that lead to it. */
    this.remembered = 0;
    /** False once the native side has forgotten it. */
    this.live = true;
  }
}

/**
 * @param {AnyFunction} fn
 * @param {object | undefined} context
 * @param {string | undefined} from the option
 * @returns {PreparedFunction}
 */
function prepareFunction(fn, context, from) {
  return prepareIdentified(fn, identify(fn, context, from));
}

/**
 * @param {AnyFunction} fn
 * @param {object | undefined} given
 * @param {string | undefined} asked
 */
function identify(fn, given, asked) {
  const described = describeFunction(fn, WHAT);
  const context = given === undefined ? null : readContext(given);
  const { scriptId, line, column, text } = described;
  const from = modulesFrom(described, asked);
  const contextId = context === null ? 0 : context.spec.id;
  const key = `${scriptId}:${line}:${column}:${text.length}:${contextId}:${from}`;
  return { key, described, context, from };
}

/**
 * @param {AnyFunction} fn
 * @param {ReturnType<typeof identify>} identified
 * @returns {PreparedFunction}
 */
function prepareIdentified(fn, { key, described, context, from }) {
  const names = context === null ? NO_NAMES : context.names;
  const { source, travels } = compiledSource(fn, described, names, WHAT, from);
  return { key, name: nameOf(fn) || '(anonymous)', source, context, described, travels };
}

/**
 * Throws when something would travel with the function that nobody passed to it.
 * @param {Pick<PreparedFunction, 'name' | 'described' | 'travels'>} prepared
 */
function refuseUnasked({ name, described, travels }) {
  if (travels.length > 0) throw strictError(name, described, travels);
}

/**
 * The functions that one pool's isolates know, the least recently used dropped beyond a bound. A
 * function is read once: known by its object, else by its place in the source and its context.
 */
class FunctionTable {
  /** @type {FunctionStore} */
  #native;
  #limit;
  /** @type {WeakMap<AnyFunction, TableEntry>} */
  #byFunction = new WeakMap();
  /** @type {WeakMap<object, WeakMap<AnyFunction, TableEntry>>} */
  #byContext = new WeakMap();
  /** Oldest use first. @type {Map<string, TableEntry>} */
  #byKey = new Map();
  /** @type {TableEntry | undefined} */
  #latest = undefined;

  /**
   * @param {FunctionStore} native
   * @param {number} [limit]
   */
  constructor(native, limit = MAX_FUNCTIONS) {
    this.#native = native;
    this.#limit = limit;
  }

  get size() {
    return this.#byKey.size;
  }

  /**
   * The entry for a task that is about to be submitted. Throws what refuses the function.
   * @param {AnyFunction} fn
   * @param {object | undefined} context
   * @param {PreparedFunction | undefined} prepared
   * @param {string | undefined} from
   * @returns {TableEntry}
   */
  entryFor(fn, context, prepared, from) {
    // Who says from where its modules come does so rarely: by its place it is found, too.
    if (from !== undefined) return this.#find(fn, context, prepared, from);
    const byFunction = context === undefined ? this.#byFunction : this.#functionsOf(context);
    const known = byFunction.get(fn);
    if (known !== undefined && known.live) {
      if (known !== this.#latest) this.#touch(known);
      return known;
    }
    const entry = this.#find(fn, context, prepared, from);
    // A closure that is made anew for each run is known by its place; remembering each would cost
    // more than it saves.
    if (entry.remembered < MAX_REMEMBERED_CLOSURES) {
      entry.remembered += 1;
      byFunction.set(fn, entry);
    }
    return entry;
  }

  /** A task of the entry was accepted. @param {TableEntry} entry */
  started(entry) {
    entry.inFlight += 1;
  }

  /** A task of the entry has settled. @param {TableEntry} entry */
  ended(entry) {
    entry.inFlight -= 1;
    // More functions than the bound were in flight at once: shrink as they end.
    if (this.#byKey.size > this.#limit && entry.inFlight === 0 && entry.live) this.#forget(entry);
  }

  /** @param {object} context */
  #functionsOf(context) {
    let functions = this.#byContext.get(context);
    if (functions === undefined) {
      functions = new WeakMap();
      this.#byContext.set(context, functions);
    }
    return functions;
  }

  /**
   * @param {AnyFunction} fn
   * @param {object | undefined} context
   * @param {PreparedFunction | undefined} prepared
   * @param {string | undefined} from
   */
  #find(fn, context, prepared, from) {
    if (prepared !== undefined) {
      const same = this.#byKey.get(prepared.key);
      return same === undefined ? this.#define(prepared) : this.#touch(same);
    }
    const identified = identify(fn, context, from);
    const same = this.#byKey.get(identified.key);
    return same === undefined ? this.#define(prepareIdentified(fn, identified)) : this.#touch(same);
  }

  /** @param {PreparedFunction} prepared */
  #define(prepared) {
    const { key, name, source, context } = prepared;
    lastFunctionId += 1;
    const entry = new TableEntry(lastFunctionId, prepared);
    const refusal = this.#native.define(
      entry.id,
      name,
      source,
      context === null ? null : context.spec,
    );
    if (refusal !== null) {
      throw errorOf(refusal[0], namedInContext(refusal[1], context), causeOf(refusal));
    }
    if (context !== null) {
      for (const met of takeHostFunctions()) context.hostFunctions.add(met);
    }
    this.#makeRoom();
    this.#byKey.set(key, entry);
    this.#latest = entry;
    return entry;
  }

  /** @param {TableEntry} entry */
  #touch(entry) {
    this.#byKey.delete(entry.key);
    this.#byKey.set(entry.key, entry);
    this.#latest = entry;
    return entry;
  }

  /** Drops the oldest entry when the table is full; one in use counts as used now. */
  #makeRoom() {
    if (this.#byKey.size < this.#limit) return;
    let looked = 0;
    for (const entry of this.#byKey.values()) {
      if (entry.inFlight === 0) {
        this.#forget(entry);
        return;
      }
      this.#touch(entry);
      looked += 1;
      if (looked === 8) return;
    }
  }

  /** @param {TableEntry} entry */
  #forget(entry) {
    this.#byKey.delete(entry.key);
    entry.live = false;
    if (this.#latest === entry) this.#latest = undefined;
    this.#native.forget(entry.id);
  }
}

/**
 * `context[1].list` → `context.table.list`: the native side knows the values by their place only.
 * @param {string} message
 * @param {Context | null} context
 */
function namedInContext(message, context) {
  if (context === null) return message;
  return message.replace(/\bcontext\[(\d+)\]/, (found, index) => {
    const name = context.spec.names[Number(index)];
    return name === undefined ? found : `context.${name}`;
  });
}

/**
 * @param {import('./binding').Refusal} refusal
 * @returns {{ cause: unknown } | undefined}
 */
function causeOf(refusal) {
  return refusal.length > 2 && refusal[2] !== undefined ? { cause: refusal[2] } : undefined;
}

exports.FunctionTable = FunctionTable;
exports.TableEntry = TableEntry;
exports.prepareFunction = prepareFunction;
exports.refuseUnasked = refuseUnasked;
exports.causeOf = causeOf;
