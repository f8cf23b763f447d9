const {
  decode,
  encode,
  escape,
  parse,
  stringify,
  unescape,
  unescapeBuffer,
} = require('unenv/node/querystring');

module.exports = { decode, encode, escape, parse, stringify, unescape, unescapeBuffer };
