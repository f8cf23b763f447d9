'use strict';

const { advise, shouldIsolate } = require('./lib/advice.js');
const { defaultPool } = require('./lib/default-pool.js');
const { OffloopError, TimeoutError, AbortError } = require('./lib/errors.js');
const { hostFacts } = require('./lib/host.js');
const { host } = require('./lib/host-function.js');
const { Isolate } = require('./lib/isolate.js');
const { IsolateContext } = require('./lib/isolate-context.js');
const { Script } = require('./lib/isolate-script.js');
const { measure } = require('./lib/measure.js');
const { measureOffload } = require('./lib/measure-offload.js');
const { offload } = require('./lib/offload.js');
const { Pool } = require('./lib/pool.js');

// Shorthand names only: ESM finds named exports by reading this text.
module.exports = {
  shouldIsolate,
  advise,
  hostFacts,
  measure,
  measureOffload,
  offload,
  host,
  Pool,
  defaultPool,
  Isolate,
  IsolateContext,
  Script,
  OffloopError,
  TimeoutError,
  AbortError,
};
