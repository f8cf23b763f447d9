const { errno } = require('os').constants;

/** `code` is negative, as libuv gives them. */
exports.nameOf = (code) => Object.keys(errno).find((name) => errno[name] === -code);
