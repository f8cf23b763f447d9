/** ZIP archives, which newer Nodes read and write by files: there to be required and asked for, and an error on use. */
function unavailable(what, above) {
  const error = new Error(
    `${what} is not available in a task: it compresses and decompresses data, and archives are files. ` +
      'Do it in the main process and pass the data in.',
  );
  error.code = 'OFFLOOP_ERR_BUILTIN_UNAVAILABLE';
  Error.captureStackTrace(error, above);
  return error;
}

const NAMES = [
  'ZipBuffer',
  'ZipEntry',
  'ZipFile',
  'createZipArchive',
  'createZipArchiveSync',
  'getMaxZipContentSize',
  'setMaxZipContentSize',
  'zipFiles',
];

for (const name of NAMES) {
  exports[name] = {
    [name]: function () {
      throw unavailable(`zlib.${name}${new.target ? '' : '()'}`, new.target ?? exports[name]);
    },
  }[name];
}
