'use strict';

// The names that a CommonJS module exports, found in its text by the very lexer that Node took over.
module.exports = require('cjs-module-lexer');
