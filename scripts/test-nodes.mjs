// The JavaScript tests on every supported Node: each binary from npm, each with its own addon.
//   node scripts/test-nodes.mjs [--only <major>] [--in-worker] [part of a file's name …]
import { parseArgs } from 'node:util';
import { buildAddon } from './addon.mjs';
import { installNode } from './nodes.mjs';
import { targets } from './paths.mjs';
import { capture, reportFailure } from './run.mjs';
import { runTests } from './test-run.mjs';

/** @typedef {import('./paths.mjs').Target} Target */

/**
 * Node and addon for one row of the matrix.
 * @param {Target} target
 */
async function prepare(target) {
  const { binary, include } = await installNode(target);
  await buildAddon({ abi: target.abi, include });
  return { target, binary, version: capture(binary, ['--version']) };
}

/**
 * @param {Awaited<ReturnType<typeof prepare>>} prepared
 * @param {string[]} only
 * @param {boolean} inWorker
 */
async function testOn({ target, binary, version }, only, inWorker) {
  console.log(`\n── Node ${version}, ABI ${target.abi}${inWorker ? ', in Workers' : ''} ──`);
  const started = Date.now();
  const { code, counts } = await runTests({ nodeBinary: binary, only, inWorker });
  return {
    version,
    abi: target.abi,
    // Without a count of passed tests nothing is proven, whatever the exit code.
    passed: code === 0 && counts?.pass > 0,
    counts,
    seconds: Math.round((Date.now() - started) / 1000),
  };
}

/** @param {Awaited<ReturnType<typeof testOn>>[]} rows */
function printTable(rows) {
  const cells = [
    ['Node', 'ABI', 'result', 'pass', 'fail', 'skipped', 'todo', 'seconds'],
    ...rows.map(({ version, abi, passed, counts, seconds }) => {
      const { pass = '-', fail = '-', cancelled = 0, skipped = '-', todo = '-' } = counts ?? {};
      const failed = cancelled > 0 ? `${fail} + ${cancelled} cancelled` : fail;
      return [version, abi, passed ? 'passed' : 'FAILED', pass, failed, skipped, todo, seconds].map(
        String,
      );
    }),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  console.log();
  for (const row of cells) {
    console.log(row.map((cell, column) => cell.padEnd(widths[column])).join('  '));
  }
}

try {
  const { values, positionals } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      'in-worker': { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const chosen = targets.filter(({ node }) => values.only?.includes(String(node)) ?? true);
  if (chosen.length === 0)
    throw new Error(`--only ${values.only}: no such Node in scripts/abi.json`);

  // All before the first test: one of them asks that the addons of the others are refused.
  const prepared = [];
  for (const target of chosen) prepared.push(await prepare(target));
  const rows = [];
  for (const one of prepared) rows.push(await testOn(one, positionals, values['in-worker']));

  printTable(rows);
  if (rows.length < targets.length) {
    console.log(`only ${rows.length} of ${targets.length} Node versions, as --only says`);
  }
  if (!rows.every(({ passed }) => passed)) process.exitCode = 1;
} catch (error) {
  reportFailure(error);
}
