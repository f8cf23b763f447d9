/*
 * Console arguments that structured clone refuses, turned into ones that it takes: what cannot
 * travel becomes a short text, as console prints it; everything around it stays what it is.
 */
function makeDescribe(native, intrinsics) {
  const DEEPEST = 8;
  const LONGEST = 1000;
  const { Map, Set, WeakMap, defineProperty, functionText, getOwnPropertyDescriptor } = intrinsics;
  const { hasOwn, isArray, mapEach, mapSet, ownKeys, setAdd, setEach } = intrinsics;
  const { slice, symbolText, tagOf, visible, weakGet, weakSet } = intrinsics;

  function refuse() {
    throw undefined;
  }

  function cloneable(value) {
    try {
      native.clone(value, [], refuse);
      return true;
    } catch {
      return false;
    }
  }

  function describeFunction(value) {
    const isClass = slice(functionText(value), 0, 6) === 'class ';
    const name = getOwnPropertyDescriptor(value, 'name')?.value;
    const named = typeof name === 'string' && name !== '';
    if (isClass) return named ? `[class ${name}]` : '[class (anonymous)]';
    return named ? `[Function: ${name}]` : '[Function (anonymous)]';
  }

  function describeArray(value, depth, seen) {
    const copy = [];
    weakSet(seen, value, copy);
    const { length } = value;
    for (let index = 0; index < length && index < LONGEST; index++) {
      copyProperty(copy, value, index, depth, seen);
    }
    if (length > LONGEST) {
      defineProperty(copy, LONGEST, visible(`... ${length - LONGEST} more items`));
    }
    return copy;
  }

  function describeMap(value, depth, seen) {
    const copy = new Map();
    weakSet(seen, value, copy);
    let count = 0;
    mapEach(value, (item, key) => {
      if (count++ < LONGEST) mapSet(copy, describe(key, depth, seen), describe(item, depth, seen));
    });
    return copy;
  }

  function describeSet(value, depth, seen) {
    const copy = new Set();
    weakSet(seen, value, copy);
    let count = 0;
    setEach(value, (item) => {
      if (count++ < LONGEST) setAdd(copy, describe(item, depth, seen));
    });
    return copy;
  }

  function describeObject(value, depth, seen, tag) {
    const copy = {};
    weakSet(seen, value, copy);
    const keys = ownKeys(value);
    let count = 0;
    for (let index = 0; index < keys.length && count < LONGEST; index++) {
      const key = keys[index];
      if (typeof key === 'string' && copyProperty(copy, value, key, depth, seen)) count++;
    }
    return count === 0 && tag !== '[object Object]' ? `[${slice(tag, 8, -1)}]` : copy;
  }

  /** As console does, an accessor is named, not called. */
  function copyProperty(copy, value, key, depth, seen) {
    const property = getOwnPropertyDescriptor(value, key);
    if (property === undefined || !property.enumerable) return false;
    const item = hasOwn(property, 'value') ? describe(property.value, depth, seen) : '[Getter]';
    defineProperty(copy, key, visible(item));
    return true;
  }

  function describe(value, depth, seen) {
    if (typeof value === 'symbol') return symbolText(value);
    try {
      if (typeof value === 'function') return describeFunction(value);
      if (typeof value !== 'object' || value === null) return value;
      const known = weakGet(seen, value);
      if (known !== undefined) return known;
      if (cloneable(value)) return value;
      const array = isArray(value);
      if (depth === DEEPEST) return array ? '[Array]' : '[Object]';
      if (array) return describeArray(value, depth + 1, seen);
      const tag = tagOf(value);
      if (tag === '[object Error]') return `${value.stack}`;
      if (tag === '[object Map]') return describeMap(value, depth + 1, seen);
      if (tag === '[object Set]') return describeSet(value, depth + 1, seen);
      return describeObject(value, depth + 1, seen, tag);
    } catch {
      // A proxy's trap or a getter threw.
      return '[object]';
    }
  }

  return function describeAll(values) {
    const described = [];
    const seen = new WeakMap();
    for (let index = 0; index < values.length; index++) {
      defineProperty(described, index, visible(describe(values[index], 0, seen)));
    }
    return described;
  };
}
