// First step of the demo, the tests and the benchmark: makes a fresh clone ready, or says what is missing.
'use strict';

const { preflight } = require('./preflight.cjs');

if (preflight()) {
  // Only now newer syntax: preflight has seen that this Node can run it.
  import('./prepare.mjs').then(({ prepare }) => prepare(process.argv.slice(2)));
} else {
  process.exitCode = 1;
}
