const EventEmitter = require('events');
const { within } = require('internal/als');
const { checkFunction, invalidArgument, unavailable } = require('./internal/errors');

const { apply } = Reflect;
const { console } = globalThis;
const copy = (value) => JSON.parse(JSON.stringify(value ?? {}));

/** Node's class is no constructor for others either. */
function process() {}
Object.setPrototypeOf(process.prototype, EventEmitter.prototype);
const self = Object.create(process.prototype);
EventEmitter.call(self);
Object.defineProperty(process.prototype, Symbol.toStringTag, {
  value: 'process',
  configurable: true,
});

const IN_THE_PROCESS = 'Do that in the main process.';
const refuse = (name, instead = IN_THE_PROCESS) => {
  const method = {
    [name]() {
      throw unavailable(`process.${name}()`, instead, method);
    },
  }[name];
  return method;
};

// ── time ───────────────────────────────────────────────────────────────────────────────────────

const NANOS = 1e6;
/** Milliseconds since the process began. */
const sinceStart = () => native.timeOrigin + native.now() - (facts.started ?? native.timeOrigin);

function hrtime(previous) {
  const now = native.now();
  let seconds = Math.floor(now / 1000);
  let nanoseconds = Math.floor((now % 1000) * NANOS);
  if (previous !== undefined) {
    if (!Array.isArray(previous)) throw invalidArgument('time', 'an instance of Array', previous);
    seconds -= previous[0];
    nanoseconds -= previous[1];
    if (nanoseconds < 0) {
      seconds--;
      nanoseconds += 1e9;
    }
  }
  return [seconds, nanoseconds];
}
hrtime.bigint = () => BigInt(Math.floor(native.now() * NANOS));

function memoryUsage() {
  const [rss, heapTotal, heapUsed, external, arrayBuffers] = native.memory();
  return { rss, heapTotal, heapUsed, external, arrayBuffers };
}
memoryUsage.rss = () => native.memory()[0];

// ── what runs next ─────────────────────────────────────────────────────────────────────────────

function nextTick(callback, ...values) {
  checkFunction(callback, 'callback');
  const frame = native.frame();
  native.tick(
    frame === undefined
      ? () => apply(callback, undefined, values)
      : () => within(frame, callback, undefined, values),
  );
}

// ── output ─────────────────────────────────────────────────────────────────────────────────────

/** The console of the caller takes lines: what has no end yet waits for it, or for the end of the turn. */
function output(fd, method) {
  let rest = '';
  const print = (line) => apply(console[method], console, ['%s', line]);
  const flush = () => {
    if (rest === '') return;
    const line = rest;
    rest = '';
    print(line);
  };
  const Writable = () => require('stream').Writable;
  let stream;
  return () => {
    if (stream !== undefined) return stream;
    stream = new (Writable())({
      decodeStrings: false,
      write(chunk, encoding, done) {
        const waiting = rest !== '';
        const lines = (rest + chunk).split('\n');
        rest = lines.pop();
        for (const line of lines) print(line);
        if (rest !== '' && !waiting) nextTick(flush);
        done();
      },
    });
    stream.fd = fd;
    return stream;
  };
}

function emitWarning(warning, typeOrOptions, code, above) {
  const options =
    typeof typeOrOptions === 'object' && typeOrOptions !== null
      ? typeOrOptions
      : { type: typeof typeOrOptions === 'string' ? typeOrOptions : undefined, code, ctor: above };
  let error = warning;
  if (typeof warning === 'string') {
    error = new Error(warning);
    error.name = String(options.type || 'Warning');
    if (options.code !== undefined && typeof options.code === 'string') error.code = options.code;
    Error.captureStackTrace(error, options.ctor || emitWarning);
  } else if (!(warning instanceof Error)) {
    throw invalidArgument('warning', 'of type string or an instance of Error', warning);
  }
  if (options.detail !== undefined) error.detail = options.detail;
  nextTick(() => {
    self.emit('warning', error);
    const shown = error.code === undefined ? '' : `[${error.code}] `;
    console.error(`(node:${self.pid}) ${shown}${error.name}: ${error.message}`);
  });
}

// ── the object ─────────────────────────────────────────────────────────────────────────────────

const lazy = (name, make) =>
  Object.defineProperty(self, name, {
    enumerable: true,
    configurable: true,
    get: make,
    set(value) {
      Object.defineProperty(self, name, { value, writable: true });
    },
  });

Object.assign(self, {
  version: facts.version,
  versions: Object.freeze(copy(facts.versions)),
  arch: facts.arch,
  platform: facts.platform,
  release: Object.freeze(copy(facts.release)),
  title: facts.title,
  argv: [...(facts.argv ?? [])],
  execArgv: [...(facts.execArgv ?? [])],
  argv0: facts.argv0,
  execPath: facts.execPath,
  env: { ...facts.env },
  pid: facts.pid,
  ppid: facts.ppid,
  exitCode: undefined,
  features: Object.freeze(copy(facts.features)),
  allowedNodeEnvironmentFlags: new Set(),
  config: Object.freeze({ target_defaults: {}, variables: {} }),
  cwd: () => facts.cwd,
  uptime: () => sinceStart() / 1000,
  hrtime,
  memoryUsage,
  nextTick,
  emitWarning,
  getBuiltinModule(name) {
    return require('internal/names').load(name);
  },
  setUncaughtExceptionCaptureCallback: refuse('setUncaughtExceptionCaptureCallback'),
  hasUncaughtExceptionCaptureCallback: () => false,
  exit: refuse('exit', 'To end the task early, return or throw.'),
  abort: refuse('abort', 'To end the task early, return or throw.'),
});
for (const name of [
  'availableMemory',
  'binding',
  'chdir',
  'constrainedMemory',
  'cpuUsage',
  'dlopen',
  'getActiveResourcesInfo',
  'kill',
  'loadEnvFile',
  'reallyExit',
  'resourceUsage',
  'setSourceMapsEnabled',
  'umask',
]) {
  self[name] = refuse(name);
}
for (const name of ['uid', 'gid', 'euid', 'egid']) {
  if (facts[name] !== undefined) self[`get${name}`] = () => facts[name];
}
lazy('stdout', output(1, 'log'));
lazy('stderr', output(2, 'error'));
lazy('stdin', () => {
  throw unavailable('process.stdin', 'Read it in the main process and pass the data in.');
});

module.exports = self;
