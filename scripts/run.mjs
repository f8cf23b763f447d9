// Child processes for the scripts: output goes to the terminal, failure is an error with a sentence.
import { spawn, spawnSync } from 'node:child_process';

/** npm is a .cmd file on Windows, and those start only through a shell. */
const needsShell = process.platform === 'win32';

/**
 * Runs a command to its end with the terminal's own stdin, stdout and stderr.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>} the exit code; a signal counts as 128 + its number
 */
export function runForCode(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', shell: needsShell, ...options });
    child.on('error', (cause) => reject(new Error(`${command} did not start`, { cause })));
    child.on('exit', (code, signal) => {
      if (signal) console.error(`${command} was ended by ${signal}`);
      resolve(code ?? 128);
    });
  });
}

/**
 * As `runForCode`, but any code other than 0 is an error.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export async function run(command, args, options) {
  const code = await runForCode(command, args, options);
  if (code !== 0) throw new Error(`\`${[command, ...args].join(' ')}\` failed with code ${code}`);
}

/**
 * As `run`, but what the command prints is shown only when it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export function runQuietly(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: needsShell,
      ...options,
    });
    /** @type {Buffer[]} */
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', (cause) => reject(new Error(`${command} did not start`, { cause })));
    child.on('close', (code) => {
      if (code === 0) return resolve(undefined);
      const failed = `\`${[command, ...args].join(' ')}\` failed with code ${code}`;
      return reject(new Error(`${failed}:\n${Buffer.concat(output)}`));
    });
  });
}

/**
 * What a command prints on stdout, trimmed.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 * @returns {string}
 */
export function capture(command, args, options = {}) {
  const result = spawnSync(command, args, { shell: needsShell, encoding: 'utf8', ...options });
  if (result.error) throw new Error(`${command} did not start`, { cause: result.error });
  if (result.status !== 0) {
    throw new Error(
      `\`${[command, ...args].join(' ')}\` failed with code ${result.status}:\n${result.stderr}`,
    );
  }
  return String(result.stdout).trim();
}

/** Prints an error and its causes without our own stack, and makes the process fail. */
export function reportFailure(error) {
  for (let at = error; at; at = at.cause)
    console.error(at === error ? `\n${at.message}` : `  because: ${at.message}`);
  process.exitCode = 1;
}
