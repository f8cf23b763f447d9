const { constants } = require('os');

/** Deprecated in Node: what `os`, `fs` and `crypto` call constants, in one object. */
module.exports = Object.freeze({
  ...constants.dlopen,
  ...constants.errno,
  ...constants.priority,
  ...constants.signals,
  ...require('fs').constants,
});
