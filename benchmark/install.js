'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const { dependencies } = require('./package.json');

/** @param {string} name */
function installedVersion(name) {
  // Read as a file: a package's exports need not offer its package.json.
  const file = path.join(__dirname, 'node_modules', name, 'package.json');
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')).version : null;
}

/** Installs the competitors at their pinned versions, unless they are there already. */
function installCompetitors() {
  const missing = Object.entries(dependencies).filter(
    ([name, version]) => installedVersion(name) !== version,
  );
  if (missing.length === 0) return;
  const wanted = missing.map(([name, version]) => `${name}@${version}`).join(', ');
  console.error(`Installing ${wanted} in benchmark/ …`);
  const { status, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: __dirname,
    stdio: ['ignore', 'ignore', 'inherit'],
    // npm is a .cmd file on Windows, which only a shell starts.
    shell: process.platform === 'win32',
  });
  if (error || status !== 0) {
    throw new Error(
      `Could not install ${wanted}: npm ci in ${__dirname} ${error ? `did not start (${error.message})` : `ended with exit code ${status}`}.`,
    );
  }
}

module.exports = { installCompetitors, installedVersion };
