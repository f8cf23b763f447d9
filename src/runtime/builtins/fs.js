const { unavailableModule } = require('./internal/unavailable');
const { constants } = require('./internal/constants/fs');

module.exports = unavailableModule(
  'fs',
  `
  Dir FileReadStream FileWriteStream ReadStream Utf8Stream WriteStream _toUnixTimestamp access
  accessSync appendFile appendFileSync chmod chmodSync chown chownSync close closeSync
  copyFile copyFileSync cp cpSync createReadStream createWriteStream exists fchmod
  fchmodSync fchown fchownSync fdatasync fdatasyncSync fstat fstatSync fsync fsyncSync
  ftruncate ftruncateSync futimes futimesSync glob globSync lchmod lchmodSync lchown
  lchownSync link linkSync lstat lstatSync lutimes lutimesSync mkdir mkdirSync mkdtemp
  mkdtempDisposableSync mkdtempSync open openAsBlob openAsBlobSync openSync opendir
  opendirSync read readFile readFileSync readSync readdir readdirSync readlink readlinkSync
  readv readvSync realpath realpathSync rename renameSync rm rmSync rmdir rmdirSync stat
  statSync statfs statfsSync symlink symlinkSync truncate truncateSync unlink unlinkSync
  unwatchFile utimes utimesSync watch watchFile write writeFile writeFileSync writeSync writev
  writevSync
  `,
  {
    constants,
    /** Node's never throws: what it may not see is not there for it. Packages look for files of settings so. */
    existsSync: () => false,
    F_OK: constants.F_OK,
    R_OK: constants.R_OK,
    W_OK: constants.W_OK,
    X_OK: constants.X_OK,
    Stats: class Stats {},
    Dirent: class Dirent {},
    get promises() {
      return require('fs/promises');
    },
  },
);

for (const name of ['realpath', 'realpathSync']) {
  const { unavailableClass } = require('./internal/unavailable');
  module.exports[name].native = unavailableClass('fs', `${name}.native`);
}
