// cargo with the running Node's headers, so that it shares its work with the addon's build:
//   node scripts/cargo.mjs test        node scripts/cargo.mjs clippy --all-targets -- -D warnings
import { runCargo } from './cargo-run.mjs';
import { findHeaders } from './headers.mjs';
import { withProgress } from './progress.mjs';
import { reportFailure } from './run.mjs';

try {
  const args = process.argv.slice(2);
  const abi = process.versions.modules;
  const include = await findHeaders(abi);
  await withProgress(`cargo ${args[0]}`, (progress) =>
    runCargo(args, { abi, include, progress, showOutput: true }),
  );
} catch (error) {
  reportFailure(error);
}
