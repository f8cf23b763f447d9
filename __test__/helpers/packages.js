'use strict';

const {
  mkdtempSync,
  mkdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');

/**
 * A folder of files, gone after the tests: `write` adds files by their relative paths, `link` symbolic links.
 * @param {import('node:test')} test
 * @param {Record<string, string>} files
 */
function packageFolder(test, files) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'offloop-packages-')));
  test.after(() => rmSync(root, { recursive: true, force: true }));
  const path = (name) => join(root, name);
  const write = (more) => {
    for (const [name, text] of Object.entries(more)) {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), text);
    }
  };
  write(files);
  return {
    root,
    path,
    write,
    link(at, to) {
      mkdirSync(dirname(path(at)), { recursive: true });
      symlinkSync(to, path(at));
    },
  };
}

exports.packageFolder = packageFolder;
