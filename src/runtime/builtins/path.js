const posix = { ...require('path-unified/posix').default };
const win32 = { ...require('path-unified/win32').default };

for (const path of [posix, win32]) {
  path._makeLong = path.toNamespacedPath;
  path.posix = posix;
  path.win32 = win32;
}

module.exports = facts.platform === 'win32' ? win32 : posix;
