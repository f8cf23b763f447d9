'use strict';

// What tasks and isolates find of Node's own modules and globals, and what they are told of the rest.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');

const { Isolate, Pool } = require('..');

const root = path.join(__dirname, '..');
const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');
const builtins = path.join(root, 'build', 'builtins');

/** Those with names that Node gives to modules of its own. */
const MODULES = fs
  .readdirSync(builtins, { recursive: true })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.js') && !file.startsWith('internal/'))
  .map((file) => file.slice(0, -'.js'.length))
  .sort();

/** Rows of a table of docs/builtins.md: the names in the first cell, the second cell. */
function documented(heading) {
  const section = read('docs/builtins.md').split(`## ${heading}\n`)[1].split('\n## ')[0];
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => {
      const [, names, state] = line.split(/ *\| */);
      return [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => [name, state]);
    });
}

describe('the modules of Node in a task', () => {
  /** @type {Pool} */
  let pool;
  before(() => {
    pool = new Pool({ maxThreads: 1 });
  });
  after(() => pool.close());

  it('are all there to be required, with and without node:', async () => {
    const failed = await pool.run(
      (names) =>
        names.flatMap((name) => {
          try {
            const made = require(`node:${name}`);
            // As in Node, some are there with node: only.
            if (/^(sea|sqlite|test)/.test(name)) return [];
            return require(name) === made ? [] : [`${name} twice`];
          } catch (error) {
            return [`${name}: ${error.stack}`];
          }
        }),
      [MODULES],
    );
    assert.deepEqual(failed, []);
  });

  it('say that no file is there to fs.existsSync, which never throws', async () => {
    const answers = await pool.run(() => {
      const fs = require('fs');
      return [fs.existsSync('/'), fs.existsSync(), { ...fs }.existsSync('package.json')];
    });
    assert.deepEqual(answers, [false, false, false]);
    await assert.rejects(
      pool.run(() => require('fs').statSync('/')),
      { code: 'OFFLOOP_ERR_BUILTIN_UNAVAILABLE' },
    );
  });

  it('can be imported though one of their getters throws', async () => {
    const [platform, stdin] = await pool.run(async () => {
      const { default: made, platform: named } = await import('node:process');
      const code = () => {
        try {
          return made.stdin;
        } catch (error) {
          return error.code;
        }
      };
      return [named, code()];
    });
    assert.deepEqual([platform, stdin], [process.platform, 'OFFLOOP_ERR_BUILTIN_UNAVAILABLE']);
  });

  it('are those of docs/builtins.md', () => {
    const others = ['crypto', 'zlib'];
    const rows = documented('Modules').map(([name]) => name);
    assert.deepEqual(
      [...new Set([...rows, ...others])].sort(),
      [...new Set([...MODULES, ...others])].sort(),
    );
  });

  it('have a name for each that Node has, but for those that are Node itself', () => {
    const flags = ['-p', `JSON.stringify(require('node:module').builtinModules)`];
    const names = JSON.parse(execFileSync(process.execPath, flags, { encoding: 'utf8' }));
    const own = new Set([...MODULES, 'crypto', 'zlib']);
    // Parts of Node that are not meant to be used, deprecated in every version.
    const internals = ['_http_common', '_stream_wrap'];
    const missing = names
      .map((name) => name.replace('node:', ''))
      .filter((name) => !own.has(name) && !internals.includes(name));
    // Of Node 26 and later.
    assert.deepEqual(
      missing.filter((name) => !['ffi', 'quic', 'vfs'].includes(name)),
      [],
    );
  });

  it('give the functions that do I/O, which throw when they are called', async () => {
    const results = await pool.run(() => {
      const said = (call) => {
        try {
          return call();
        } catch (error) {
          return `${error.code} ${error.message}`;
        }
      };
      const net = require('net');
      return [
        said(() => require('fs').readFileSync('/etc/hostname')),
        said(() => new net.Socket()),
        said(() => require('http').request('http://localhost')),
        said(() => require('child_process').execSync('true')),
        said(() => new (require('worker_threads').Worker)('x')),
        said(() => process.exit(1)),
        said(() => process.chdir('/')),
        said(() => require('os').networkInterfaces()),
        said(() => require('vm').createContext()),
        said(() => require('module').register('x')),
      ];
    });
    for (const text of results) assert.match(text, /^OFFLOOP_ERR_BUILTIN_UNAVAILABLE /);
    assert.equal(
      results[0],
      'OFFLOOP_ERR_BUILTIN_UNAVAILABLE fs.readFileSync() is not available in a task: it has no file system, network or processes of its own. Keep I/O in the main process and pass the data in.',
    );
    assert.match(results[1], /net\.Socket is not/);
    assert.match(results[5], /process\.exit\(\) .* return or throw/);
  });

  it('can be asked, spread, inherited from and promisified without doing I/O', async () => {
    const results = await pool.run(async () => {
      const fs = require('fs');
      const http = require('http');
      const net = require('net');
      const util = require('util');
      class Agent extends http.Agent {}
      function Old() {}
      util.inherits(Old, net.Socket);
      const readFile = util.promisify(fs.readFile);
      return [
        typeof fs.readFile,
        typeof fs.promises.readFile,
        fs.promises === require('fs/promises'),
        Object.keys({ ...fs }).length > 50,
        fs.constants.O_RDONLY,
        'nowhere' in fs,
        Agent.name,
        Old.super_ === net.Socket,
        await readFile('x').catch((error) => error.code),
        http.STATUS_CODES[404],
        http.METHODS.includes('GET'),
        net.isIP('::1') + net.isIP('127.0.0.1') + net.isIP('x'),
        require('tty').isatty(1),
        require('worker_threads').isMainThread,
        typeof fs.realpathSync.native,
      ];
    });
    assert.deepEqual(results, [
      'function',
      'function',
      true,
      true,
      0,
      false,
      'Agent',
      true,
      'OFFLOOP_ERR_BUILTIN_UNAVAILABLE',
      'Not Found',
      true,
      10,
      false,
      true,
      'function',
    ]);
  });

  it('tell of the process as it was when the pool was made', async () => {
    const told = await pool.run(() => {
      const os = require('os');
      return {
        pid: process.pid,
        version: process.version,
        platform: process.platform,
        argv: process.argv,
        cwd: process.cwd(),
        path: process.env.PATH,
        hostname: os.hostname(),
        cpus: os.cpus().length,
        signal: os.constants.signals.SIGTERM,
        memory: Object.values(process.memoryUsage()).every((bytes) => bytes > 0),
        up: process.uptime() > 0,
        hr: process.hrtime.bigint() <= process.hrtime.bigint(),
        tag: String(process),
        same: process === require('process') && global === globalThis,
      };
    });
    assert.deepEqual(told, {
      pid: process.pid,
      version: process.version,
      platform: process.platform,
      argv: process.argv,
      cwd: process.cwd(),
      path: process.env.PATH,
      hostname: os.hostname(),
      cpus: os.cpus().length,
      signal: os.constants.signals.SIGTERM,
      memory: true,
      up: true,
      hr: true,
      tag: '[object process]',
      same: true,
    });
  });

  it('keep what a task does to process.env in its isolate', async () => {
    const name = 'OFFLOOP_TEST_OF_A_TASK';
    await pool.run(
      (key) => {
        process.env[key] = 'changed';
      },
      [name],
    );
    assert.equal(process.env[name], undefined);
  });

  it('forget the ticks that a task leaves behind', async () => {
    const first = await pool.run(() => {
      globalThis.ran = 0;
      process.nextTick(() => {
        globalThis.ran++;
        process.nextTick(() => globalThis.ran++);
      });
      return new Promise((resolve) => process.nextTick(resolve, 'settled'));
    });
    assert.equal(first, 'settled');
    assert.equal(await pool.run(() => globalThis.ran), 2);
    const left = await pool.run(() => {
      process.nextTick(() => {
        globalThis.late = true;
      });
      return 'at once';
    });
    assert.equal(left, 'at once');
    const late = await pool.run(async () => {
      const seen = globalThis.late;
      await null;
      return [seen, globalThis.late];
    });
    // Either before the first task was over, or never.
    assert.deepEqual(late[0], late[1]);
  });

  it('report what a tick throws as uncaught, and go on with the next', async () => {
    await assert.rejects(
      pool.run(
        () =>
          new Promise(() => {
            process.nextTick(() => {
              throw new RangeError('in a tick');
            });
          }),
      ),
      { name: 'RangeError', message: 'in a tick' },
    );
    assert.equal(await pool.run(() => 1), 1);
  });

  it('end a task whose ticks have no end at its deadline', async () => {
    await assert.rejects(
      pool.run(
        () =>
          new Promise(() => {
            const again = () => process.nextTick(again);
            again();
          }),
        [],
        { timeout: 100 },
      ),
      { code: 'OFFLOOP_ERR_TIMEOUT' },
    );
    assert.equal(await pool.run(() => 1), 1);
  });

  it('print what is written to stdout and stderr, a line each', async () => {
    const code = `
      const { Pool } = require(${JSON.stringify(root)});
      const pool = new Pool({ maxThreads: 1 });
      pool.run(() => {
        process.stdout.write('one ');
        process.stdout.write('line\\nand a half');
        process.stderr.write('%s stays\\n');
        process.emitWarning('careful', 'TestWarning', 'T1');
        return new Promise((resolve) => setTimeout(resolve, 1));
      }).then(() => pool.close());
    `;
    const { stdout, stderr } = require('node:child_process').spawnSync(
      process.execPath,
      ['-e', code],
      { encoding: 'utf8' },
    );
    assert.equal(stdout, 'one line\nand a half\n');
    assert.match(stderr, /^%s stays\n\(node:\d+\) \[T1\] TestWarning: careful\n$/);
  });
});

