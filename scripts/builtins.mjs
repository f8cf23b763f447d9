// The built-in modules of a task: node scripts/builtins.mjs [--force] bundles src/runtime/builtins/ into build/builtins/.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { patched } from './builtin-patches.mjs';
import { buildFolder, root } from './paths.mjs';
import { withProgress } from './progress.mjs';

const sourceFolder = join(root, 'src', 'runtime', 'builtins');
export const builtinsFolder = join(buildFolder, 'builtins');
const stampFile = join(buildFolder, 'builtins.stamp');

/** What only the entries bundle; not modules by themselves. */
const SHARED = 'internal';
/** Internal all the same, but whole: others reach them as `require('internal/…')`, so that there is one of each. */
const INTERNAL_MODULES = [
  'internal/als',
  // Named exports of CommonJS, for the loader.
  'internal/cjs-lexer',
  'internal/engine',
  'internal/equality',
  'internal/errors',
  'internal/names',
  'internal/parse-args',
  'internal/unavailable',
  'internal/web',
  'internal/whatwg-url',
];

/** Shorter code that engines of Node 20 and later do not need, in place of packages that polyfill it. */
const shim = (name) => join(sourceFolder, SHARED, 'shims', name);
const ALIASES = {
  'call-bind/callBound': shim('call-bound.js'),
  'object.assign/polyfill': shim('object-assign.js'),
  'object-is/polyfill': shim('object-is.js'),
  'object-is': shim('object-is.js'),
  'is-nan': shim('is-nan.js'),
  tr46: shim('tr46.js'),
  'abort-controller': 'internal/web',
};

/** Files of packages, by their place below node_modules. */
const REPLACED = {
  'unenv/dist/runtime/node/internal/url/errors.mjs': shim('url-errors.js'),
  'unenv/dist/runtime/node/punycode.mjs': shim('url-punycode.js'),
  'path-unified/src/validators.js': shim('path-validators.js'),
  'assert/build/internal/errors.js': shim('assert-errors.js'),
};

/** Names of the modules, as `require` knows them. */
export function builtinNames() {
  return filesUnder(sourceFolder)
    .map((file) => nameOf(file.slice(0, -'.js'.length)))
    .filter((name) => !name.startsWith(`${SHARED}/`) || INTERNAL_MODULES.includes(name));
}

function nameOf(path) {
  return relative(sourceFolder, path).replaceAll('\\', '/');
}

/** True when build/builtins was made from just these sources and packages. */
export function builtinsAreCurrent() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp();
}

/** @param {{ force?: boolean }} [options] build even when nothing changed */
export async function buildBuiltins({ force = false } = {}) {
  const name = relative(root, builtinsFolder);
  if (!force && builtinsAreCurrent()) {
    console.log(`${name} is up to date`);
    return;
  }
  await withProgress('bundling the built-in modules', (progress) => bundle(progress));
}

