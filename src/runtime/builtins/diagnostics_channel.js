const { checkFunction, invalidArgument } = require('./internal/errors');

/** Kept for good, unlike Node's, which drops those that nobody holds: a realm has few. */
const channels = new Map();

class Channel {
  #subscribers = [];
  #stores = new Map();

  constructor(name) {
    this.name = name;
  }

  get hasSubscribers() {
    return this.#subscribers.length > 0 || this.#stores.size > 0;
  }

  subscribe(subscription) {
    checkFunction(subscription, 'subscription');
    this.#subscribers = [...this.#subscribers, subscription];
  }

  unsubscribe(subscription) {
    const index = this.#subscribers.indexOf(subscription);
    if (index === -1) return false;
    this.#subscribers = this.#subscribers.filter((_, at) => at !== index);
    return true;
  }

  bindStore(store, transform) {
    this.#stores.set(store, transform);
  }

  unbindStore(store) {
    return this.#stores.delete(store);
  }

  publish(data) {
    for (const subscription of this.#subscribers) {
      try {
        subscription(data, this.name);
      } catch (error) {
        // As Node: the publisher goes on, and the error is uncaught.
        require('process').nextTick(() => {
          throw error;
        });
      }
    }
  }

  runStores(data, callback, receiver, ...values) {
    let run = () => {
      this.publish(data);
      return Reflect.apply(callback, receiver, values);
    };
    for (const [store, transform] of this.#stores) {
      const next = run;
      run = () => store.run(transform === undefined ? data : transform(data), next);
    }
    return run();
  }
}

function channel(name) {
  if (typeof name !== 'string' && typeof name !== 'symbol') {
    throw invalidArgument('channel', 'of type string or symbol', name);
  }
  let known = channels.get(name);
  if (known === undefined) {
    known = new Channel(name);
    channels.set(name, known);
  }
  return known;
}

const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'];

class TracingChannel {
  constructor(nameOrChannels) {
    for (const event of EVENTS) {
      const one =
        typeof nameOrChannels === 'string'
          ? channel(`tracing:${nameOrChannels}:${event}`)
          : nameOrChannels?.[event];
      if (!(one instanceof Channel)) {
        throw invalidArgument(`nameOrChannels.${event}`, 'an instance of Channel', one);
      }
      Object.defineProperty(this, event, { value: one });
    }
  }

  get hasSubscribers() {
    return EVENTS.some((event) => this[event].hasSubscribers);
  }

  subscribe(handlers) {
    for (const event of EVENTS) if (handlers[event]) this[event].subscribe(handlers[event]);
  }

  unsubscribe(handlers) {
    let all = true;
    for (const event of EVENTS) {
      if (handlers[event] && !this[event].unsubscribe(handlers[event])) all = false;
    }
    return all;
  }

  #failed(context, error) {
    context.error = error;
    this.error.publish(context);
  }

  traceSync(callback, context = {}, receiver, ...values) {
    return this.start.runStores(context, () => {
      try {
        const result = Reflect.apply(callback, receiver, values);
        context.result = result;
        return result;
      } catch (error) {
        this.#failed(context, error);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }

  tracePromise(callback, context = {}, receiver, ...values) {
    const settled = (key) => (value) => {
      context[key] = value;
      if (key === 'error') this.error.publish(context);
      this.asyncStart.publish(context);
      this.asyncEnd.publish(context);
    };
    return this.start.runStores(context, () => {
      try {
        const promise = Promise.resolve(Reflect.apply(callback, receiver, values));
        return promise.then(
          (value) => {
            settled('result')(value);
            return value;
          },
          (error) => {
            settled('error')(error);
            throw error;
          },
        );
      } catch (error) {
        this.#failed(context, error);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }

  traceCallback(callback, position = -1, context = {}, receiver, ...values) {
    const at = position < 0 ? values.length + position : position;
    const original = values[at];
    checkFunction(original, 'callback');
    const failed = (error) => this.#failed(context, error);
    const { asyncStart, asyncEnd } = this;
    values[at] = function traced(error, value) {
      if (error) failed(error);
      else context.result = value;
      asyncStart.runStores(context, () => {
        try {
          return Reflect.apply(original, this, arguments);
        } finally {
          asyncEnd.publish(context);
        }
      });
    };
    return this.start.runStores(context, () => {
      try {
        return Reflect.apply(callback, receiver, values);
      } catch (error) {
        this.#failed(context, error);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }
}

module.exports = {
  Channel,
  channel,
  hasSubscribers: (name) => channels.get(name)?.hasSubscribers ?? false,
  subscribe(name, subscription) {
    channel(name).subscribe(subscription);
  },
  unsubscribe: (name, subscription) => channel(name).unsubscribe(subscription),
  tracingChannel: (nameOrChannels) => new TracingChannel(nameOrChannels),
};
