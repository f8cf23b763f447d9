const { isDeepEqual, isDeepStrictEqual } = require('assert/build/internal/util/comparisons');

module.exports = { isDeepEqual, isDeepStrictEqual };
