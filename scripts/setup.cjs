// First step of the demo, the tests and the benchmark: makes a fresh clone ready, or says what is missing.
'use strict';

var preflight = require('./preflight.cjs').preflight;

if (preflight()) {
  // Only now newer syntax: preflight has seen that this Node can run it.
  import('./prepare.mjs').then(function (module) {
    return module.prepare(process.argv.slice(2));
  });
} else {
  process.exitCode = 1;
}
