// Where a bundled package must be joined to what an isolate has, and offers no way to do so.

/**
 * @typedef {[from: string | RegExp, to: string]} Patch each must be found exactly once
 * @type {Record<string, Patch[]>}
 */
const PATCHES = {
  // Written in JavaScript there for want of an engine: here V8 itself says what a value is.
  'node-inspect-extracted/dist/inspect.js': [
    [/^/, "var __engine = require('internal/engine');\n"],
    [/constants:\{kPending:\w+,kRejected:\w+,/, 'constants:{kPending:0,kRejected:2,'],
    [
      /getOwnNonIndexProperties:function/,
      'getOwnNonIndexProperties:__engine.ownNonIndexProperties,_:function',
    ],
    [/getPromiseDetails:\(\)=>\[\w+,void 0\]/, 'getPromiseDetails:__engine.promiseDetails'],
    [/getProxyDetails:(\w+)\.getProxyDetails,Proxy/, 'getProxyDetails:__engine.proxyDetails,Proxy'],
    [/previewEntries:\w+=>\[\[\],!1\]/, 'previewEntries:__engine.previewEntries'],
    [/getConstructorName\(\w+\)\{if/, 'getConstructorName:__engine.constructorName,_c(t){if'],
    [/isSymbolObject:\w+\}\}/, '...__engine.types}}'],
    ['t.exports=URL}', 't.exports=__engine.URL}'],
    // It is Node 26's: what earlier ones show otherwise.
    ['if(0!==s)for(', 'if(0!==s&&__engine.node>=26)for('],
    [
      's=t.stylize(e,"symbol")}else',
      's=t.stylize(e,"symbol"),__engine.node<24&&!1!==i.enumerable&&(s=`[${s}]`)}else',
    ],
    ['n+`{ [byteLength]: ', 'n+`{ ${__engine.node<22?"byteLength":"[byteLength]"}: '],
    [
      '`${t.stylize(`[${r}]`,"string")}: ${i}`',
      '`${__engine.node<22&&!__engine.types.isTypedArray(e)?r:t.stylize(`[${r}]`,"string")}: ${i}`',
    ],
  ],
  'unenv/dist/runtime/node/querystring.mjs': [['globalThis.Buffer', "require('buffer').Buffer"]],
  'assert/build/assert.js': [
    [/^/, "var __mismatch = require('internal/assert-mismatch');\n"],
    [
      'if (isRegExp(expected)) return RegExpPrototypeTest(expected, actual);',
      'if (isRegExp(expected)) return RegExpPrototypeTest(expected, actual) || __mismatch(AssertionError, actual, expected, msg, fn);',
    ],
    [
      'if (Error.isPrototypeOf(expected)) {\n    return false;',
      'if (Error.isPrototypeOf(expected)) {\n    return __mismatch(AssertionError, actual, expected, msg, fn);',
    ],
    [
      'return expected.call({}, actual) === true;',
      'var returned = expected.call({}, actual);\n  return returned === true || __mismatch(AssertionError, actual, expected, msg, fn, returned);',
    ],
  ],
  // Isolates may be without shared memory.
  'webidl-conversions/lib/index.js': [
    [
      /^/,
      'var SharedArrayBuffer = globalThis.SharedArrayBuffer ?? class { get byteLength() { throw new TypeError(); } get growable() {} };\n',
    ],
  ],
  // What it looks for beside itself would be itself.
  'event-target-shim/index.js': [
    // internal/web.js has given it a handler for errors.
    ['typeof process !== "undefined" &&\n            typeof process.emit === "function"', 'false'],
    ['process.emit("uncaughtException", error);', ''],
    [
      /const Global = typeof window[^;]*;/,
      'const Global = { DOMException: globalThis.DOMException };',
    ],
  ],
  // In the order in which Node's show; without words on the console, which Node has once, in the process.
  'unenv/dist/runtime/node/url.mjs': [
    [
      /class Url \{[^(]*?(?=\tparse\()/,
      'class Url {\nprotocol = null; slashes = null; auth = null; host = null; port = null; hostname = null; hash = null;\nsearch = null; query = null; pathname = null; path = null; href = null;\n',
    ],
    [/console\.warn\("\[DeprecationWarning\][^;]*;/, ';'],
    [/console\.warn\(`\[DeprecationWarning\][^;]*;/, ';'],
    [
      'const URL = globalThis.URL;',
      "const { URL, URLSearchParams } = require('internal/whatwg-url');",
    ],
    ['const URLSearchParams = globalThis.URLSearchParams;', ''],
  ],
  // Of an older Node: its errors, and what has come since.
  'events/events.js': [
    ["'use strict';", "'use strict';\nvar __node = require('internal/event-errors');"],
    [/throw new TypeError\('The "listener" [^;]*;/, '__node.checkListener(listener);'],
    [
      /throw new RangeError\('The value of "defaultMaxListeners" [^;]*;/,
      "throw __node.badCount('defaultMaxListeners', arg);",
    ],
    [
      /throw new RangeError\('The value of "n" [^;]*;/,
      "throw __node.badCount('setMaxListeners', n);",
    ],
    [
      'function EventEmitter() {\n  EventEmitter.init.call(this);',
      'function EventEmitter(options) {\n  EventEmitter.init.call(this, options);',
    ],
    [
      'EventEmitter.init = function() {',
      'EventEmitter.init = function(options) {\n  __node.initialise(this, options);',
    ],
    [
      '  if (events !== undefined)\n    doError = (doError && events.error === undefined);',
      '  if (events !== undefined) {\n    if (doError && events[__node.monitor] !== undefined) this.emit.apply(this, [__node.monitor].concat(args));\n    doError = (doError && events.error === undefined);\n  }',
    ],
    [/var err = new Error\('Unhandled error\.'[^;]*;/, 'var err = __node.unhandled(er);'],
    [
      '    ReflectApply(handler, this, args);',
      '    __node.returned(this, ReflectApply(handler, this, args), type, args);',
    ],
    [
      '      ReflectApply(listeners[i], this, args);',
      '      __node.returned(this, ReflectApply(listeners[i], this, args), type, args);',
    ],
    [
      /new Error\('Possible EventEmitter memory leak[^;]*;/,
      'new Error(__node.leakMessage(target, type, existing.length, m));',
    ],
    ['if (console && console.warn) console.warn(warning);', '__node.warn(warning);'],
  ],
};

/**
 * The package's file as it is bundled, undefined where it stays what it is.
 * @param {string} file below node_modules/
 * @param {string} text
 */
export function patched(file, text) {
  const list = PATCHES[file];
  if (list === undefined) return undefined;
  return list.reduce((result, [from, to]) => {
    const found =
      typeof from === 'string'
        ? result.split(from).length - 1
        : [...result.matchAll(new RegExp(from.source, `${from.flags}g`))].length;
    if (found !== 1)
      throw new Error(`${file}: ${from} is there ${found} times, not once: is it another version?`);
    return result.replace(from, to);
  }, text);
}
