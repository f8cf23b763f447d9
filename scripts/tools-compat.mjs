// Functions as compilers, bundlers and test runners leave them: node scripts/tools-compat.mjs [part of a name …]
// Installs the tools into a folder of their own (.tools, kept for the next time), compiles the same program with each and
// compares what its functions give on the main thread and in a task: results, and where their errors say they come from.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './paths.mjs';

const folder = join(root, '.tools');
const fixtures = join(root, '__test__', 'fixtures', 'tools');
const MOST_MS = 120_000;

// By major: what the tools of today write is what is tested.
const VERSIONS = {
  '@babel/core': '7',
  '@babel/preset-env': '7',
  '@babel/preset-typescript': '7',
  '@swc/core': '1',
  '@vitest/coverage-istanbul': '3',
  '@vitest/coverage-v8': '3',
  'babel-plugin-istanbul': '7',
  esbuild: '0.28',
  jest: '30',
  marked: '15',
  ms: '2',
  rollup: '4',
  'ts-node': '10',
  tsx: '4',
  typescript: '5',
  vite: '7',
  vitest: '3',
  webpack: '5',
};

function prepare() {
  mkdirSync(folder, { recursive: true });
  const manifest = `${JSON.stringify({ private: true, dependencies: VERSIONS }, null, 2)}\n`;
  const file = join(folder, 'package.json');
  if (
    !existsSync(file) ||
    readFileSync(file, 'utf8') !== manifest ||
    !existsSync(join(folder, 'node_modules'))
  ) {
    writeFileSync(file, manifest);
    run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', '--legacy-peer-deps']);
  }
  const link = join(folder, 'node_modules', 'offloop');
  rmSync(link, { recursive: true, force: true });
  symlinkSync(root, link);
  rmSync(join(folder, 'cases'), { recursive: true, force: true });
  mkdirSync(join(folder, 'cases'));
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: MOST_MS,
    env: { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '0' },
    ...options,
  });
  if (result.status !== 0) {
    throw new Error(
      `${command} ${args.join(' ')}: ${result.stdout}${result.stderr}${result.error ?? ''}`,
    );
  }
  return result.stdout;
}

const tools = createRequire(join(folder, 'tools.js'));
const source = () => readFileSync(join(fixtures, 'app.ts'), 'utf8');

/** A case's folder, with the program and what it needs to be of one module format. */
function place(name, format, files) {
  const at = join(folder, 'cases', name.replace(/\W+/g, '-'));
  mkdirSync(at, { recursive: true });
  writeFileSync(
    join(at, 'package.json'),
    JSON.stringify({ type: format === 'cjs' ? 'commonjs' : 'module' }),
  );
  for (const [file, text] of Object.entries(files)) writeFileSync(join(at, file), text);
  return at;
}

const MAIN = {
  cjs: "require('./app.js').compare().then((told) => console.log(JSON.stringify(told)));\n",
  esm: "import { compare } from './app.js';\nconsole.log(JSON.stringify(await compare()));\n",
};

/** Runs compiled text under plain Node. */
function compiled(name, format, text) {
  const at = place(name, format, { 'app.js': text, 'main.js': MAIN[format] });
  return run(process.execPath, [join(at, 'main.js')]);
}

/** @type {Record<string, () => string | Promise<string>>} what each prints */
const cases = {};

for (const format of ['cjs', 'esm']) {
  for (const target of ['es2022', 'es2017', 'es2015']) {
    cases[`esbuild ${target} ${format}`] = () => {
      const { code } = tools('esbuild').transformSync(source(), {
        loader: 'ts',
        format,
        target,
        keepNames: true,
      });
      return compiled(`esbuild ${target} ${format}`, format, code);
    };
  }
  for (const target of ['es5', 'es2015', 'es2017', 'es2022']) {
    cases[`swc ${target} ${format}`] = () => {
      const { code } = tools('@swc/core').transformSync(source(), {
        filename: 'app.ts',
        swcrc: false,
        jsc: { target, parser: { syntax: 'typescript' } },
        module: { type: format === 'cjs' ? 'commonjs' : 'es6' },
      });
      return compiled(`swc ${target} ${format}`, format, code);
    };
  }
  for (const target of ['ES5', 'ES2015', 'ES2017', 'ES2022']) {
    cases[`typescript ${target} ${format}`] = () => {
      const ts = tools('typescript');
      const { outputText } = ts.transpileModule(source(), {
        compilerOptions: {
          target: ts.ScriptTarget[target],
          module: format === 'cjs' ? ts.ModuleKind.CommonJS : ts.ModuleKind.ESNext,
          esModuleInterop: true,
          downlevelIteration: true,
        },
      });
      return compiled(`typescript ${target} ${format}`, format, outputText);
    };
  }
  for (const [target, targets] of [
    ['ie 11', 'ie 11'],
    ['node 10', 'node 10'],
    ['node 20', 'node 20'],
  ]) {
    for (const coverage of [false, true]) {
      const name = `babel ${target} ${format}${coverage ? ' istanbul' : ''}`;
      cases[name] = () => compiled(name, format, withBabel(format, targets, coverage));
    }
  }
}

