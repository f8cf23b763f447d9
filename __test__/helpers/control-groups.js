'use strict';

const fs = require('node:fs');
const { join } = require('node:path');
const { setTimeout: delay } = require('node:timers/promises');

const PERIOD_US = 100_000;
const LONGEST_REMOVAL_MS = 10_000;

let made = 0;

/**
 * Where control groups of a controller can be made, found independently of offloop's own code.
 * @param {'cpu' | 'memory'} controller
 * @returns {{ version: 1 | 2, folder: string } | { reason: string }}
 */
function findController(controller) {
  if (process.platform !== 'linux') return { reason: `no control groups on ${process.platform}` };
  if (process.getuid() !== 0) return { reason: 'not root' };
  const mounts = fs.readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
  for (const mount of mounts) {
    const [place, system] = mount.split(' - ');
    const folder = place.split(' ')[4];
    const [kind, , options] = system.split(' ');
    const isV1 = kind === 'cgroup' && options.split(',').includes(controller);
    if ((isV1 || (kind === 'cgroup2' && delegates(folder, controller))) && isWritable(folder)) {
      return { version: isV1 ? 1 : 2, folder };
    }
  }
  return { reason: `no writable mount of the ${controller} controller` };
}

/**
 * A group with limits for the time of a callback; children of the process are run in it by
 * `prefix`. Afterwards it is gone, whatever happened.
 * @param {{ version: 1 | 2, folder: string }} parent
 * @param {{ cores?: number | null, memory?: number }} limits `null` cores: no quota
 * @param {(group: { version: 1 | 2, folder: string, prefix: string[] }) => Promise<unknown>} use
 */
async function inControlGroup({ version, folder: above }, limits, use) {
  made += 1;
  const folder = join(above, `offloop-test-${process.pid}-${made}`);
  fs.mkdirSync(folder);
  // Should the test itself be ended.
  const removeNow = () => fs.existsSync(folder) && fs.rmdirSync(folder);
  process.once('exit', removeNow);
  try {
    for (const [name, value] of limitFiles(version, limits)) {
      fs.writeFileSync(join(folder, name), String(value));
    }
    const prefix = ['sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', folder];
    return await use({ version, folder, prefix });
  } finally {
    await remove(folder);
    process.off('exit', removeNow);
  }
}

/** Lets groups inside `group` have limits of their own: on v2 that has to be said. */
function delegate({ version, folder }, controller) {
  if (version === 2) fs.writeFileSync(join(folder, 'cgroup.subtree_control'), `+${controller}`);
}

function limitFiles(version, { cores, memory }) {
  const files = [];
  if (cores !== undefined) {
    const quota = cores === null ? null : Math.round(cores * PERIOD_US);
    if (version === 2) files.push(['cpu.max', `${quota ?? 'max'} ${PERIOD_US}`]);
    else files.push(['cpu.cfs_period_us', PERIOD_US], ['cpu.cfs_quota_us', quota ?? -1]);
  }
  if (memory !== undefined) {
    files.push([version === 2 ? 'memory.max' : 'memory.limit_in_bytes', memory]);
  }
  return files;
}

/** The kernel keeps a group busy until the last of its processes is gone for good. */
async function remove(folder) {
  const deadline = Date.now() + LONGEST_REMOVAL_MS;
  for (;;) {
    try {
      fs.rmdirSync(folder);
      return;
    } catch (error) {
      if (error.code !== 'EBUSY' || Date.now() > deadline) throw error;
    }
    await delay(20);
  }
}

function delegates(folder, controller) {
  try {
    const enabled = fs.readFileSync(join(folder, 'cgroup.subtree_control'), 'utf8');
    return enabled.trim().split(' ').includes(controller);
  } catch {
    return false;
  }
}

function isWritable(folder) {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

module.exports = { findController, inControlGroup, delegate };
