// The JavaScript tests: node scripts/test.mjs [--node <path>] [--asan] [--in-worker] [part of a file's name …] [-- flags for node]
import { parseArgs } from 'node:util';
import { buildAddon } from './addon.mjs';
import { capture, reportFailure } from './run.mjs';
import { runTests } from './test-run.mjs';

/** Makes `nodeBinary` use an addon with the address sanitizer of g++. */
async function sanitizedEnvironment(nodeBinary) {
  const abi = capture(nodeBinary, ['-p', 'process.versions.modules']);
  const addon = await buildAddon({ abi, nodeBinary, asan: true });
  return {
    OFFLOOP_NATIVE_PATH: addon,
    // Its allocator must be there before Node's first allocation.
    LD_PRELOAD: capture('g++', ['-print-file-name=libasan.so']),
    // Node and V8 never free what lives as long as the process.
    ASAN_OPTIONS: 'detect_leaks=0',
  };
}

try {
  const args = process.argv.slice(2);
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const { values, positionals } = parseArgs({
    args: args.slice(0, end),
    options: {
      node: { type: 'string', default: process.execPath },
      asan: { type: 'boolean', default: false },
      'in-worker': { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const { code } = await runTests({
    nodeBinary: values.node,
    only: positionals,
    nodeFlags: args.slice(end + 1),
    inWorker: values['in-worker'],
    env: values.asan ? await sanitizedEnvironment(values.node) : {},
  });
  process.exitCode = code;
} catch (error) {
  reportFailure(error);
}
