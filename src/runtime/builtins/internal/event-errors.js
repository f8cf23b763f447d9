/** What the package `events` throws and prints, as Node words it, and rejections of listeners that are captured. */
const { checkFunction, coded, invalidArgument, outOfRange } = require('./errors');
const { capture, errorMonitor, rejection } = require('./event-symbols');

exports.monitor = errorMonitor;
exports.checkListener = (listener) => checkFunction(listener, 'listener');
exports.badCount = (name, value) =>
  typeof value === 'number'
    ? outOfRange(name, '>= 0', value)
    : invalidArgument(name, 'of type number', value);

exports.unhandled = (value) => {
  const { inspect } = require('util');
  let text;
  try {
    text = inspect(value);
  } catch {
    text = value;
  }
  return coded(Error, 'ERR_UNHANDLED_ERROR', `Unhandled error. (${text})`, exports.unhandled);
};

exports.leakMessage = (target, type, count, most) => {
  const { inspect } = require('util');
  const shown = inspect(target, { depth: -1 });
  return `Possible EventEmitter memory leak detected. ${count} ${String(type)} listeners added to ${shown}. MaxListeners is ${most}. Use emitter.setMaxListeners() to increase limit`;
};
exports.warn = (warning) => require('process').emitWarning(warning);

exports.initialise = (emitter, options) => {
  if (options?.captureRejections) emitter[capture] = Boolean(options.captureRejections);
};

/** What a listener returned: a promise's rejection becomes an event where that was asked for. */
exports.returned = (emitter, value, type, values) => {
  if (value === undefined || value === null || !emitter[capture]) return;
  try {
    const { then } = value;
    if (typeof then !== 'function') return;
    then.call(value, undefined, (error) => {
      require('process').nextTick(() => {
        if (typeof emitter[rejection] === 'function') {
          emitter[rejection](error, type, ...values);
          return;
        }
        const before = emitter[capture];
        try {
          emitter[capture] = false;
          emitter.emit('error', error);
        } finally {
          emitter[capture] = before;
        }
      });
    });
  } catch (error) {
    emitter.emit('error', error);
  }
};
