// @ts-check
'use strict';

const { errorOf } = require('./errors.js');
const { hold, release } = require('./keep-alive.js');
const { withoutOwnFrames } = require('./stack.js');

/**
 * Requests that the native side has not answered, by id.
 * @type {Map<number, (refusal: [code: string, message: string] | undefined) => void>}
 */
const requests = new Map();

let lastId = 0;

/**
 * Asks the native side for something about a pool's isolates as a whole. Until it is answered it
 * keeps the process alive, as a task does.
 * @param {(id: number) => void} ask
 * @returns {Promise<void>}
 */
function requestOf(ask) {
  return new Promise((resolve, reject) => {
    lastId += 1;
    const id = lastId;
    requests.set(id, (refusal) => {
      if (refusal === undefined) resolve();
      else reject(withoutOwnFrames(errorOf(refusal[0], refusal[1])));
    });
    hold();
    ask(id);
  });
}

/**
 * Settles a request, once.
 * @param {number} id
 * @param {[code: string, message: string] | undefined} refusal undefined: it is done
 */
function answer(id, refusal) {
  const settle = requests.get(id);
  if (settle === undefined) return;
  requests.delete(id);
  release();
  settle(refusal);
}

exports.requestOf = requestOf;
exports.answer = answer;