function withBabel(format, targets, coverage) {
  return tools('@babel/core').transformSync(source(), {
    filename: join(folder, 'app.ts'),
    cwd: folder,
    babelrc: false,
    configFile: false,
    presets: [
      [
        tools.resolve('@babel/preset-env'),
        { targets, modules: format === 'cjs' ? 'commonjs' : false },
      ],
      tools.resolve('@babel/preset-typescript'),
    ],
    plugins: coverage
      ? [[tools.resolve('babel-plugin-istanbul'), { cwd: folder, include: ['**'] }]]
      : [],
  }).code;
}

cases['tsx'] = () => {
  const at = place('tsx', 'esm', { 'app.ts': source(), 'main.ts': MAIN.esm });
  return run(process.execPath, ['--import', 'tsx', join(at, 'main.ts')]);
};

cases['ts-node'] = () => {
  const at = place('ts-node', 'cjs', {
    'app.ts': source(),
    'main.js': MAIN.cjs.replace('./app.js', './app.ts'),
    'tsconfig.json': JSON.stringify({
      compilerOptions: { module: 'commonjs', target: 'es2020', esModuleInterop: true },
    }),
  });
  return run(process.execPath, ['-r', 'ts-node/register/transpile-only', 'main.js'], { cwd: at });
};

for (const format of ['cjs', 'esm']) {
  cases[`rollup ${format}`] = async () => {
    const { code: app } = tools('esbuild').transformSync(source(), {
      loader: 'ts',
      format: 'esm',
      target: 'es2022',
    });
    const name = `rollup ${format}`;
    const at = place(name, format, { 'entry.mjs': app });
    const { rollup } = tools('rollup');
    const bundle = await rollup({
      input: join(at, 'entry.mjs'),
      external: ['offloop', 'marked', 'ms'],
    });
    const { output } = await bundle.generate({
      format: format === 'cjs' ? 'cjs' : 'es',
      interop: 'auto',
    });
    return compiled(name, format, output[0].code);
  };

  cases[`esbuild bundle ${format}`] = () => {
    const name = `esbuild bundle ${format}`;
    const at = place(name, format, { 'entry.ts': source() });
    const { outputFiles } = tools('esbuild').buildSync({
      entryPoints: [join(at, 'entry.ts')],
      bundle: true,
      packages: 'external',
      platform: 'node',
      format,
      keepNames: true,
      write: false,
    });
    return compiled(name, format, outputFiles[0].text);
  };
}

cases['webpack is refused by name'] = async () => {
  const name = 'webpack is refused by name';
  const { code: app } = tools('esbuild').transformSync(source(), {
    loader: 'ts',
    format: 'esm',
    target: 'es2022',
  });
  const at = place(name, 'cjs', { 'entry.mjs': app, 'main.js': MAIN.cjs });
  const webpack = tools('webpack');
  await new Promise((resolve, reject) => {
    webpack(
      {
        mode: 'development',
        devtool: false,
        target: 'node',
        context: at,
        entry: './entry.mjs',
        output: { path: at, filename: 'app.js', library: { type: 'commonjs2' } },
        externals: { offloop: 'commonjs offloop', marked: 'commonjs marked', ms: 'commonjs ms' },
      },
      (error, stats) => {
        if (error ?? stats.hasErrors()) reject(error ?? new Error(stats.toString()));
        else resolve(undefined);
      },
    );
  });
  // Only the bundle's own runtime finds its modules: refused by name, which is what is compared here.
  writeFileSync(join(at, 'refused.js'), REFUSED);
  return run(process.execPath, [join(at, 'refused.js')]);
};

/** Tells as a result of both sides what the refusal must name. */
const REFUSED = `
require('./app.js').compare().then(
  () => { throw new Error('it was not refused'); },
  (error) => {
    const named = ['Counter', 'later', 'LIMIT', 'shout', 'vowelsOf'];
    const told = named.filter((name) => error.captures?.some((capture) => capture.name === name));
    const side = (rendered) => ({ rendered: { code: 'OFFLOOP_ERR_CLOSURE', names: rendered }, thrown: ['refused', 'refused'] });
    const task = { ...side(told), rendered: { code: error.code, names: told } };
    console.log(JSON.stringify({ main: side(named), task }));
  },
);
`;

