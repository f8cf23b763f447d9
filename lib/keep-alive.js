// @ts-check
'use strict';

const native = require('./native.js');

// The event loop stays alive while this environment waits for anything: a task in flight, a pool's
// end. An idle pool never holds it.
let held = 0;

function hold() {
  held += 1;
  if (held === 1) native.ref(true);
}

function release() {
  held -= 1;
  if (held === 0) native.ref(false);
}

exports.hold = hold;
exports.release = release;
