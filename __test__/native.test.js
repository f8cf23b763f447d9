'use strict';

// What lib/native.js says when there is no binary for the runtime it is loaded in. Each case is a
// process of its own: the loader reads `process.versions` once, when it is loaded.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { promisify } = require('node:util');

const { checkoutFileName } = require('../lib/binding-name');

const root = path.dirname(__dirname);
const shippedAbis = require('../scripts/abi.json');
const thisAbi = process.versions.modules;

/**
 * Loads lib/native.js of `folder` in a new process, after `before` ran there.
 *
 * @param {object} options
 * @param {string} [options.before] JavaScript
 * @param {string} [options.folder]
 * @param {Record<string, string>} [options.env]
 * @returns {Promise<{ abi?: number, error?: { name: string, code: string, message: string, causes: string[] } }>}
 */
async function load({ before = '', folder = root, env = {} }) {
  const script = `
    const setVersion = (name, value) => Object.defineProperty(process.versions, name, { value });
    ${before}
    const answer = {};
    try {
      answer.abi = require(${JSON.stringify(path.join(folder, 'lib', 'native.js'))}).abi;
    } catch (error) {
      const causes = [];
      for (let at = error.cause; at; at = at.cause) causes.push(at.message);
      answer.error = { name: error.name, code: error.code, message: error.message, causes };
    }
    console.log(JSON.stringify(answer));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], {
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout);
}

/** A copy of lib/ without anything beside it, as an installed package without its binaries. */
function bareInstallation(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'offloop-native-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  fs.cpSync(path.join(root, 'lib'), path.join(folder, 'lib'), { recursive: true });
  return folder;
}

test('the binary for this Node says its ABI', async () => {
  assert.deepEqual(await load({}), { abi: Number(thisAbi) });
});

for (const [key, name, version] of [
  ['bun', 'Bun', '1.2.3'],
  ['deno', 'Deno', '2.1.0'],
  ['electron', 'Electron', '33.0.0'],
  ['nw', 'NW.js', '0.90.0'],
]) {
  test(`${name} is refused by name, whatever ABI it claims`, async () => {
    const { error } = await load({ before: `setVersion('${key}', '${version}');` });
    assert.equal(error.code, 'OFFLOOP_ERR_UNSUPPORTED_RUNTIME');
    assert.equal(error.name, 'OffloopError');
    assert.match(error.message, new RegExp(`this is ${name} ${version.replaceAll('.', '\\.')}`));
    assert.match(error.message, /Node\.js 20 \(ABI 115\), 22 .*, 24 .* or 26 \(ABI 147\)/);
    assert.match(error.message, /Run this program with/);
  });
}

test('a Node whose ABI has no binary is told which ones have', async () => {
  const { error } = await load({ before: `setVersion('modules', '131');` });
  assert.equal(error.code, 'OFFLOOP_ERR_UNSUPPORTED_RUNTIME');
  assert.match(error.message, /ABI 131/);
  for (const [abi, { node }] of Object.entries(shippedAbis)) {
    assert.ok(error.message.includes(`${node} (ABI ${abi})`), `${error.message} names ABI ${abi}`);
  }
});

test('a binary of another ABI is refused before it is used', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'offloop-native-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const otherBinding = path.join(folder, 'other.js');
  fs.writeFileSync(otherBinding, 'exports.abi = 131;\n');

  const { error } = await load({ env: { OFFLOOP_NATIVE_PATH: otherBinding } });
  assert.equal(error.code, 'OFFLOOP_ERR_UNSUPPORTED_RUNTIME');
  assert.match(error.message, /OFFLOOP_NATIVE_PATH/);
  assert.match(error.message, new RegExp(`built for ABI 131, and this Node.js has ABI ${thisAbi}`));
});

test('a binary under the file name of another ABI is refused', async (t) => {
  const built = path.join(root, 'build', checkoutFileName(thisAbi));
  const otherAbi = Object.keys(shippedAbis).find((abi) => abi !== thisAbi);
  const folder = bareInstallation(t);
  fs.mkdirSync(path.join(folder, 'build'));
  // The file of this Node under the name of another, and a process that says it is that other.
  fs.copyFileSync(built, path.join(folder, 'build', checkoutFileName(otherAbi)));

  const { error } = await load({ folder, before: `setVersion('modules', '${otherAbi}');` });
  assert.equal(error.code, 'OFFLOOP_ERR_UNSUPPORTED_RUNTIME');
  assert.match(error.message, new RegExp(`ABI ${thisAbi}`));
});

for (const [abi, { node }] of Object.entries(shippedAbis)) {
  const binary = path.join(root, 'build', checkoutFileName(abi));
  // A machine that built for one Node has only that one; test:nodes builds all before it tests.
  if (abi === thisAbi || !fs.existsSync(binary)) continue;
  test(`the binary for Node ${node} is refused`, async () => {
    const { error } = await load({ env: { OFFLOOP_NATIVE_PATH: binary } });
    assert.equal(error.code, 'OFFLOOP_ERR_UNSUPPORTED_RUNTIME');
    assert.match(error.message, /undefined symbol|symbol not found|ABI/);
  });
}

test('without any binary the message and the causes tell every attempt', async (t) => {
  const folder = bareInstallation(t);
  fs.mkdirSync(path.join(folder, 'build'));
  fs.writeFileSync(path.join(folder, 'build', checkoutFileName(thisAbi)), 'not a shared library');

  const { error } = await load({ folder });
  assert.equal(error.code, 'OFFLOOP_ERR_UNSUPPORTED_RUNTIME');
  assert.match(error.message, /tried @offloop\/binding-.*: Cannot find module/);
  assert.match(error.message, /npm run build/);
  assert.match(error.message, /--omit=optional/);
  const text = error.causes.join('\n');
  assert.match(text, /@offloop\/binding-.*Cannot find module/);
  assert.match(text, new RegExp(`${checkoutFileName(thisAbi).replaceAll('.', '\\.')}: `));
});

test('a path in OFFLOOP_NATIVE_PATH that fails is not replaced by another binary', async () => {
  const { error } = await load({ env: { OFFLOOP_NATIVE_PATH: '/nowhere/offloop.node' } });
  assert.equal(error.code, 'OFFLOOP_ERR_UNSUPPORTED_RUNTIME');
  assert.match(error.message, /\/nowhere\/offloop\.node/);
});
