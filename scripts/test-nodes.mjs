// The JavaScript tests on every supported Node: each binary from npm, each with its own addon.
//   node scripts/test-nodes.mjs [--only <major>] [part of a file's name …]
import { parseArgs } from 'node:util';
import { buildAddon } from './addon.mjs';
import { installNode } from './nodes.mjs';
import { targets } from './paths.mjs';
import { capture, reportFailure } from './run.mjs';
import { runTests } from './test-run.mjs';

/**
 * @param {import('./paths.mjs').Target} target
 * @param {string[]} only
 */
async function testOn(target, only) {
  const started = Date.now();
  const row = {
    node: String(target.node),
    abi: target.abi,
    result: 'failed',
    counts: null,
    seconds: 0,
  };
  try {
    const { binary, include } = await installNode(target);
    row.node = capture(binary, ['--version']);
    await buildAddon({ abi: target.abi, include });
    console.log(`\n── Node ${row.node}, ABI ${target.abi} ──`);
    const { code, counts } = await runTests({ nodeBinary: binary, only });
    row.counts = counts;
    if (code === 0 && counts?.pass > 0) row.result = 'passed';
  } catch (error) {
    reportFailure(error);
  }
  row.seconds = Math.round((Date.now() - started) / 1000);
  return row;
}

function printTable(rows) {
  const cells = [
    ['Node', 'ABI', 'result', 'pass', 'fail', 'skipped', 'todo', 'seconds'],
    ...rows.map(({ node, abi, result, counts, seconds }) =>
      [
        node,
        abi,
        result,
        counts?.pass ?? '-',
        counts ? counts.fail + counts.cancelled : '-',
        counts?.skipped ?? '-',
        counts?.todo ?? '-',
        seconds,
      ].map(String),
    ),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  console.log();
  for (const row of cells)
    console.log(row.map((cell, column) => cell.padEnd(widths[column])).join('  '));
}

const { values, positionals } = parseArgs({
  options: { only: { type: 'string', multiple: true } },
  allowPositionals: true,
});
const chosen = targets.filter(({ node }) => !values.only || values.only.includes(String(node)));
const rows = [];
for (const target of chosen) rows.push(await testOn(target, positionals));
printTable(rows);

const failed = rows.filter(({ result }) => result !== 'passed');
const leftOut = targets.length - rows.length;
if (leftOut > 0)
  console.log(`${leftOut} of ${targets.length} Node versions were left out by --only`);
// Left out is not passed, unless someone asked for it by name on the command line.
if (failed.length > 0 || rows.length === 0) process.exitCode = 1;
