'use strict';

// Every package and its call: `args`, and a function that is offloaded as it stands here. `with` names
// packages that the call needs besides; `short` says why its input is below 1 KB.

module.exports = {
  ...require('./markup.js'),
  ...require('./templates.js'),
  ...require('./code.js'),
  ...require('./styles.js'),
  ...require('./data.js'),
  ...require('./formats.js'),
  ...require('./text.js'),
  ...require('./numbers.js'),
  ...require('./binary.js'),
};
