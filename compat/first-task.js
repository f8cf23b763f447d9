'use strict';

// What the first task with a package costs: the same work with it and without. `later` asks for the package
// again and does nothing with it: what it takes more is what having a package costs each task.

exports.withPackage = {
  first: (text) => require('marked').parse(text),
  later: (text) => require('marked').parse.length + text.length,
};

exports.without = {
  first: (text) => text,
  later: (text) => 2 + text.length,
};
