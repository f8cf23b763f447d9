// @ts-check
'use strict';

const native = require('./native.js');

/** Counters now, for the difference of two readings; `null` is what this machine does not tell. */
function hostCounters() {
  return native.hostCounters();
}

exports.hostCounters = hostCounters;
