'use strict';

const fs = require('node:fs');
const { monitorEventLoopDelay, performance } = require('node:perf_hooks');

const { measure } = require('..');

const DELAY_INTERVAL_MS = 10;
const RSS_INTERVAL_MS = 200;
// Linux counts the CPU time of a thread in ticks of USER_HZ, 100 a second on every port of Node.
const TICKS_PER_SECOND = 100;

/** Measures this process between start() and stop(): nothing from before counts. */
class Meter {
  #delay = monitorEventLoopDelay({ resolution: DELAY_INTERVAL_MS });
  #utilization = performance.eventLoopUtilization();
  #cpu = process.cpuUsage();
  #threadTimes = threadTimes();
  #peakRss = 0;
  /** @type {import('..').Measurement | undefined} */
  #measurement;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  start() {
    this.#delay.reset();
    this.#delay.enable();
    this.#cpu = process.cpuUsage();
    this.#threadTimes = threadTimes();
    this.#peakRss = process.memoryUsage.rss();
    this.#timer = setInterval(() => {
      this.#peakRss = Math.max(this.#peakRss, process.memoryUsage.rss());
    }, RSS_INTERVAL_MS);
    this.#measurement = measure();
    this.#utilization = performance.eventLoopUtilization();
  }

  async stop() {
    const { utilization } = performance.eventLoopUtilization(this.#utilization);
    clearInterval(this.#timer);
    this.#delay.disable();
    const cpu = process.cpuUsage(this.#cpu);
    const before = this.#threadTimes;
    const offloadThreads = Object.entries(threadTimes())
      .filter(([, thread]) => thread.name.startsWith('offloop'))
      .map(([id, thread]) => ({
        name: thread.name,
        cpuSeconds: thread.cpuSeconds - (before[id]?.cpuSeconds ?? 0),
      }))
      .filter(({ cpuSeconds }) => cpuSeconds > 0);
    return {
      // Each sample is the time between two ticks of a timer, so it holds the timer's interval too.
      delayP99: Math.max(0, this.#delay.percentile(99) / 1e6 - DELAY_INTERVAL_MS),
      utilization,
      rss: Math.max(this.#peakRss, process.memoryUsage.rss()),
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
      offloadThreads,
      evidence: await this.#measurement?.stop(),
    };
  }
}

/**
 * CPU time of each thread of this process: shows on which threads the heavy work ran.
 * Only Linux tells; elsewhere the answer is empty.
 *
 * @returns {Record<string, { name: string, cpuSeconds: number }>} by thread id
 */
function threadTimes() {
  /** @type {Record<string, { name: string, cpuSeconds: number }>} */
  const times = {};
  if (process.platform !== 'linux') return times;
  for (const id of fs.readdirSync('/proc/self/task')) {
    try {
      const stat = fs.readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
      const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      // Counted after the name, which may hold spaces: user and system time are fields 14 and 15.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const ticks = Number(fields[11]) + Number(fields[12]);
      times[id] = { name, cpuSeconds: ticks / TICKS_PER_SECOND };
    } catch {
      // The thread ended between the listing and the reading.
    }
  }
  return times;
}

module.exports = { Meter };
