// Test files that are not run inside a Worker, and why.

const CHILDREN = 'looks at processes that it starts: whoever starts them changes nothing';

/** @type {ReadonlyMap<string, string>} */
export const MAIN_THREAD_ONLY = new Map([
  ['cli.test.js', CHILDREN],
  ['demo.test.js', CHILDREN],
  ['exits.test.js', CHILDREN],
  ['measure-exits.test.js', CHILDREN],
  ['native.test.js', CHILDREN],
  ['package.test.js', CHILDREN],
  ['types.test.js', CHILDREN],
  ['wedged-exits.test.js', CHILDREN],
  ['wedged.test.js', CHILDREN],
]);
