'use strict';

const { Isolate } = require('../..');

/** Runs `body` with an isolate, and disposes of it. */
async function withIsolate(options, body) {
  const isolate = new Isolate(options);
  try {
    return await body(isolate);
  } finally {
    await isolate.dispose();
  }
}

/** What the isolate emits from now on: [event, code]. */
function eventsOf(isolate) {
  const events = [];
  for (const name of ['memory', 'lost', 'error']) {
    isolate.on(name, (error) => events.push([name, error?.code ?? error?.message]));
  }
  return events;
}

module.exports = { withIsolate, eventsOf };
