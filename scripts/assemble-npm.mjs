// Makes what is published, from what is built: node scripts/assemble-npm.mjs [--out <folder>]
//   <out>/offloop           the package itself: JavaScript, types, papers; no binary, no script
//   <out>/binding-<triple>  this platform's binaries, one per Node ABI that is in build/
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { addonPath } from './addon.mjs';
import { packagesFolder, root, targets } from './paths.mjs';
import { reportFailure } from './run.mjs';

const { packagedFileName, platformTriple } = createRequire(import.meta.url)(
  '../lib/binding-name.js',
);

/** Means nothing to those who install; npm even judges a package by the scripts that it lists. */
const CHECKOUT_ONLY = ['scripts', 'devDependencies', 'overrides', 'napi'];

/** npm packs these whether a manifest lists them or not. */
const ALWAYS_PACKED = ['README.md', 'LICENSE'];

/** @param {string} out */
function assemble(out) {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const binding = assembleBinding(out, manifest);
  assembleRoot(out, manifest, { [binding.name]: binding.version });
}

function assembleRoot(out, manifest, optionalDependencies) {
  const published = Object.fromEntries(
    Object.entries(manifest).filter(([key]) => !CHECKOUT_ONLY.includes(key)),
  );
  const texts = { 'package.json': json({ ...published, optionalDependencies }) };
  const copies = [...manifest.files, ...ALWAYS_PACKED].map((name) => [join(root, name), name]);
  writePackage(join(out, 'offloop'), texts, copies);
}

function assembleBinding(out, { version, license, engines }) {
  const built = targets.filter(({ abi }) => existsSync(addonPath({ abi })));
  if (built.length === 0) throw new Error('build/ holds no addon: run `npm run build` first.');
  const binaries = built.map(({ abi }) => [addonPath({ abi }), packagedFileName(abi)]);
  const manifest = {
    name: `@offloop/binding-${platformTriple}`,
    version,
    description: `The binaries of offloop for ${platformTriple}`,
    license,
    main: 'index.js',
    files: ['index.js', ...binaries.map(([, name]) => name)],
    os: [process.platform],
    cpu: [process.arch],
    ...(process.platform === 'linux' && {
      libc: [platformTriple.endsWith('-musl') ? 'musl' : 'glibc'],
    }),
    engines,
  };
  writePackage(
    join(out, `binding-${platformTriple}`),
    { 'package.json': json(manifest), 'index.js': bindingIndex(built) },
    [...binaries, [join(root, 'LICENSE'), 'LICENSE']],
  );
  return manifest;
}

/** Each file is required by name, so that bundlers see it. */
function bindingIndex(built) {
  const cases = built.map(
    ({ abi }) => `  case '${abi}':
    module.exports = require('./${packagedFileName(abi)}');
    break;`,
  );
  return `'use strict';

switch (process.versions.modules) {
${cases.join('\n')}
  default:
    throw new Error(
      'this package has no binary for ABI ' + process.versions.modules + ', only for ${built.map(({ abi }) => abi).join(', ')}',
    );
}
`;
}

function writePackage(folder, texts, copies) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  for (const [from, name] of copies) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    cpSync(from, join(folder, name), { recursive: true });
  }
}

function json(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}

try {
  const { values } = parseArgs({ options: { out: { type: 'string', default: packagesFolder } } });
  assemble(resolve(values.out));
} catch (error) {
  reportFailure(error);
}
