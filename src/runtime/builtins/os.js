const { constants } = require('./internal/constants/os');
const { unavailable } = require('./internal/errors');

const known = facts.os ?? {};
const refuse = (name) => {
  const method = {
    [name]() {
      throw unavailable(
        `os.${name}()`,
        'Ask it in the main process and pass the answer in.',
        method,
      );
    },
  }[name];
  return method;
};
/** Also when the function itself is used as text, as Node's are. */
const fact = (name, key = name) =>
  Object.defineProperty({ [name]: () => known[key] }[name], Symbol.toPrimitive, {
    value: () => known[key],
    configurable: true,
  });

module.exports = {
  arch: Object.defineProperty(() => facts.arch, 'name', { value: 'arch' }),
  platform: Object.defineProperty(() => facts.platform, 'name', { value: 'platform' }),
  availableParallelism: fact('availableParallelism', 'parallelism'),
  cpus: () => (known.cpus ?? []).map((cpu) => ({ ...cpu, times: { ...cpu.times } })),
  endianness: fact('endianness'),
  homedir: fact('homedir'),
  hostname: fact('hostname'),
  machine: fact('machine'),
  release: fact('release'),
  tmpdir: fact('tmpdir'),
  totalmem: fact('totalmem'),
  type: fact('type'),
  version: fact('version'),
  userInfo(options) {
    if (known.user === undefined)
      throw unavailable('os.userInfo()', 'The system knows no name of this user.');
    if (options?.encoding !== 'buffer') return { ...known.user };
    const { Buffer } = require('buffer');
    return Object.fromEntries(
      Object.entries(known.user).map(([key, value]) => [
        key,
        typeof value === 'string' ? Buffer.from(value) : value,
      ]),
    );
  },
  freemem: refuse('freemem'),
  getPriority: refuse('getPriority'),
  loadavg: refuse('loadavg'),
  networkInterfaces: refuse('networkInterfaces'),
  setPriority: refuse('setPriority'),
  uptime: refuse('uptime'),
  constants: facts.osConstants ?? constants,
  devNull: facts.platform === 'win32' ? '\\\\.\\nul' : '/dev/null',
  EOL: facts.platform === 'win32' ? '\r\n' : '\n',
};
