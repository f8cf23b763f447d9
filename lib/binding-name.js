// @ts-check
'use strict';

/**
 * Names of the addon's binaries: one per platform and Node ABI. The build, the loader and the
 * platform packages must agree on them, so all of them ask here.
 */

const { readFileSync } = require('node:fs');

const { platform, arch } = process;

/** `linux-x64`, `linux-x64-musl`, `darwin-arm64`: what a checkout's file names carry. */
const platformName = `${platform}-${arch}${isMusl() ? '-musl' : ''}`;

/** `linux-x64-gnu`, `win32-x64-msvc`: the same with the toolchain, as npm packages name it. */
const platformTriple = `${platform}-${arch}${toolchainSuffix()}`;

function toolchainSuffix() {
  if (platform === 'linux') return isMusl() ? '-musl' : '-gnu';
  return platform === 'win32' ? '-msvc' : '';
}

/** True on a Linux whose C library is musl instead of glibc: Alpine. */
function isMusl() {
  if (platform !== 'linux') return false;
  try {
    return readFileSync('/usr/bin/ldd', 'latin1').includes('musl');
  } catch {
    // An image without ldd. The report is sure, but takes milliseconds.
    const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (
      process.report.getReport()
    );
    return header.glibcVersionRuntime === undefined;
  }
}

/**
 * File name in a checkout's `build` folder.
 * @param {string} abi `process.versions.modules` of the Node it is for
 */
function checkoutFileName(abi) {
  return `offloop.${platformName}.abi${abi}.node`;
}

/**
 * File name in a platform package.
 * @param {string} abi
 */
function packagedFileName(abi) {
  return `offloop.abi${abi}.node`;
}

module.exports = { checkoutFileName, packagedFileName, platformTriple };
