'use strict';

// The package as a user gets it: packed, installed with scripts off into an empty application, and
// used by `require` and by `import`. npm is offline and its cache is empty, so all comes from the tarballs.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const { promisify } = require('node:util');

const { packagedFileName, platformTriple } = require('../lib/binding-name');

const root = path.dirname(__dirname);
const bindingName = `@offloop/binding-${platformTriple}`;
const exportedNames = Object.keys(require('..')).sort();

const run = promisify(execFile);

/** @type {string} */
let temporary;
/** @type {string} */
let application;
/** @type {string[]} paths in the main tarball */
let packedFiles;

/** @param {string} folder */
async function pack(folder) {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', temporary], {
    cwd: folder,
  });
  const [{ filename, files }] = JSON.parse(stdout);
  return {
    tarball: path.join(temporary, filename),
    files: files.map((file) => file.path).sort(),
  };
}

/**
 * Runs a script in the application with this Node.
 * @param {string[]} args
 */
async function runInApplication(...args) {
  // The installed package must find its own binary, not the checkout's.
  const env = { ...process.env };
  delete env.OFFLOOP_NATIVE_PATH;
  const { stdout } = await run(process.execPath, args, { cwd: application, env });
  return JSON.parse(stdout);
}

/** @param {string} name */
function installedManifest(name) {
  const file = path.join(application, 'node_modules', name, 'package.json');
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}

describe('the packed package', () => {
  before(async () => {
    temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'offloop-package-'));
    const assembled = path.join(temporary, 'npm');
    await run(process.execPath, ['scripts/assemble-npm.mjs', '--out', assembled], { cwd: root });
    const main = await pack(path.join(assembled, 'offloop'));
    const binding = await pack(path.join(assembled, `binding-${platformTriple}`));
    packedFiles = main.files;

    application = path.join(temporary, 'application');
    fs.mkdirSync(application);
    fs.writeFileSync(path.join(application, 'package.json'), '{ "private": true }\n');
    await run(
      'npm',
      [
        'install',
        '--offline',
        `--cache=${path.join(temporary, 'cache')}`,
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        main.tarball,
        binding.tarball,
      ],
      { cwd: application },
    );
  });

  after(() => {
    fs.rmSync(temporary, { recursive: true });
  });

  test('holds the code, the types and the papers, and nothing else', () => {
    const unexpected = packedFiles.filter(
      (file) =>
        !/^lib\/[\w-]+\.(js|d\.ts)$/.test(file) &&
        !/^build\/builtins\/[\w/-]+\.js$/.test(file) &&
        file !== 'build/builtins/NOTICE.txt' &&
        file !== 'bin/offloop.js' &&
        ![
          'CHANGELOG.md',
          'LICENSE',
          'README.md',
          'index.d.ts',
          'index.js',
          'package.json',
        ].includes(file),
    );
    assert.deepEqual(unexpected, []);
    for (const file of [
      'index.js',
      'index.d.ts',
      'lib/native.js',
      'build/builtins/url.js',
      'build/builtins/NOTICE.txt',
      'LICENSE',
      'README.md',
    ]) {
      assert.ok(packedFiles.includes(file), `${file} is packed`);
    }
  });

  test('has no script, no dependency but the binaries, and the same version everywhere', () => {
    const manifest = installedManifest('offloop');
    const checkout = require('../package.json');
    assert.equal(manifest.version, checkout.version);
    assert.equal(manifest.scripts, undefined);
    assert.equal(manifest.dependencies, undefined);
    assert.deepEqual(manifest.optionalDependencies, { [bindingName]: checkout.version });
    assert.equal(checkout.optionalDependencies, undefined);

    const binding = installedManifest(bindingName);
    assert.equal(binding.version, checkout.version);
    assert.equal(binding.scripts, undefined);
    assert.ok(binding.files.includes(packagedFileName(process.versions.modules)));
  });

  test('is usable by require', async () => {
    const script = `
      const { Pool } = require('offloop');
      const pool = new Pool({ maxThreads: 1 });
      pool.run((a, b) => a * b, [6, 7]).then(async (value) => {
        await pool.close();
        const binary = Object.keys(require.cache).find((file) => file.endsWith('.node'));
        console.log(JSON.stringify({ value, binary, names: Object.keys(require('offloop')).sort() }));
      });`;
    const { value, binary, names } = await runInApplication('-e', script);
    assert.equal(value, 42);
    assert.deepEqual(names, exportedNames);
    const installed = path.join(
      'node_modules',
      bindingName,
      packagedFileName(process.versions.modules),
    );
    assert.ok(binary.endsWith(installed), `${binary} is the installed binary`);
  });

  test('is usable by import, with every name visible', async () => {
    const file = path.join(application, 'main.mjs');
    fs.writeFileSync(
      file,
      `import * as all from 'offloop';
       import { Pool, offload } from 'offloop';
       const pool = new Pool({ maxThreads: 1 });
       const value = await offload((a, b) => a * b, { pool })(6, 7);
       await pool.close();
       const names = Object.keys(all).filter((name) => name !== 'default' && name !== 'module.exports').sort();
       console.log(JSON.stringify({ value, names }));`,
    );
    const { value, names } = await runInApplication(file);
    assert.equal(value, 42);
    assert.deepEqual(names, exportedNames);
  });

  test('has a command line', async () => {
    const command = path.join(application, 'node_modules', '.bin', 'offloop');
    const { stdout } = await run(command, ['advise', '--trust', 'untrusted', '--json'], {
      env: { ...process.env, PATH: `${path.dirname(process.execPath)}:${process.env.PATH}` },
    });
    assert.equal(JSON.parse(stdout).strategy, 'child_process');
  });

  test('has no path into its inside', async () => {
    const { code } = await runInApplication(
      '-e',
      `try { require('offloop/lib/native.js') } catch ({ code }) { console.log(JSON.stringify({ code })) }`,
    );
    assert.equal(code, 'ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});
