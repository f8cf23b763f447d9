// Test files that are not run inside a Worker, and why.

const CHILDREN = 'looks at processes that it starts: whoever starts them changes nothing';

/** @type {ReadonlyMap<string, string>} */
export const MAIN_THREAD_ONLY = new Map([
  ['cli.test.js', CHILDREN],
  ['demo.test.js', CHILDREN],
  ['exits.test.js', CHILDREN],
  ['measure-exits.test.js', CHILDREN],
  // Where the main thread has not loaded offloop, an isolate that is wedged in a Worker ends the process with SIGSEGV:
  // the test of that name in worker.test.js.
  ['memory.test.js', 'wedges an isolate, and no hook of ours ends such a process'],
  ['native.test.js', CHILDREN],
  ['package.test.js', CHILDREN],
  ['types.test.js', CHILDREN],
  ['wedged-exits.test.js', CHILDREN],
  ['wedged.test.js', CHILDREN],
]);
