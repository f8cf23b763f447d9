/*
 * The task's console: what it prints reaches the caller's. Counters, timers and groups live as
 * long as the task.
 */
function makeConsole(native, intrinsics, errors, describeAll) {
  const { Symbol, captureStackTrace, defineProperty, hidden, indexOf, isArray } = intrinsics;
  const { readOnly, slice, toFixed, visible } = intrinsics;

  let counters = { __proto__: null };
  let started = { __proto__: null };
  let openGroups = 0;

  /** Printing never fails a task. */
  function emit(method, values) {
    try {
      native.emit(method, values);
    } catch {
      try {
        native.emit(method, describeAll()(values));
      } catch {
        // Nothing of it can be sent, or the stack is used up.
      }
    }
  }

  function prepend(values, first) {
    const all = [first];
    for (let index = 0; index < values.length; index++) {
      defineProperty(all, index + 1, visible(values[index]));
    }
    return all;
  }

  function replaceFirst(values, first) {
    values[0] = first;
    return values;
  }

  const pad = (number) => (number < 10 ? `0${number}` : `${number}`);

  function duration(milliseconds) {
    // Whole milliseconds from a second on, so that rounding carries into minutes and hours.
    const total = milliseconds < 1000 ? milliseconds : +toFixed(milliseconds, 0);
    if (total < 1000) return `${+toFixed(total, 3)}ms`;
    if (total < 60_000) return `${toFixed(total / 1000, 3)}s`;
    const hours = (total - (total % 3_600_000)) / 3_600_000;
    const minutes = ((total % 3_600_000) - (total % 60_000)) / 60_000;
    const seconds = (total % 60_000) / 1000;
    const text = `${seconds < 10 ? '0' : ''}${toFixed(seconds, 3)}`;
    return hours === 0
      ? `${minutes}:${text} (m:ss.mmm)`
      : `${hours}:${pad(minutes)}:${text} (h:mm:ss.mmm)`;
  }

  function warn(message) {
    emit('warn', [`Warning: ${message}`]);
  }

  function timePassed(label, method, values, end) {
    const begin = started[label];
    if (begin === undefined) {
      warn(`No such label '${label}' for console.${method}()`);
      return;
    }
    const text = duration(native.now() - begin);
    if (end) delete started[label];
    if (values === undefined || values.length === 0) emit('log', [`${label}: ${text}`]);
    else emit('log', prepend(prepend(prepend(values, text), label), '%s: %s'));
  }

  function trace(...values) {
    // The task's frames: what the caller's console.trace would print is the caller's stack.
    const holder = { __proto__: null };
    defineProperty(holder, 'name', hidden('Trace'));
    defineProperty(holder, 'message', hidden(''));
    captureStackTrace(holder, trace);
    const { stack } = holder;

    if (values.length === 0) emit('error', ['Trace']);
    else if (typeof values[0] === 'string')
      emit('error', replaceFirst(values, `Trace: ${values[0]}`));
    else emit('error', prepend(values, 'Trace:'));
    // By itself: as one more argument it could fill a placeholder of the message.
    const frames = typeof stack === 'string' ? indexOf(stack, '\n') : -1;
    if (frames !== -1) emit('error', [slice(stack, frames + 1)]);
  }

  const console = {
    log(...values) {
      emit('log', values);
    },
    info(...values) {
      emit('info', values);
    },
    debug(...values) {
      emit('debug', values);
    },
    warn(...values) {
      emit('warn', values);
    },
    error(...values) {
      emit('error', values);
    },
    dir(value, options) {
      emit('dir', [value, options]);
    },
    time(label = 'default') {
      label = `${label}`;
      if (started[label] !== undefined) {
        warn(`Label '${label}' already exists for console.time()`);
      } else {
        started[label] = native.now();
      }
    },
    timeEnd(label = 'default') {
      timePassed(`${label}`, 'timeEnd', undefined, true);
    },
    timeLog(label = 'default', ...values) {
      timePassed(`${label}`, 'timeLog', values, false);
    },
    trace,
    assert(condition, ...values) {
      if (condition) return;
      if (typeof values[0] === 'string') {
        emit('warn', replaceFirst(values, `Assertion failed: ${values[0]}`));
      } else {
        emit('warn', prepend(values, 'Assertion failed'));
      }
    },
    clear() {},
    count(label = 'default') {
      label = `${label}`;
      const count = (counters[label] ?? 0) + 1;
      counters[label] = count;
      emit('log', [`${label}: ${count}`]);
    },
    countReset(label = 'default') {
      label = `${label}`;
      if (counters[label] === undefined) warn(`Count for '${label}' does not exist`);
      else delete counters[label];
    },
    group(...values) {
      openGroups++;
      emit('group', values);
    },
    groupEnd() {
      // One group too many must not close one of the caller's.
      if (openGroups === 0) return;
      openGroups--;
      emit('groupEnd', []);
    },
    table(data, properties) {
      if (properties !== undefined && !isArray(properties)) {
        throw errors().invalidArgument('properties', 'an instance of Array', properties);
      }
      emit('table', properties === undefined ? [data] : [data, properties]);
    },
    dirxml(...values) {
      emit('dirxml', values);
    },
    groupCollapsed(...values) {
      openGroups++;
      emit('groupCollapsed', values);
    },
    // For an inspector, which an isolate has not.
    profile() {},
    profileEnd() {},
    timeStamp() {},
  };
  defineProperty(console, Symbol.toStringTag, readOnly('console'));

  function reset() {
    for (; openGroups > 0; openGroups--) emit('groupEnd', []);
    counters = { __proto__: null };
    started = { __proto__: null };
  }

  return { console, reset };
}
