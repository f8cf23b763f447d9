'use strict';

// index.d.ts by its uses in types/*.test-d.ts, and lib/ by its JSDoc: what tsc says.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const root = path.join(__dirname, '..');
const TSC = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');

/** @returns {Promise<{ code: number, output: string }>} */
function tsc(project) {
  return new Promise((resolve) => {
    execFile(process.execPath, [TSC, '--project', project], { cwd: root }, (error, output) =>
      resolve({ code: error?.code ?? 0, output }),
    );
  });
}

test('what the types infer and refuse is what their tests say', async () => {
  assert.deepEqual(await tsc('tsconfig.json'), { code: 0, output: '' });
});

test('a use that the types refuse fails there', async (t) => {
  // Inside the clone, as the types of Node are found from there.
  const folder = fs.mkdtempSync(path.join(root, 'node_modules', '.types-test-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  fs.writeFileSync(
    path.join(folder, 'wrong.test-d.ts'),
    `import { Pool, type OffloopErrorCode } from '../../index.js';
new Pool().run((n: number) => n, ['text']);
new Pool({ maxThread: 1 });
export const code: OffloopErrorCode = 'OFFLOOP_ERR_TIRED';
`,
  );
  const config = path.join(folder, 'tsconfig.json');
  fs.writeFileSync(
    config,
    JSON.stringify({ extends: '../../tsconfig.json', files: ['wrong.test-d.ts'], include: [] }),
  );
  const { code, output } = await tsc(config);
  assert.notEqual(code, 0);
  const lines = [...output.matchAll(/wrong\.test-d\.ts\((\d+),/g)].map(([, line]) => Number(line));
  assert.deepEqual([...new Set(lines)].sort(), [2, 3, 4], output);
});
