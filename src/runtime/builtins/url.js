const { URL, URLSearchParams } = require('internal/whatwg-url');
const tr46 = require('./internal/shims/tr46');
const legacy = require('unenv/node/url');
const { coded, invalidArgument } = require('./internal/errors');

const isWindows = facts.platform === 'win32';

function fileURLToPath(url, options) {
  if (typeof url === 'string') url = new URL(url);
  else if (!(url instanceof URL)) {
    throw invalidArgument('path', 'of type string or an instance of URL', url);
  }
  if (url.protocol !== 'file:') {
    throw coded(TypeError, 'ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file');
  }
  return (options?.windows ?? isWindows) ? windowsPath(url) : posixPath(url);
}

function badPath(what, url) {
  const error = coded(TypeError, 'ERR_INVALID_FILE_URL_PATH', `File URL path ${what}`, badPath);
  error.input = url;
  return error;
}

function posixPath(url) {
  if (url.hostname !== '') {
    throw coded(
      TypeError,
      'ERR_INVALID_FILE_URL_HOST',
      `File URL host must be "localhost" or empty on ${facts.platform}`,
    );
  }
  if (/%2f/i.test(url.pathname)) throw badPath('must not include encoded / characters', url);
  return decodeURIComponent(url.pathname);
}

function windowsPath(url) {
  if (/%2f|%5c/i.test(url.pathname)) {
    throw badPath('must not include encoded \\ or / characters', url);
  }
  const path = decodeURIComponent(url.pathname.replaceAll('/', '\\'));
  if (url.hostname !== '') return `\\\\${tr46.toUnicode(url.hostname).domain}${path}`;
  if (!/^\\[a-z]:/i.test(path)) throw badPath('must be absolute', url);
  return path.slice(1);
}

function pathToFileURL(path, options) {
  if (typeof path !== 'string') throw invalidArgument('path', 'of type string', path);
  return legacy.pathToFileURL(path, { windows: options?.windows ?? isWindows });
}

function urlToHttpOptions(url) {
  const { hostname, pathname, port, username, password, search } = url;
  const options = {
    __proto__: null,
    ...url,
    protocol: url.protocol,
    hostname: hostname?.startsWith('[') ? hostname.slice(1, -1) : hostname,
    hash: url.hash,
    search,
    pathname,
    path: `${pathname || ''}${search || ''}`,
    href: url.href,
  };
  if (port !== '') options.port = Number(port);
  if (username || password) {
    options.auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  }
  return options;
}

/** Of a URL with options, or of what `url.parse` returns. */
function format(url, options) {
  if (!(url instanceof URL)) return legacy.format(url);
  if (options !== undefined && (typeof options !== 'object' || options === null)) {
    throw invalidArgument('options', 'of type object', options);
  }
  const { fragment = true, unicode = false, search = true, auth = true } = options ?? {};
  const shown = new URL(url.href);
  if (!fragment) shown.hash = '';
  if (!search) shown.search = '';
  if (!auth) {
    shown.username = '';
    shown.password = '';
  }
  if (!unicode || shown.hostname === '') return shown.href;
  const host = tr46.toUnicode(shown.hostname).domain;
  return shown.href.replace(shown.hostname, () => host);
}

/** The host that a URL of the web would have, empty where it is none. */
function hostOf(domain) {
  const url = URL.parse(`ws://${domain}`);
  return url === null ? '' : url.hostname;
}

module.exports = {
  Url: legacy.Url,
  parse: legacy.parse,
  resolve: legacy.resolve,
  resolveObject: legacy.resolveObject,
  format,
  URL,
  URLSearchParams,
  domainToASCII(domain) {
    return hostOf(`${domain}`);
  },
  domainToUnicode(domain) {
    return tr46.toUnicode(hostOf(`${domain}`)).domain;
  },
  pathToFileURL,
  fileURLToPath,
  fileURLToPathBuffer: (url, options) => require('buffer').Buffer.from(fileURLToPath(url, options)),
  urlToHttpOptions,
};
