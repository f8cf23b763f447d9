// Child of compat.mjs: how long the first task of a process takes, and later ones, with a package or without any.
'use strict';

const { join } = require('node:path');

const root = join(__dirname, '..');
const { markdown } = require(join(root, 'compat', 'inputs.js'));
const { Pool } = require(root);
const { withPackage, without } = require(join(root, 'compat', 'first-task.js'));

const LATER = 300;

/** @param {number[]} values */
function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

/**
 * @param {Pool} pool
 * @param {(text: string) => unknown} task
 * @param {string} text
 */
async function milliseconds(pool, task, text) {
  const started = performance.now();
  await pool.run(task, [text]);
  return performance.now() - started;
}

async function measure() {
  const text = markdown.slice(0, 1024);
  const { first, later } = process.argv[2] === 'with' ? withPackage : without;
  const pool = new Pool({ maxThreads: 1 });
  const firstMs = await milliseconds(pool, first, text);
  const times = [];
  for (let run = 0; run < LATER; run += 1) times.push(await milliseconds(pool, later, text));
  await pool.destroy();
  return { first: firstMs, later: median(times) };
}

measure().then((times) => process.send?.(times, () => process.exit()));
