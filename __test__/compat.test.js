'use strict';

// What docs/compatibility.md says of the packages in compat/, without installing them: `npm run compat` does that.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const calls = require('../compat/calls');

const root = path.join(__dirname, '..');
const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');
const { packages } = JSON.parse(read('compat/package-lock.json'));

const rows = read('docs/compatibility.md')
  .split('\n')
  .filter((line) => /^\| (?!package |---)/.test(line))
  .map((line) => {
    const [, shown, version, result] = /^\| (.*) \| (.*) \| (.*) \|$/.exec(line);
    const [name] = shown.split(' (with ');
    return { name, shown, version, result };
  });

test('the table has each package of the fixture once, in the version that is installed', () => {
  assert.deepEqual(rows.map(({ name }) => name).sort(), Object.keys(calls).sort());
  for (const { name, shown, version } of rows) {
    assert.equal(version, packages[`node_modules/${name}`].version, name);
    for (const beside of calls[name].with ?? []) {
      assert.ok(shown.includes(`${beside} ${packages[`node_modules/${beside}`].version}`), name);
    }
  }
});

test('at least 95 of 100 work, counted over all of at least 60, and the rest say with which error they fail', () => {
  const works = rows.filter(({ result }) => result === 'works');
  assert.ok(rows.length >= 60);
  assert.ok(works.length >= 0.95 * rows.length, `${works.length} of ${rows.length}`);
  assert.ok(read('docs/compatibility.md').includes(`${works.length} of ${rows.length} work`));
  for (const { name, result } of rows) {
    if (result !== 'works') assert.match(result, /^fails: [A-Z_]+: \S/, name);
  }
});

test('each package that the fixture installs is called, and what is called is installed in an exact version', () => {
  const { dependencies } = JSON.parse(read('compat/package.json'));
  const used = Object.entries(calls).flatMap(([name, call]) => [name, ...(call.with ?? [])]);
  assert.deepEqual([...new Set(used)].sort(), Object.keys(dependencies).sort());
  for (const [name, version] of Object.entries(dependencies)) {
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
  }
});

test('each call gets 1 KB or more, or says why it cannot', () => {
  for (const [name, { args, short }] of Object.entries(calls)) {
    if (short === undefined) assert.ok(JSON.stringify(args).length >= 1024, name);
  }
});

test('no package of the fixture is named in src/ or lib/', () => {
  const files = ['src', 'lib'].flatMap((folder) =>
    fs
      .readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name)),
  );
  assert.ok(files.length > 100);
  const names = Object.keys(calls).flatMap((name) => [name, ...(calls[name].with ?? [])]);
  for (const file of files) {
    const text = fs.readFileSync(file, 'utf8');
    const found = names.filter((name) =>
      [`'${name}'`, `"${name}"`, `\`${name}\``].some((one) => text.includes(one)),
    );
    assert.deepEqual(found, [], path.relative(root, file));
  }
});
