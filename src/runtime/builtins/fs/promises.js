const { unavailableModule } = require('../internal/unavailable');

module.exports = unavailableModule(
  'fs/promises',
  `
  access appendFile chmod chown copyFile cp glob lchmod lchown link lstat lutimes mkdir
  mkdtemp mkdtempDisposable open opendir readFile readdir readlink realpath rename rm rmdir
  stat statfs symlink truncate unlink utimes watch writeFile
  `,
  {
    get constants() {
      return require('fs').constants;
    },
  },
);
