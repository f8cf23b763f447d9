// Child of compat.mjs: how long the first task of a process takes, and later ones; or the same on the main thread.
'use strict';

const { join } = require('node:path');

const root = join(__dirname, '..');
const { markdown } = require(join(root, 'compat', 'inputs.js'));
const { Pool } = require(root);
const tasks = require(join(root, 'compat', 'first-task.js'));

const LATER = 300;
const text = markdown.slice(0, 1024);

/** @param {number[]} values */
function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

/** @param {() => unknown} work */
async function timed(work) {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - started, cpuMs: (user + system) / 1000 };
}

/** @param {{ first: (text: string) => unknown, later: (text: string) => unknown }} task */
async function inTasks({ first, later }) {
  const pool = new Pool({ maxThreads: 1 });
  const begun = await timed(() => pool.run(first, [text]));
  const times = [];
  for (let run = 0; run < LATER; run += 1) {
    times.push((await timed(() => pool.run(later, [text]))).ms);
  }
  await pool.destroy();
  return { ...begun, later: median(times) };
}

const [, , name, where] = process.argv;
const task = tasks[name];
const measured = where === 'main' ? timed(() => task.first(text)) : inTasks(task);
measured.then((times) => process.send?.(times, () => process.exit()));
