'use strict';

// Documents that map what is promised to what proves it must name tests that exist, and leave nothing out.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const { hasTest, testsNamedIn } = require('./helpers/test-names.js');

const root = path.join(__dirname, '..');
const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');
const range = (count) => Array.from({ length: count }, (_, index) => index);

const TO_COME = '_to come_: ';
// Why a row may name no test.
const EXCUSE = /_(not yet|not offered|not testable|later)_/;

/** Rows of the tables of a document: the first cell is what they are called, the last names the tests. */
function rowsOf(file) {
  return read(file)
    .split('\n')
    .filter((line) => /^\| *[A-Z]?\d+ *\|/.test(line))
    .map((line) => {
      const cells = line.slice(1, -1).split(' | ');
      return { id: cells[0].trim(), text: cells.at(-1) };
    });
}

const MAPS = [
  ['docs/peers.md', [...range(52).map((n) => String(n + 1)), ...range(17).map((n) => `E${n + 1}`)]],
  [
    'docs/invariants.md',
    [...range(23).map((n) => String(n + 1)), ...range(28).map((n) => `S${n + 1}`)],
  ],
];

for (const [file, ids] of MAPS) {
  test(`${file} has every row once, in order`, () => {
    assert.deepEqual(
      rowsOf(file).map(({ id }) => id),
      ids,
    );
  });

  test(`each row of ${file} names a test, or says why there is none`, () => {
    for (const { id, text } of rowsOf(file)) {
      const named = testsNamedIn(text).length;
      assert.ok(named > 0 || EXCUSE.test(text), `row ${id}: ${text}`);
      // A name that is not written as `file › name` would be checked by nobody.
      assert.equal(named, text.split(' › ').length - 1, `row ${id}: ${text}`);
    }
  });

  test(`every test that ${file} names exists`, (t) => {
    const missing = [];
    for (const { id, text } of rowsOf(file)) {
      const [there, toCome = ''] = text.split(TO_COME);
      for (const one of testsNamedIn(there)) {
        if (!hasTest(one.file, one.name)) missing.push(`row ${id}: ${one.file} › ${one.name}`);
      }
      for (const one of testsNamedIn(toCome)) {
        if (hasTest(one.file, one.name))
          t.diagnostic(`row ${id}: ${one.file} › ${one.name} is here`);
      }
    }
    assert.deepEqual(missing, []);
  });
}

test('a test that does not exist, or is skipped for good, is not found; one made by a loop is', () => {
  assert.ok(hasTest('maps.test.js', 'docs/peers.md has every row once, in order'));
  assert.ok(hasTest('src/pool/tests/queue.rs', 'no_task_is_left_behind'));
  assert.ok(!hasTest('maps.test.js', 'docs/peers.md has every row twice'));
  assert.ok(!hasTest('nowhere.test.js', 'no such file'));
  assert.ok(!hasTest('src/pool/tests/queue.rs', 'no_task'));
});

// ── invariants of the source ─────────────────────────────────────────────────────────────────────

function filesUnder(folder) {
  return fs
    .readdirSync(path.join(root, folder), { recursive: true })
    .map((file) => path.join(folder, file))
    .filter((file) => file.endsWith('.rs') && !file.includes(`${path.sep}tests${path.sep}`));
}

test('the pools make no Rayon call that waits', () => {
  // It would run the next task nested in the waiting one, in the wrong isolate.
  const waits =
    /\brayon::(join|scope|prelude)\b|\.install\(|\.in_place_scope\(|par_iter\b|\.broadcast\(/;
  const files = [...filesUnder('src/pool'), ...filesUnder('src/isolate'), 'src/task.rs'];
  assert.ok(files.length > 10);
  assert.deepEqual(
    files.filter((file) => waits.test(read(file))),
    [],
  );
  assert.match(
    read('src/queueing/prediction.rs'),
    waits,
    'where such calls are made, they are found',
  );
});

// They count or free, and call nothing that could panic.
const CANNOT_PANIC = new Set(['turned', 'collected', 'ended', 'on_op_free']);

test('a panic unwinds in every profile, and is caught at each entry from C', () => {
  assert.doesNotMatch(read('Cargo.toml'), /panic\s*=\s*"abort"/);
  const entries = filesUnder('src').flatMap((file) =>
    read(file)
      .split(/(?=^.*\bextern "C" fn )/m)
      .slice(1)
      .map((text) => ({ file, text: text.slice(0, text.search(/^\s{0,4}\}$/m)) })),
  );
  assert.ok(entries.length > 0);
  for (const { file, text } of entries) {
    if (CANNOT_PANIC.has(/fn (\w+)/.exec(text)[1])) continue;
    assert.match(text, /catch_unwind/, `${file}: ${text.slice(0, 200)}`);
  }
});
