/*
 * Paths and file: URLs, as text: what the files are is the resolver's business.
 */
function makePaths(intrinsics) {
  const { charCodeAt, decodeURIComponent, encodeURI, indexOf, lastIndexOf, slice } = intrinsics;
  const { startsWith } = intrinsics;
  const SLASH = 47;

  function dirname(path) {
    const end = lastIndexOf(path, '/');
    if (end === -1) return '.';
    return end === 0 ? '/' : slice(path, 0, end);
  }

  function isAbsolute(path) {
    return charCodeAt(path, 0) === SLASH;
  }

  function isRelative(specifier) {
    return (
      specifier === '.' ||
      specifier === '..' ||
      startsWith(specifier, './') ||
      startsWith(specifier, '../')
    );
  }

  /** Every `character` of the text as `escape`. */
  function escaped(text, character, escape) {
    let result = '';
    let rest = text;
    for (let at = indexOf(rest, character); at !== -1; at = indexOf(rest, character)) {
      result += slice(rest, 0, at) + escape;
      rest = slice(rest, at + 1);
    }
    return result + rest;
  }

  function toUrl(path) {
    // What encodeURI leaves alone, and a URL's path must not have.
    const text = escaped(escaped(encodeURI(path), '?', '%3F'), '#', '%23');
    return `file://${text}`;
  }

  /** A specifier without its query and fragment, and these. */
  function parted(specifier) {
    const query = indexOf(specifier, '?');
    const fragment = indexOf(specifier, '#');
    let end = query === -1 ? fragment : query;
    if (fragment !== -1 && fragment < end) end = fragment;
    if (end === -1) return { path: specifier, suffix: '' };
    return { path: slice(specifier, 0, end), suffix: slice(specifier, end) };
  }

  /** The path of a file: URL, without its query; a path as it is; undefined for anything else. */
  function toPath(name) {
    if (isAbsolute(name)) return name;
    if (!startsWith(name, 'file://')) return undefined;
    try {
      return decodeURIComponent(parted(slice(name, 7)).path);
    } catch {
      return undefined;
    }
  }

  /** Where Node looks for packages that are required from a folder. */
  function packageFolders(folder) {
    const folders = [];
    for (let at = folder; ; at = dirname(at)) {
      if (!endsWithName(at))
        folders[folders.length] = at === '/' ? '/node_modules' : `${at}/node_modules`;
      if (at === '/' || at === '.') return folders;
    }
  }

  function endsWithName(folder) {
    return slice(folder, lastIndexOf(folder, '/') + 1) === 'node_modules';
  }

  /** The path that a relative specifier means, without looking. */
  function join(folder, specifier) {
    const parts = [];
    let rest = `${folder}/${specifier}`;
    while (rest !== '') {
      const end = indexOf(rest, '/');
      const part = end === -1 ? rest : slice(rest, 0, end);
      rest = end === -1 ? '' : slice(rest, end + 1);
      if (part === '..') {
        if (parts.length > 0) parts.length -= 1;
      } else if (part !== '' && part !== '.') {
        parts[parts.length] = part;
      }
    }
    let path = '';
    for (let index = 0; index < parts.length; index++) path += `/${parts[index]}`;
    return path === '' ? '/' : path;
  }

  return { dirname, isAbsolute, isRelative, join, packageFolders, parted, toPath, toUrl };
}
