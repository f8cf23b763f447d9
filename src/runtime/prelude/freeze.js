/*
 * Deep freezing of what pool.share() gave to a task: a value just made by structured clone, so plain
 * data without getters. What JavaScript cannot freeze is documented in docs/api/share.md: the bytes
 * of buffers.
 */
function makeFreeze(intrinsics) {
  const { Date, Map, Set, TypeError, create, defineProperty, freezeOne, getOwnPropertyDescriptor } =
    intrinsics;
  const { getPrototypeOf, hidden, isFrozen, isView, mapEach, ownKeys, preventExtensions } =
    intrinsics;
  const { setEach, setPrototypeOf, startsWith, typedArrayName, valuesOf } = intrinsics;

  /*
   * Freezing a Map, Set or Date leaves what it holds changeable: its mutators are replaced by ones
   * that throw, on a prototype between the object and its own.
   */
  function guardOf({ name, prototype }, isMutator) {
    const guard = create(prototype);
    const keys = ownKeys(prototype);
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index];
      if (typeof key !== 'string' || !isMutator(key)) continue;
      const refusing = {
        [key]() {
          throw new TypeError(`Cannot change a shared ${name}: ${key}() is refused; copy it first`);
        },
      };
      defineProperty(guard, key, hidden(refusing[key]));
    }
    return { prototype, guard: freezeOne(guard) };
  }

  const isMutator = (key) => key === 'set' || key === 'add' || key === 'delete' || key === 'clear';
  const guards = [
    guardOf(Map, isMutator),
    guardOf(Set, isMutator),
    guardOf(Date, (key) => startsWith(key, 'set')),
  ];

  /** Returns the prototype that the value had. */
  function protect(value) {
    const prototype = getPrototypeOf(value);
    for (let index = 0; index < guards.length; index++) {
      if (guards[index].prototype === prototype) setPrototypeOf(value, guards[index].guard);
    }
    return prototype;
  }

  /** A list of what is left to freeze: nothing that a task could have changed is used. */
  function freeze(root) {
    let pending = { value: root, next: null };
    const add = (value) => {
      if (typeof value === 'object' && value !== null && !isFrozen(value)) {
        pending = { value, next: pending };
      }
    };
    const addBoth = (value, key) => {
      add(value);
      add(key);
    };
    while (pending !== null) {
      const { value } = pending;
      pending = pending.next;
      if (isView(value) && typedArrayName(value) !== undefined) {
        // One with elements cannot be frozen.
        preventExtensions(value);
        continue;
      }
      const prototype = protect(value);
      freezeOne(value);
      const values = valuesOf(value);
      for (let index = 0; index < values.length; index++) add(values[index]);
      if (prototype === Map.prototype) mapEach(value, addBoth);
      else if (prototype === Set.prototype) setEach(value, add);
      // Not enumerable, and only errors have it.
      const cause = getOwnPropertyDescriptor(value, 'cause');
      if (cause !== undefined) add(cause.value);
    }
  }

  return { freeze };
}
