// lib/native.d.ts: the types of what Rust exports, as napi-derive sees them.
//   node scripts/seam-types.mjs           writes the file
//   node scripts/seam-types.mjs --check   fails when the file is not what Rust says
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cargoEnvironment } from './cargo-run.mjs';
import { findHeaders } from './headers.mjs';
import { root } from './paths.mjs';
import { reportFailure, runQuietly } from './run.mjs';

const SEAM_TYPES = 'lib/native.d.ts';

/** @returns {Promise<string>} */
async function generate() {
  const abi = process.versions.modules;
  const include = await findHeaders(abi);
  const folder = mkdtempSync(join(tmpdir(), 'offloop-types-'));
  try {
    await runQuietly(
      join(root, 'node_modules', '.bin', 'napi'),
      // Only for the types: the binary goes to the same folder, and with it.
      ['build', '--no-js', '--dts', 'native.d.ts', '--output-dir', folder, '--', '--locked'],
      { cwd: root, env: cargoEnvironment({ abi, include }) },
    );
    return readFileSync(join(folder, 'native.d.ts'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

try {
  const types = await generate();
  const file = join(root, SEAM_TYPES);
  if (!process.argv.includes('--check')) writeFileSync(file, types);
  else if (readFileSync(file, 'utf8') !== types) {
    throw new Error(
      `${SEAM_TYPES} is not what Rust exports: run \`npm run types:seam\` and commit it.`,
    );
  }
} catch (error) {
  reportFailure(error);
}