cases['vite ssr build'] = async () => {
  const name = 'vite ssr build';
  const at = place(name, 'esm', { 'entry.ts': source(), 'main.js': MAIN.esm });
  const { build } = await import(tools.resolve('vite'));
  await build({
    root: at,
    logLevel: 'silent',
    configFile: false,
    ssr: { external: ['offloop'] },
    build: {
      ssr: join(at, 'entry.ts'),
      outDir: at,
      emptyOutDir: false,
      minify: false,
      rollupOptions: { output: { entryFileNames: 'app.js' } },
    },
  });
  return run(process.execPath, [join(at, 'main.js')]);
};

cases['vite ssrLoadModule'] = () => {
  const at = place('vite ssrLoadModule', 'esm', {
    'app.ts': source(),
    'main.js': `import { createServer } from 'vite';
const server = await createServer({ root: ${JSON.stringify(folder)}, configFile: false, logLevel: 'silent', ssr: { external: ['offloop'] }, server: { middlewareMode: true, ws: false }, appType: 'custom' });
const { compare } = await server.ssrLoadModule(new URL('./app.ts', import.meta.url).pathname);
console.log(JSON.stringify(await compare()));
await server.close();
`,
  });
  return run(process.execPath, [join(at, 'main.js')]);
};

/** What a test runner swallows goes by a file. */
const testOf = (told) => `
test('told', async () => {
  writeFileSync(${JSON.stringify(told)}, JSON.stringify(await compare()));
}, ${MOST_MS});
`;

for (const coverage of ['', 'babel', 'v8']) {
  cases[`jest${coverage && ` with coverage by ${coverage}`}`] = () => {
    const told = join(folder, 'cases', `jest-${coverage}.json`);
    const at = place(`jest ${coverage}`, 'cjs', {
      'app.ts': source(),
      'app.test.js': `const { writeFileSync } = require('node:fs');\nconst { compare } = require('./app');\n${testOf(told)}`,
      'babel.config.js':
        "module.exports = { presets: [['@babel/preset-env', { targets: { node: 'current' } }], '@babel/preset-typescript'] };",
      'jest.config.js': `module.exports = { rootDir: __dirname, silent: false, verbose: false, reporters: [], collectCoverage: ${coverage !== ''}, coverageProvider: '${coverage || 'babel'}', coverageReporters: [] };`,
    });
    const jest = join(folder, 'node_modules', 'jest', 'bin', 'jest.js');
    const config = join(at, 'jest.config.js');
    run(process.execPath, [jest, '--config', config, '--no-cache', '--watchman=false'], {
      cwd: at,
    });
    return readFileSync(told, 'utf8');
  };
}

for (const coverage of ['', 'istanbul', 'v8']) {
  cases[`vitest${coverage && ` with coverage by ${coverage}`}`] = () => {
    const told = join(folder, 'cases', `vitest-${coverage}.json`);
    const at = place(`vitest ${coverage}`, 'esm', {
      'app.ts': source(),
      'app.test.ts': `import { writeFileSync } from 'node:fs';\nimport { test } from 'vitest';\nimport { compare } from './app.ts';\n${testOf(told)}`,
      'vitest.config.mjs': `export default { test: { disableConsoleIntercept: true, reporters: ['dot'], coverage: { enabled: ${coverage !== ''}, provider: '${coverage || 'v8'}', reporter: [], include: ['app.ts'] } } };`,
    });
    const vitest = join(folder, 'node_modules', 'vitest', 'vitest.mjs');
    run(process.execPath, [vitest, 'run', '--root', at], { cwd: at });
    return readFileSync(told, 'utf8');
  };
}

/** The line that compare() printed. */
function toldBy(output) {
  const line = output.split('\n').find((text) => text.includes('{"main":'));
  if (line === undefined) throw new Error(`it told nothing:\n${output}`);
  return JSON.parse(line.slice(line.indexOf('{"main":')));
}

/** On the main thread these rewrite stacks by a hook of their own; those of a task name what ran. */
const REWRITES_STACKS = /^(vitest|jest|ts-node)/;

function judge(name, { main, task }) {
  if (JSON.stringify(main.rendered) !== JSON.stringify(task.rendered)) {
    return `results differ: ${JSON.stringify(main.rendered)} and ${JSON.stringify(task.rendered)}`;
  }
  if (main.thrown.length < 2) return `the error has no frames of its own: ${main.thrown}`;
  const inWords = ({ thrown }) =>
    JSON.stringify(REWRITES_STACKS.test(name) ? thrown[0].split(' (')[0] : thrown);
  return inWords(main) === inWords(task)
    ? null
    : `places differ: ${JSON.stringify(main.thrown)} and ${JSON.stringify(task.thrown)}`;
}

prepare();
const wanted = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const [name, output] of Object.entries(cases)) {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
  let problem;
  try {
    problem = judge(name, toldBy(await output()));
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  if (problem === null) {
    passed += 1;
    console.log(`ok ${name}`);
  } else {
    failed += 1;
    console.log(`not ok ${name}: ${problem.slice(0, 3000)}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0 || passed === 0) process.exitCode = 1;