/** @param {import('./progress.mjs').Progress} progress */
async function bundle(progress) {
  // Not at the top: set-up asks whether all is current before there are packages.
  const { build } = await import('esbuild');
  const names = builtinNames();
  // In another place first: what fails leaves what was there.
  const unfinished = `${builtinsFolder}.${process.pid}.tmp`;
  try {
    await bundleInto(unfinished, names, build, progress);
    rmSync(stampFile, { force: true });
    rmSync(builtinsFolder, { recursive: true, force: true });
    renameSync(unfinished, builtinsFolder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  writeFileSync(stampFile, stamp());
}

/** A file for each of `names`, and what their licences ask for. */
async function bundleInto(folder, names, build, progress) {
  /** @type {Set<string>} */
  const packages = new Set();
  for (const name of names) {
    progress.step(name);
    const { outputFiles, metafile } = await build({
      entryPoints: [join(sourceFolder, `${name}.js`)],
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      format: 'cjs',
      platform: 'neutral',
      mainFields: ['main'],
      target: 'es2022',
      // Names stay: messages and util.inspect show them.
      minifySyntax: true,
      minifyWhitespace: true,
      define: { BUILTIN_NAMES: JSON.stringify(names), global: 'globalThis' },
      charset: 'utf8',
      legalComments: 'inline',
      // Stubs for what packages take from the global object; `process` and `Buffer` are modules here.
      inject: injected(name),
      plugins: [resolution(name, new Set(names)), patches],
      logLevel: 'error',
    });
    const target = join(folder, `${name}.js`);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputFiles[0].text);
    for (const [input, { bytesInOutput }] of Object.entries(
      Object.values(metafile.outputs)[0].inputs,
    )) {
      const found = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
      if (found && bytesInOutput > 0) packages.add(found[1]);
    }
  }
  writeFileSync(join(folder, 'NOTICE.txt'), notices([...packages].sort()));
}

/** The licences of what is bundled: each asks to be passed on. */
function notices(packages) {
  return packages
    .map((name) => {
      const folder = join(root, 'node_modules', name);
      const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const file = readdirSync(folder).find((one) => /^licen[sc]e/i.test(one));
      const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
      return `${name} ${version} (${license})\n\n${text}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

/** Other modules stay outside: there is one of each in a realm. */
function resolution(self, names) {
  return {
    name: 'builtins',
    setup(build) {
      build.onResolve({ filter: /./ }, ({ path, kind, importer }) => {
        if (kind === 'entry-point') return undefined;
        const alias = ALIASES[path];
        if (alias !== undefined && !names.has(alias)) return { path: alias };
        if (path.startsWith('.') && importer.startsWith(sourceFolder)) {
          const own = nameOf(resolve(dirname(importer), path));
          return names.has(own) ? { path: own, external: true, sideEffects: false } : undefined;
        }
        // `util/` is how a package asks for the one on npm.
        const name = alias ?? path.replace(/^node:/, '').replace(/\/$/, '');
        const ownPackage = importer.startsWith(sourceFolder) && path.endsWith('/');
        if (names.has(name) && !ownPackage)
          return { path: name, external: true, sideEffects: false };
        return path.startsWith(`${SHARED}/`)
          ? { path: join(sourceFolder, `${path}.js`) }
          : undefined;
      });
      build.onEnd(({ errors }) => {
        for (const error of errors) error.text = `${self}: ${error.text}`;
      });
    },
  };
}

function injected(name) {
  return ['process', 'buffer']
    .filter((module) => module !== name)
    .map((module) => join(sourceFolder, SHARED, 'globals', `${module}.js`));
}

const patches = {
  name: 'patches',
  setup(build) {
    build.onLoad({ filter: /[\\/]node_modules[\\/].*\.m?js$/ }, ({ path }) => {
      const file = path.slice(path.lastIndexOf('node_modules') + 'node_modules/'.length);
      const name = file.replaceAll('\\', '/');
      const replacement = REPLACED[name];
      if (replacement !== undefined) {
        return { contents: readFileSync(replacement, 'utf8'), resolveDir: dirname(replacement) };
      }
      const contents = patched(name, readFileSync(path, 'utf8'));
      return contents === undefined ? undefined : { contents, loader: 'js' };
    });
  },
};

/** Contents, as git sets a file's time when it checks it out; of the packages, what the lock says. */
function stamp() {
  const hash = createHash('sha256');
  const files = [
    ...filesUnder(sourceFolder),
    join(root, 'package-lock.json'),
    join(root, 'scripts', 'builtins.mjs'),
    join(root, 'scripts', 'builtin-patches.mjs'),
  ];
  for (const file of files) {
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory() ? filesUnder(join(folder, entry.name)) : [join(folder, entry.name)],
    )
    .filter((file) => file.endsWith('.js'))
    .sort();
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await buildBuiltins({ force: process.argv.includes('--force') });
}
