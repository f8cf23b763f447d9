/** Which modules there are. The build puts the list in place of the name. */
const all = BUILTIN_NAMES;

/** Node has these with `node:` only. */
const SCHEME_ONLY = ['sea', 'sqlite', 'test', 'test/reporters'];

exports.public = all
  .filter((name) => !name.startsWith('internal/'))
  .map((name) => (SCHEME_ONLY.includes(name) ? `node:${name}` : name))
  .sort();
const known = new Set(exports.public);

exports.isBuiltin = (name) =>
  known.has(name) || (name.startsWith('node:') && known.has(name.slice('node:'.length)));

exports.load = (name) =>
  exports.isBuiltin(name) ? require(name.replace(/^node:/, '')) : undefined;