describe('the globals of Node in a task', () => {
  it('are those of docs/builtins.md, and there when they are first used', async () => {
    await using_(new Pool({ maxThreads: 1 }), async (pool) => {
      const rows = documented('Globals');
      const there = await pool.run(
        (names) => names.filter((name) => typeof globalThis[name] === 'undefined'),
        [rows.filter(([, state]) => !state.startsWith('absent')).map(([name]) => name)],
      );
      assert.deepEqual(
        there.filter((name) => name !== 'crypto'),
        [],
      );
      const absent = await pool.run(
        (names) => names.filter((name) => typeof globalThis[name] !== 'undefined'),
        [rows.filter(([, state]) => state.startsWith('absent')).map(([name]) => name)],
      );
      assert.deepEqual(absent, []);
    });
  });

  it('work together: events, aborts, URLs, exceptions', async () => {
    await using_(new Pool({ maxThreads: 1 }), async (pool) => {
      const results = await pool.run(async () => {
        const seen = [];
        const target = new EventTarget();
        target.addEventListener('x', (event) => seen.push(event.type, event.detail), {
          once: true,
        });
        target.dispatchEvent(new CustomEvent('x', { detail: 5 }));
        target.dispatchEvent(new CustomEvent('x', { detail: 6 }));
        const controller = new AbortController();
        const any = AbortSignal.any([controller.signal, AbortSignal.timeout(10_000)]);
        any.onabort = () => seen.push('any');
        controller.abort();
        // Its timer keeps nothing going, as in Node.
        const timed = AbortSignal.timeout(1);
        const going = setInterval(() => {}, 1);
        await new Promise((resolve) => timed.addEventListener('abort', resolve));
        clearInterval(going);
        const exception = new DOMException('words', 'NotFoundError');
        let cloning;
        try {
          structuredClone(() => {});
        } catch (error) {
          cloning = error instanceof DOMException;
        }
        return [
          ...seen,
          any.aborted,
          any.reason.name,
          timed.reason.name,
          new URL('/b?c=é', 'http://faß.de/a').href,
          new URLSearchParams({ a: 'b c' }).toString(),
          `${exception} ${exception.code} ${DOMException.NOT_FOUND_ERR}`,
          exception instanceof Error,
          cloning,
          Buffer.from('é').toString('base64'),
        ];
      });
      assert.deepEqual(results, [
        'x',
        5,
        'any',
        true,
        'AbortError',
        'TimeoutError',
        'http://xn--fa-hia.de/b?c=%C3%A9',
        'a=b+c',
        'NotFoundError: words 8 8',
        true,
        true,
        'w6k=',
      ]);
    });
  });

  it('may be replaced, removed and asked for while they are made', async () => {
    await using_(new Pool({ maxThreads: 1 }), async (pool) => {
      const results = await pool.run(() => {
        'use strict';
        const before = Object.getOwnPropertyDescriptor(globalThis, 'Event');
        globalThis.EventTarget = 5;
        delete globalThis.AbortSignal;
        // Called while modules are loaded: it asks for the global that is being made, removes it and sets it.
        const { set } = Map.prototype;
        let times = 0;
        Map.prototype.set = function patched(...values) {
          times++;
          void globalThis.Buffer;
          delete globalThis.Buffer;
          globalThis.Buffer = 'theirs';
          return Reflect.apply(set, this, values);
        };
        const made = typeof Buffer;
        Map.prototype.set = set;
        return [
          typeof before.value,
          EventTarget,
          typeof AbortSignal,
          times >= 0,
          made !== 'undefined',
        ];
      });
      assert.deepEqual(results, ['function', 5, 'undefined', true, true]);
      assert.equal(await pool.run(() => 1 + 1), 2);
    });
    const isolate = new Isolate();
    try {
      const code =
        'for (const key of Reflect.ownKeys(Object.prototype)) ; const { apply } = Reflect; Object.defineProperty = function () { delete globalThis.URL; globalThis.URL = 1; return arguments[0]; }; let made; try { made = typeof URL } catch (error) { made = error.name } made';
      assert.equal(typeof (await isolate.evaluate(code)), 'string');
      assert.equal(await isolate.evaluate('1 + 1'), 2);
    } finally {
      await isolate.dispose();
    }
  });

  it('are few in an isolate of a user, which learns nothing of the process', async () => {
    const isolate = new Isolate();
    try {
      const there = await isolate.evaluate(
        "['URL', 'URLSearchParams', 'AbortController', 'AbortSignal', 'Event', 'EventTarget', 'DOMException', 'Buffer', 'process', 'global', 'require'].filter((name) => typeof globalThis[name] !== 'undefined')",
      );
      assert.deepEqual(there, [
        'URL',
        'URLSearchParams',
        'AbortController',
        'AbortSignal',
        'Event',
        'EventTarget',
        'DOMException',
      ]);
      const href = await isolate.evaluate("new URL('../x', 'http://h/a/b/').href");
      assert.equal(href, 'http://h/a/x');
      await assert.rejects(isolate.evaluate('Buffer.from([1])'), {
        message: /^Buffer is not defined in a task\. A Buffer argument arrives as a Uint8Array/,
      });
    } finally {
      await isolate.dispose();
    }
  });
});

async function using_(pool, use) {
  try {
    await use(pool);
  } finally {
    await pool.close();
  }
}
