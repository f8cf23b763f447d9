'use strict';

// The demo's two helper processes. Neither does the offloading: that happens on threads inside the server.

const { fork } = require('node:child_process');
const path = require('node:path');

const EXIT_TIMEOUT_MS = 5000;

/** @typedef {import('./arrivals.js').Arrival} Arrival */

/** A server process, told what to do one command at a time. */
class ServerProcess {
  #child;
  #port;

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {number} port
   */
  constructor(child, port) {
    this.#child = child;
    this.#port = port;
  }

  /**
   * @param {'inline' | 'offloaded'} mode
   * @param {number} threads
   */
  static async start(mode, threads) {
    const child = fork(path.join(__dirname, 'server.js'), [JSON.stringify({ mode, threads })]);
    const { port } = await nextMessage(child, `The ${mode} server`);
    return new ServerProcess(child, port);
  }

  get port() {
    return this.#port;
  }

  get pid() {
    return this.#child.pid;
  }

  /**
   * @param {'warmUp' | 'measureOffload' | 'start' | 'stop'} command
   * @param {object} [options]
   */
  async tell(command, options) {
    const reply = nextMessage(this.#child, 'The server');
    this.#child.send({ command, ...options });
    const { value, error } = await reply;
    if (error) throw new Error(`The server failed at ${command}: ${error}`);
    return value;
  }

  /** Ends the process, and fails when it does not end by itself, at once and without a crash. */
  async end() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = new Promise((resolve) =>
      this.#child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`)),
    );
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), EXIT_TIMEOUT_MS);
    this.#child.disconnect();
    const ending = await exit;
    clearTimeout(timer);
    if (ending !== 'exit code 0') {
      throw new Error(`The server did not end cleanly within ${EXIT_TIMEOUT_MS} ms: ${ending}.`);
    }
  }
}

/**
 * Sends a list of arrivals to a server and measures both sides.
 *
 * @param {ServerProcess} server
 * @param {Arrival[]} list
 * @param {(done: number) => void} onProgress
 */
async function runLoad(server, list, onProgress) {
  const child = fork(path.join(__dirname, 'load.js'));
  try {
    const ready = nextMessage(child, 'The load generator');
    child.send({ port: server.port, list });
    throwIfFailed(await ready);
    await server.tell('start');
    child.on('message', ({ progress }) => progress !== undefined && onProgress(progress));
    const finished = nextMessage(
      child,
      'The load generator',
      (message) => !('progress' in message),
    );
    child.send({ go: true });
    const message = await finished;
    const meter = await server.tell('stop');
    throwIfFailed(message);
    return { load: message.result, meter };
  } finally {
    child.kill();
  }
}

/** @param {{ error?: string }} message */
function throwIfFailed({ error }) {
  if (error) throw new Error(`The load generator failed: ${error}`);
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {string} who
 * @param {(message: any) => boolean} [wanted]
 * @returns {Promise<any>} the next message; rejects when the process ends or cannot start
 */
function nextMessage(child, who, wanted = () => true) {
  return new Promise((resolve, reject) => {
    const settle = (/** @type {() => void} */ action) => {
      child.off('message', onMessage).off('exit', onExit).off('error', onError);
      action();
    };
    const onMessage = (/** @type {any} */ message) => {
      if (wanted(message)) settle(() => resolve(message));
    };
    const onExit = (/** @type {number | null} */ code, /** @type {string | null} */ signal) =>
      settle(() => reject(new Error(`${who} ended early (${signal ?? `exit code ${code}`}).`)));
    const onError = (/** @type {Error} */ error) => settle(() => reject(error));
    child.on('message', onMessage).on('exit', onExit).on('error', onError);
  });
}

module.exports = { ServerProcess, runLoad };
