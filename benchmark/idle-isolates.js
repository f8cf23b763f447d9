'use strict';

// What idle isolates cost: node benchmark/idle-isolates.js [isolates] [contexts] [--json]
// Memory, threads and descriptors before, with all of them idle, and after they were disposed of.

const { readdirSync } = require('node:fs');

const { Isolate } = require('..');

const MIB = 2 ** 20;

function entriesOf(folder) {
  try {
    return readdirSync(folder).length;
  } catch {
    // Only Linux tells.
    return undefined;
  }
}

function figures() {
  return {
    rssMb: Math.round((process.memoryUsage.rss() / MIB) * 10) / 10,
    threads: entriesOf('/proc/self/task'),
    descriptors: entriesOf('/proc/self/fd'),
  };
}

async function makeOne(contexts) {
  const isolate = new Isolate({ memoryLimitMb: 64 });
  const made = [isolate];
  for (let index = 0; index < contexts; index += 1) {
    const context = await isolate.createContext();
    await context.set('index', index);
    made.push(context);
  }
  return made;
}

/** Everything still has its state, and answers. */
async function askAll(all) {
  const numbers = await Promise.all(
    all.flatMap(([isolate, ...contexts]) => [
      isolate.evaluate('1'),
      ...contexts.map((context) => context.get('index')),
    ]),
  );
  return numbers.reduce((sum, number) => sum + number, 0);
}

async function measureIdle(count, contexts) {
  // The first one brings threads and tables that all later ones share.
  const [first] = await makeOne(contexts);
  await first.dispose();
  const before = figures();
  const all = [];
  const begun = performance.now();
  for (let index = 0; index < count; index += 1) all.push(await makeOne(contexts));
  const makingMs = performance.now() - begun;
  const idle = figures();
  const sum = await askAll(all);
  const asked = figures();
  await Promise.all(all.map(([isolate]) => isolate.dispose()));
  const after = figures();
  return { count, contexts, makingMs, before, idle, asked, after, sum };
}

async function main() {
  const numbers = process.argv.slice(2).filter((argument) => /^\d+$/.test(argument));
  const [count = 200, contexts = 5] = numbers.map(Number);
  const measured = await measureIdle(count, contexts);
  if (process.argv.includes('--json')) {
    console.log(JSON.stringify(measured));
    return;
  }
  const { before, idle, asked, after } = measured;
  const each = (name) => (idle[name] - before[name]) / count;
  console.log(
    `${count} isolates with ${contexts} contexts beside their first, on Node ${process.version}`,
  );
  console.table({ before, idle, asked, after });
  console.log(
    `each: ${each('rssMb').toFixed(2)} MB, ${each('descriptors').toFixed(2)} descriptors, ` +
      `${each('threads').toFixed(2)} threads, ${(measured.makingMs / count).toFixed(1)} ms to make`,
  );
}

main();
