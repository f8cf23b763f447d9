// @ts-check
'use strict';

const { constants } = require('node:buffer');
const os = require('node:os');

/**
 * @typedef {object} ProcessFacts
 * @property {NodeJS.ProcessEnv} env a copy by the time that it is text
 * @property {string | undefined} cwd undefined when it is gone
 * @property {Record<string, unknown>} os
 */

/**
 * What `process` and `os` of a task say: how it was when the pool was made, in a form that JSON keeps.
 * @param {NodeJS.ProcessEnv} [env] another environment than the process's
 * @returns {ProcessFacts & Record<string, unknown>}
 */
function processFacts(env = process.env) {
  return {
    started: performance.timeOrigin,
    version: process.version,
    versions: process.versions,
    release: process.release,
    features: process.features,
    arch: process.arch,
    platform: process.platform,
    title: process.title,
    argv: process.argv,
    argv0: process.argv0,
    execArgv: process.execArgv,
    execPath: process.execPath,
    env,
    pid: process.pid,
    ppid: process.ppid,
    uid: process.getuid?.(),
    gid: process.getgid?.(),
    euid: process.geteuid?.(),
    egid: process.getegid?.(),
    cwd: orUndefined(() => process.cwd()),
    os: osFacts(),
    osConstants: os.constants,
    buffer: constants,
  };
}

function osFacts() {
  return {
    cpus: os.cpus(),
    endianness: os.endianness(),
    homedir: orUndefined(() => os.homedir()),
    hostname: orUndefined(() => os.hostname()),
    machine: os.machine(),
    parallelism: os.availableParallelism(),
    release: os.release(),
    tmpdir: os.tmpdir(),
    totalmem: os.totalmem(),
    type: os.type(),
    user: orUndefined(() => os.userInfo()),
    version: os.version(),
  };
}

/**
 * The working directory may be gone, the user may have no name, the home may be unknown.
 * @template T
 * @param {() => T} ask
 * @returns {T | undefined}
 */
function orUndefined(ask) {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

exports.processFacts = processFacts;
/** The text that tasks read. */
exports.processFactsText = (/** @type {NodeJS.ProcessEnv} */ env = process.env) =>
  JSON.stringify(processFacts(env));
