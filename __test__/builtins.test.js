'use strict';

// The built-in modules of a task give what Node's own give: the same calls, with the same random numbers, on both sides.

const assert = require('node:assert/strict');
const { after, before, describe, it } = require('node:test');

const { Pool } = require('..');
const { compareCases } = require('./helpers/builtin-cases.js');

const node = Number(process.versions.node.split('.')[0]);

/**
 * How many may differ at most, by Node's major version where they do not agree among themselves. docs/builtins.md says
 * which and why.
 */
const CASES = [
  ['inspect', 1000, { 20: 17, 22: 16, 24: 4, 26: 4 }],
  ['buffer', 1000, 0],
  ['querystring', 1000, 0],
  ['path', 1000, 40],
  ['string-decoder', 1000, 14],
  ['url-legacy', 1000, 0],
  ['url-whatwg', 1000, { 20: 2, 22: 2, 24: 2, 26: 0 }],
  ['punycode', 1000, 0],
  ['assert', 1000, 12],
  ['events', 1000, 0],
  ['util', 1, 0],
  ['streams', 200, 1],
  ['timing', 1, 0],
  ['context', 1, 0],
];

describe('the built-in modules', () => {
  /** @type {Pool} */
  let pool;
  before(() => {
    pool = new Pool({ maxThreads: 1, console: 'ignore' });
  });
  after(() => pool.close());

  for (const [name, count, allowed] of CASES) {
    it(`answer as Node does: ${name}`, async (t) => {
      const most = typeof allowed === 'number' ? allowed : (allowed[node] ?? 0);
      const { cases, different } = await compareCases(pool, name, count);
      assert.ok(cases >= Math.min(count, 10), `${cases} cases`);
      t.diagnostic(`${different.length} of ${cases} differ`);
      const shown = different
        .slice(0, 5)
        .map((one) => `${one.index}\n  node ${one.node}\n  task ${one.task}`);
      assert.ok(
        different.length <= most,
        `${different.length} of ${cases} differ, at most ${most} may:\n${shown.join('\n')}`,
      );
    });
  }
});
