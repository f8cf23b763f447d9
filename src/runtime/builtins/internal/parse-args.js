const { parseArgs } = require('@pkgjs/parseargs');

exports.parseArgs = (options = {}) => {
  const { argv } = require('process');
  return parseArgs({ args: argv.slice(2), ...options });
};
