// @ts-check
'use strict';

const { readFileSync } = require('node:fs');
const { parseArgs } = require('node:util');

const { advise } = require('./advice.js');
const { factNames } = require('./advice-input.js');
const { OffloopError } = require('./errors.js');
const { hostFacts } = require('./host.js');
const { version } = require('../package.json');

// `npx offloop facts` and `npx offloop advise`: what the API says, in a terminal.

const FAILED = 1;
const MISUSED = 2;

/** @typedef {import('./advice-input.js').FactSpec} FactSpec */

const INTENT = factNames('intent');

const HELP = `offloop ${version}

  offloop facts                what this machine gives a Node process, and where that is known from
  offloop advise [options]     whether code should leave the main isolate, how, and why

options of advise
${INTENT.map((spec) => `  ${`--${kebab(spec.name)}`.padEnd(24)} ${values(spec)}`).join('\n')}
  --evidence <file>        JSON of what measure() returned
  --host <fact>=<value>    a fact of the host instead of the one that was read; may be repeated
  --predict                also simulate each strategy (needs numbers)

  --json                   print JSON
  --help, --version

example
  npx offloop advise --workload cpu --traffic high --host effectiveCores=8
`;

/** @param {string} name */
function kebab(name) {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** @param {FactSpec} spec */
function values({ kind, words, unit }) {
  if (kind === 'flag') return '';
  if (kind === 'choice') return `<${/** @type {string[]} */ (words).join('|')}>`;
  return `<${unit === 'count' ? 'number' : unit}>`;
}

/** A command that was written wrongly, as opposed to one that failed. */
class UsageError extends Error {}

/**
 * @param {string[]} args
 * @param {{ print: (text: string) => void, complain: (text: string) => void }} [terminal]
 * @returns {Promise<number>} the exit code
 */
async function main(args, terminal = standardTerminal()) {
  try {
    const { command, options, json } = read(args);
    terminal.print(await run(command, options, json));
    return 0;
  } catch (error) {
    const misused = error instanceof UsageError || error instanceof OffloopError;
    terminal.complain(`offloop: ${error instanceof Error ? error.message : String(error)}`);
    if (misused) terminal.complain('`offloop --help` tells what it takes.');
    return misused ? MISUSED : FAILED;
  }
}

function standardTerminal() {
  return {
    print: (/** @type {string} */ text) => void process.stdout.write(`${text}\n`),
    complain: (/** @type {string} */ text) => void process.stderr.write(`${text}\n`),
  };
}

/** @param {string[]} args */
function read(args) {
  const { values: options, positionals } = parse(args);
  if (options.help) return { command: 'help', options, json: false };
  if (options.version) return { command: 'version', options, json: false };
  const [command, ...rest] = positionals;
  if (command === undefined) throw new UsageError('a command is missing: facts or advise');
  if (command !== 'facts' && command !== 'advise') {
    throw new UsageError(`there is no command '${command}', only facts and advise`);
  }
  if (rest.length > 0) throw new UsageError(`'${rest[0]}' is one word too many`);
  if (command === 'facts') {
    const given = Object.keys(options).find((name) => name !== 'json');
    if (given !== undefined) throw new UsageError(`facts takes no --${given}`);
  }
  return { command, options, json: options.json === true };
}

/** @param {string[]} args */
function parse(args) {
  /** @type {Record<string, { type: 'string' | 'boolean', multiple?: boolean }>} */
  const known = {
    evidence: { type: 'string' },
    host: { type: 'string', multiple: true },
    predict: { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
    version: { type: 'boolean' },
  };
  for (const { name, kind } of INTENT) {
    known[kebab(name)] = { type: kind === 'flag' ? 'boolean' : 'string' };
  }
  try {
    return /** @type {{ values: Record<string, any>, positionals: string[] }} */ (
      parseArgs({ args, options: known, allowPositionals: true })
    );
  } catch (error) {
    // Node's own words, without its advice about positional arguments.
    throw new UsageError(/** @type {Error} */ (error).message.split('. To specify')[0]);
  }
}

/**
 * @param {string} command
 * @param {Record<string, any>} options
 * @param {boolean} json
 */
async function run(command, options, json) {
  switch (command) {
    case 'help':
      return HELP.trimEnd();
    case 'version':
      return version;
    case 'facts':
      return json ? JSON.stringify(hostFacts(), null, 2) : showFacts();
    default:
      return runAdvise(options, json);
  }
}

function showFacts() {
  const rows = Object.entries(hostFacts()).map(([name, { value, source }]) => ({
    name,
    value: typeof value === 'number' ? String(Number(value.toPrecision(6))) : String(value),
    source,
  }));
  const width = (/** @type {'name' | 'value'} */ key) =>
    Math.max(...rows.map((row) => row[key].length));
  const [nameWidth, valueWidth] = [width('name'), width('value')];
  return rows
    .map(({ name, value, source }) =>
      `${name.padEnd(nameWidth)}  ${value.padStart(valueWidth)}  ${source}`.trimEnd(),
    )
    .join('\n');
}

/**
 * @param {Record<string, any>} options
 * @param {boolean} json
 */
async function runAdvise(options, json) {
  const advice = advise(intentOf(options), {
    evidence: options.evidence === undefined ? undefined : readEvidence(options.evidence),
    host: hostOf(options.host ?? []),
  });
  const predictions = options.predict ? await advice.predict() : undefined;
  if (json) return JSON.stringify({ ...advice, ...(predictions && { predictions }) }, null, 2);
  if (predictions === undefined) return advice.explain();
  return `${advice.explain()}\n\n${showPredictions(predictions)}`;
}

/** @param {Record<string, any>} options */
function intentOf(options) {
  /** @type {Record<string, unknown>} */
  const intent = {};
  for (const { name, kind } of INTENT) {
    const value = options[kebab(name)];
    if (value !== undefined) intent[name] = kind === 'number' ? toNumber(name, value) : value;
  }
  return intent;
}

/** @param {string[]} assignments `fact=value` */
function hostOf(assignments) {
  /** @type {Record<string, unknown>} */
  const host = {};
  for (const assignment of assignments) {
    const at = assignment.indexOf('=');
    if (at < 1) throw new UsageError(`--host ${assignment}: write it as fact=value`);
    const [name, text] = [assignment.slice(0, at), assignment.slice(at + 1)];
    host[name] = ofWord(text);
  }
  return host;
}

/** @param {string} text */
function ofWord(text) {
  if (text === 'true' || text === 'false') return text === 'true';
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

/**
 * @param {string} name
 * @param {string} text
 */
function toNumber(name, text) {
  const number = text.trim() === '' ? NaN : Number(text);
  if (Number.isNaN(number)) throw new UsageError(`--${kebab(name)} ${text}: give a number`);
  return number;
}

/** @param {string} file */
function readEvidence(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--evidence ${file}: ${/** @type {Error} */ (error).message}`);
  }
}

/** @param {import('../index.js').Prediction[]} predictions */
function showPredictions(predictions) {
  const ms = (/** @type {import('../index.js').Estimate | null} */ estimate) =>
    estimate === null ? 'saturated' : `${shown(estimate)} ms`;
  const rows = [
    ['strategy', 'p50', 'p99 (low–high)', 'max /s', 'MB more'],
    ...predictions.map(({ strategy, p50Ms, p99Ms, maxRps, memoryMb }) => [
      strategy,
      p50Ms === null ? 'saturated' : `${round(p50Ms.value)} ms`,
      ms(p99Ms),
      String(round(maxRps.value)),
      String(round(memoryMb.value)),
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** @param {import('../index.js').Estimate} estimate */
function shown({ value, low, high }) {
  return `${round(value)} (${round(low)}–${Number.isFinite(high) ? round(high) : '∞'})`;
}

/** @param {number} number */
function round(number) {
  return Number(number.toPrecision(3));
}

exports.main = main;
