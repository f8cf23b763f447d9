'use strict';

// Runs the same code in Node and in a task, with the same random numbers, and says what came out differently.

const fs = require('node:fs');
const path = require('node:path');

const folder = path.join(__dirname, '..', 'fixtures', 'builtin-cases');
const AsyncFunction = (async () => {}).constructor;

/** mulberry32, as text: both sides compile it. */
const RANDOM = `
let seed = 20261124;
const random = () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
`;

/**
 * @param {import('../..').Pool} pool
 * @param {string} name of a file in fixtures/builtin-cases: the body of an async function
 * @param {number} count
 * @returns {Promise<{ cases: number, different: { index: number, node: string, task: string }[] }>}
 */
async function compareCases(pool, name, count) {
  const code = RANDOM + fs.readFileSync(path.join(folder, `${name}.js`), 'utf8');
  const node = await new AsyncFunction('require', 'count', code)(require, count);
  const task = await pool.run(
    (text, times) => {
      const Async = (async () => {}).constructor;
      return new Async('require', 'count', text)(require, times);
    },
    [code, count],
  );
  const different = [];
  for (let index = 0; index < Math.max(node.length, task.length); index++) {
    if (node[index] !== task[index]) {
      different.push({ index, node: String(node[index]), task: String(task[index]) });
    }
  }
  return { cases: node.length, different };
}

module.exports = { compareCases };
