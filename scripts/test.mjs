// The JavaScript tests: node scripts/test.mjs [--node <path>] [part of a file's name …] [-- flags for node]
import { parseArgs } from 'node:util';
import { reportFailure } from './run.mjs';
import { runTests } from './test-run.mjs';

try {
  const args = process.argv.slice(2);
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const { values, positionals } = parseArgs({
    args: args.slice(0, end),
    options: { node: { type: 'string', default: process.execPath } },
    allowPositionals: true,
  });
  const { code } = await runTests({
    nodeBinary: values.node,
    only: positionals,
    nodeFlags: args.slice(end + 1),
  });
  process.exitCode = code;
} catch (error) {
  reportFailure(error);
}
