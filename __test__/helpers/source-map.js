'use strict';

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function vlq(value) {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = '';
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += DIGITS[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}

/**
 * A version 3 source map with one source.
 * @param {string} source
 * @param {[line: number, column: number, sourceLine: number, sourceColumn: number][]} mappings
 *   0-based and in order
 */
function encodeSourceMap(source, mappings) {
  let text = '';
  let [line, column, sourceLine, sourceColumn] = [0, 0, 0, 0];
  let first = true;
  for (const [atLine, atColumn, toLine, toColumn] of mappings) {
    while (line < atLine) {
      text += ';';
      line += 1;
      column = 0;
      first = true;
    }
    if (!first) text += ',';
    text +=
      vlq(atColumn - column) + vlq(0) + vlq(toLine - sourceLine) + vlq(toColumn - sourceColumn);
    [column, sourceLine, sourceColumn, first] = [atColumn, toLine, toColumn, false];
  }
  return JSON.stringify({ version: 3, sources: [source], names: [], mappings: text });
}

module.exports = { encodeSourceMap };
