'use strict';

// Runs the same code in Node and in a task, with the same random numbers, and says what came out differently.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const folder = path.join(__dirname, '..', 'fixtures', 'builtin-cases');

/** Takes the code from its input, the count from its arguments. */
const IN_NODE = `
const AsyncFunction = (async () => {}).constructor;
const code = require('node:fs').readFileSync(0, 'utf8');
new AsyncFunction('require', 'count', code)(require, Number(process.argv[1])).then((results) => {
  require('node:fs').writeSync(1, JSON.stringify(results.map(String)));
});
`;

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
  // In a process of its own: the hooks of a test runner are to be seen in what it shows.
  const output = execFileSync(process.execPath, ['-e', IN_NODE, count], {
    input: code,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
    maxBuffer: 1e9,
  });
  const node = JSON.parse(output);
  const task = await pool.run(
    (text, times) => {
      const Async = (async () => {}).constructor;
      return new Async('require', 'count', text)(require, times);
    },
    [code, count],
  );
  const different = [];
  for (let index = 0; index < Math.max(node.length, task.length); index++) {
    if (node[index] !== String(task[index])) {
      different.push({ index, node: node[index], task: String(task[index]) });
    }
  }
  return { cases: node.length, different };
}

module.exports = { compareCases };
