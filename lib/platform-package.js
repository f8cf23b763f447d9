// @ts-check
'use strict';

const { platformTriple } = require('./binding-name');

/**
 * Loads the package that holds this platform's binaries. Each name is written out, so that bundlers
 * see what may be required.
 *
 * @returns {import('./binding').Binding}
 */
function requirePlatformPackage() {
  switch (platformTriple) {
    case 'linux-x64-gnu':
      return require('@offloop/binding-linux-x64-gnu');
    case 'linux-x64-musl':
      return require('@offloop/binding-linux-x64-musl');
    case 'linux-arm64-gnu':
      return require('@offloop/binding-linux-arm64-gnu');
    case 'linux-arm64-musl':
      return require('@offloop/binding-linux-arm64-musl');
    case 'darwin-x64':
      return require('@offloop/binding-darwin-x64');
    case 'darwin-arm64':
      return require('@offloop/binding-darwin-arm64');
    case 'win32-x64-msvc':
      return require('@offloop/binding-win32-x64-msvc');
    case 'win32-arm64-msvc':
      return require('@offloop/binding-win32-arm64-msvc');
    default:
      throw new Error(`offloop has no binaries for ${platformTriple}`);
  }
}

module.exports = { requirePlatformPackage };
