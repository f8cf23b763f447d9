// Builds the built-in modules of tasks, and the addon: node scripts/build.mjs [--node <path>] [--abi <n>] [--all] [--debug] [--asan] [--force] [--verbose]
//   no option  for the running Node      --node   for that Node          --abi   for that ABI
//   --all      for every supported ABI   --debug  unoptimised, symbols   --asan  address sanitizer
import { parseArgs } from 'node:util';
import { buildAddon } from './addon.mjs';
import { buildBuiltins } from './builtins.mjs';
import { targets } from './paths.mjs';
import { capture, reportFailure } from './run.mjs';

function readArguments() {
  const { values } = parseArgs({
    options: {
      node: { type: 'string' },
      abi: { type: 'string' },
      all: { type: 'boolean', default: false },
      debug: { type: 'boolean', default: false },
      asan: { type: 'boolean', default: false },
      force: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
    },
  });
  if ([values.node, values.abi, values.all || undefined].filter(Boolean).length > 1) {
    throw new Error('--node, --abi and --all each choose what to build for: give one of them.');
  }
  return values;
}

function abisToBuild({ node, abi, all }) {
  if (all) return targets.map((target) => target.abi);
  if (abi) return [abi];
  if (node) return [capture(node, ['-p', 'process.versions.modules'])];
  return [process.versions.modules];
}

try {
  const options = readArguments();
  await buildBuiltins(options);
  for (const abi of abisToBuild(options)) {
    await buildAddon({ ...options, abi, nodeBinary: options.node });
  }
} catch (error) {
  reportFailure(error);
}
