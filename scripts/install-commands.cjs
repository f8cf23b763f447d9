// The command that installs what is missing, by platform. Used by preflight: syntax of Node 12.
'use strict';

const { existsSync } = require('fs');

const { platform } = process;

/** @param {number} major */
function installNode(major) {
  if (process.env.NVM_DIR) return `nvm install ${major}`;
  if (platform === 'darwin') return `brew install node@${major}`;
  if (platform === 'win32') return 'winget install OpenJS.NodeJS.LTS';
  return asRoot(`npx --yes n ${major}`);
}

/** @param {boolean} hasRustup */
function installRust(hasRustup) {
  if (hasRustup) return 'rustup update stable';
  if (platform === 'darwin') return 'brew install rustup && rustup default stable';
  if (platform === 'win32') return 'winget install Rustlang.Rustup';
  return `curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y && . "$HOME/.cargo/env"`;
}

function installCompiler() {
  if (platform === 'darwin') return 'xcode-select --install';
  if (platform === 'win32') return 'winget install Microsoft.VisualStudio.2022.BuildTools';
  const [, command] =
    [
      ['/usr/bin/apt-get', 'apt-get install -y g++'],
      ['/usr/bin/dnf', 'dnf install -y gcc-c++'],
      ['/usr/bin/zypper', 'zypper install -y gcc-c++'],
      ['/usr/bin/pacman', 'pacman -S --noconfirm gcc'],
      ['/sbin/apk', 'apk add g++'],
    ].find(([manager]) => existsSync(manager)) || [];
  return command ? asRoot(command) : 'the package manager of this system (package g++)';
}

function asRoot(command) {
  return process.getuid && process.getuid() === 0 ? command : `sudo ${command}`;
}

module.exports = { installCompiler, installNode, installRust };
