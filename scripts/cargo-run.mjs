// Runs cargo for one Node's headers: its status lines become progress, its warnings stay visible.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { root, targetOfAbi } from './paths.mjs';

const { describeCompilers, findCCompiler, findCompiler } = createRequire(import.meta.url)(
  './compiler.cjs',
);

/** "   Compiling oxc_parser v0.146.0" */
const STATUS_LINE =
  /^\s*(Adding|Blocking|Checking|Compiling|Downloaded|Downloading|Finished|Fresh|Locking|Running|Updating)\b/;

/**
 * @typedef {object} CargoOptions
 * @property {string} abi
 * @property {string} include Node's headers of that ABI
 * @property {boolean} [asan]
 * @property {import('./progress.mjs').Progress} [progress] where status lines go; without it, to stderr
 * @property {boolean} [showOutput] stdout goes to ours as it comes, and is not returned
 */

/**
 * @param {string[]} args
 * @param {CargoOptions} options
 * @returns {Promise<string>} what cargo printed on stdout
 */
export function runCargo(args, { progress, showOutput = false, ...target }) {
  return new Promise((resolve, reject) => {
    const cargo = spawn('cargo', args, {
      cwd: root,
      env: cargoEnvironment(target),
      stdio: ['ignore', showOutput ? 'inherit' : 'pipe', progress ? 'pipe' : 'inherit'],
    });
    const stdout = [];
    cargo.stdout?.on('data', (chunk) => stdout.push(chunk));
    if (progress) {
      createInterface({ input: cargo.stderr }).on('line', (line) => {
        const plain = stripVTControlCharacters(line);
        if (STATUS_LINE.test(plain)) progress.step(plain.trim());
        else progress.print(line);
      });
    }
    cargo.on('error', (cause) => reject(new Error('cargo did not start', { cause })));
    cargo.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(stdout).toString());
      else reject(new Error(`\`cargo ${args.join(' ')}\` failed with code ${code}`));
    });
  });
}

/** @param {CargoOptions} options */
export function cargoEnvironment({ abi, include, asan = false }) {
  const environment = {
    ...process.env,
    CARGO_TERM_COLOR: process.stderr.isTTY ? 'always' : 'never',
    OFFLOOP_NODE_INCLUDE: include,
  };
  // `cc` takes `c++` unless it is told otherwise; unset where that is right, for cargo would build
  // again whenever the variable comes or goes.
  const compiler = compilerFor(abi);
  if (compiler !== 'c++') environment.CXX = compiler;
  const cCompiler = findCCompiler(compiler);
  if (cCompiler !== 'cc') environment.CC = cCompiler;
  if (asan) environment.OFFLOOP_SANITIZE = 'address';
  else delete environment.OFFLOOP_SANITIZE;
  return environment;
}

/** @param {string} abi */
function compilerFor(abi) {
  const { node, gcc, clang } = targetOfAbi(abi);
  const compiler = findCompiler({ gcc, clang });
  if (compiler) return compiler;
  throw new Error(
    `the addon for Node ${node} needs g++ ${gcc} or clang++ ${clang}, or newer (${describeCompilers()})`,
  );
}
