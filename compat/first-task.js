'use strict';

// What the first task with a package costs: functions that do with it more and more. `later` asks for the package
// again and does nothing with it: what it takes more than without is what having a package costs each task.

exports.nothing = {
  first: (text) => text.length,
  later: (text) => 2 + text.length,
};

exports.loads = {
  first: (text) => require('marked').parse.length + text.length,
  later: (text) => require('marked').parse.length + text.length,
};

exports.uses = {
  first: (text) => require('marked').parse(text),
  later: (text) => require('marked').parse.length + text.length,
};
