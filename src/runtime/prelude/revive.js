/*
 * What a function of the main thread threw, made anew from its record (src/bridge/error_record.cc): errors of this
 * realm's own classes, with name, message, stack, own properties, cause and errors; cycles kept.
 */
function makeRevive(intrinsics) {
  const { defineProperty, errorClasses, hasOwn, hidden, visible } = intrinsics;

  function makeError(node) {
    const constructor = errorClasses[node.base] ?? errorClasses.Error;
    const message = node.message === '' ? undefined : node.message;
    let error;
    if (node.base === 'AggregateError') error = new constructor([], message);
    else if (node.base === 'SuppressedError' && constructor !== errorClasses.Error) {
      error = new constructor(undefined, undefined, message);
    } else error = new constructor(message);
    if (error.name !== node.name) defineProperty(error, 'name', hidden(node.name));
    defineProperty(error, 'stack', hidden(node.stack));
    const { props } = node;
    for (let index = 0; index < props.length; index++) {
      defineProperty(error, props[index][0], visible(props[index][1]));
    }
    return error;
  }

  function link(error, node, values) {
    if (hasOwn(node, 'cause')) defineProperty(error, 'cause', hidden(values[node.cause]));
    if (!hasOwn(node, 'errors')) return;
    const errors = [];
    for (let index = 0; index < node.errors.length; index++) {
      defineProperty(errors, index, visible(values[node.errors[index]]));
    }
    defineProperty(error, 'errors', hidden(errors));
  }

  function makeValue(node) {
    if (hasOwn(node, 'base')) return makeError(node);
    return hasOwn(node, 'v') ? node.v : node.d;
  }

  /** The value, or, when it could not be cloned, its description. */
  return function revive({ nodes }) {
    const values = [];
    for (let index = 0; index < nodes.length; index++) {
      defineProperty(values, index, visible(makeValue(nodes[index])));
    }
    for (let index = 0; index < nodes.length; index++) {
      if (hasOwn(nodes[index], 'base')) link(values[index], nodes[index], values);
    }
    const description = hasOwn(nodes[0], 'd') ? nodes[0].d : undefined;
    return { description, value: values[0] };
  };
}
