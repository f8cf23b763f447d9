// @ts-check
'use strict';

const { refusedOption } = require('./errors.js');
const { functionIn, listOf, pathOf } = require('./module-file.js');
const { makeOffloaded } = require('./offloaded.js');
const { RunSettings, readRunOptions } = require('./options.js');

/** @typedef {import('./options.js').RunSettings} Settings */

/** An object with a method of this name is taken for a promise wherever it is awaited. */
const THENABLE = 'then';

/**
 * The functions that a file exports, each running in an isolate, where the file is loaded.
 * @param {unknown} file
 * @param {unknown} options
 * @param {import('./offloaded.js').RunPrepared} run
 * @returns {Promise<Record<string, import('./binding').AnyFunction>>}
 */
async function load(file, options, run) {
  const path = pathOf(file, "argument 'file'");
  const settings = readRunOptions(options);
  refuseOwnScope(settings);
  const { fn, prepared } = listOf(path);
  /** @type {[name: string, length: number][]} */
  const listed = await run(fn, [], settingsOfLoading(settings), prepared);
  const loaded = Object.create(null);
  for (const [name, length] of listed) {
    if (name === THENABLE) continue;
    const exported = functionIn(path, name, length);
    loaded[name] = makeOffloaded(exported.fn, options, run, (_, given) => {
      refuseOwnScope(given);
      return exported.prepared;
    });
  }
  return Object.freeze(loaded);
}

/** What is for the arguments, the result and the progress of calls does not concern loading. @param {Readonly<Settings>} given */
function settingsOfLoading(given) {
  const { signal, timeout, queueTimeout, cpuTimeout, priority, name } = given;
  return Object.assign(new RunSettings(), {
    signal,
    timeout,
    queueTimeout,
    cpuTimeout,
    priority,
    name,
  });
}

/**
 * What says what a function that travels by its source sees. One of a file sees that file.
 * @param {Readonly<Pick<Settings, 'context' | 'from'>>} settings
 */
function refuseOwnScope({ context, from }) {
  if (context !== undefined) {
    throw refusedOption(
      'context',
      "option 'context' gives names to a function that travels by its source; one of a file sees that file's own: " +
        'pass an argument, or use workerData',
    );
  }
  if (from !== undefined) {
    throw refusedOption(
      'from',
      "option 'from' says where a function that travels by its source finds modules; one of a file finds them from that file",
    );
  }
}

exports.load = load;
exports.refuseOwnScope = refuseOwnScope;
