const { coded, invalidArgument, unavailable } = require('./internal/errors');
const { unavailableClass } = require('./internal/unavailable');

const { performance, structuredClone } = globalThis;
const Performance = performance.constructor;

class PerformanceEntry {
  constructor(name, entryType, startTime, duration, detail) {
    Object.assign(this, { name, entryType, startTime, duration, detail });
  }

  toJSON() {
    return { ...this };
  }
}

class PerformanceMark extends PerformanceEntry {
  constructor(name, options = {}) {
    const start = options.startTime ?? performance.now();
    if (!(start >= 0)) {
      throw coded(
        TypeError,
        'ERR_PERFORMANCE_INVALID_TIMESTAMP',
        `${start} is not a valid timestamp`,
      );
    }
    const { detail = null } = options;
    super(`${name}`, 'mark', start, 0, detail === null ? null : structuredClone(detail));
  }
}

class PerformanceMeasure extends PerformanceEntry {}

/** In the order of their beginnings. */
let entries = [];

function add(entry) {
  let at = entries.length;
  while (at > 0 && entries[at - 1].startTime > entry.startTime) at--;
  entries.splice(at, 0, entry);
  return entry;
}

function timeOf(markOrTime) {
  if (typeof markOrTime === 'number') return markOrTime;
  const mark = entries.findLast(
    ({ entryType, name }) => entryType === 'mark' && name === `${markOrTime}`,
  );
  if (mark !== undefined) return mark.startTime;
  const message = `The "${markOrTime}" performance mark has not been set`;
  const error = new SyntaxError(message);
  error.code = 12;
  throw error;
}

function clear(type, name) {
  entries = entries.filter(
    (entry) => entry.entryType !== type || (name !== undefined && entry.name !== `${name}`),
  );
}

const refuse = (name) => {
  const method = {
    [name]() {
      throw unavailable(
        `performance.${name}()`,
        'Measure in the main process: stats() tells of the pool.',
        method,
      );
    },
  }[name];
  return method;
};

Object.defineProperties(
  Performance.prototype,
  Object.getOwnPropertyDescriptors({
    mark(name, options) {
      return add(new PerformanceMark(name, options));
    },
    measure(name, startOrOptions, end) {
      if (typeof name !== 'string') throw invalidArgument('name', 'of type string', name);
      const options =
        typeof startOrOptions === 'object' && startOrOptions !== null
          ? startOrOptions
          : { start: startOrOptions, end };
      const { detail = null, duration } = options;
      let until = options.end === undefined ? undefined : timeOf(options.end);
      let from = options.start === undefined ? undefined : timeOf(options.start);
      if (until === undefined) {
        until = from !== undefined && duration !== undefined ? from + duration : performance.now();
      }
      if (from === undefined) from = duration === undefined ? 0 : until - duration;
      return add(
        new PerformanceMeasure(
          name,
          'measure',
          from,
          until - from,
          detail === null ? null : structuredClone(detail),
        ),
      );
    },
    getEntries: () => [...entries],
    getEntriesByName: (name, type) =>
      entries.filter(
        (entry) => entry.name === `${name}` && (type === undefined || entry.entryType === type),
      ),
    getEntriesByType: (type) => entries.filter((entry) => entry.entryType === type),
    clearMarks: (name) => clear('mark', name),
    clearMeasures: (name) => clear('measure', name),
    eventLoopUtilization: refuse('eventLoopUtilization'),
    timerify: refuse('timerify'),
  }),
);

module.exports = {
  Performance,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceObserver: unavailableClass('perf_hooks', 'PerformanceObserver'),
  PerformanceObserverEntryList: unavailableClass('perf_hooks', 'PerformanceObserverEntryList'),
  PerformanceResourceTiming: unavailableClass('perf_hooks', 'PerformanceResourceTiming'),
  performance,
  constants: {},
  createHistogram: unavailableClass('perf_hooks', 'createHistogram'),
  monitorEventLoopDelay: unavailableClass('perf_hooks', 'monitorEventLoopDelay'),
  eventLoopUtilization: performance.eventLoopUtilization,
  timerify: performance.timerify,
};
