// The declarations of a user's module that travel with its functions, made once in a realm and shared by all functions
// of that module. Called with what is kept of the module (an object without prototype), the declarations that a function
// needs, in the order of the source, and what makes those that are new here (src/function/unit.rs writes their texts;
// each takes the link and answers a unit).
//
// Returns what the function's text calls with the values that were imported for it, and its `cells`: the values of the
// module by name.
function makeUnits(module, ids, makers, link) {
  'use strict';
  const cells = (module.cells ??= { __proto__: null });
  const units = (module.units ??= { __proto__: null });
  for (let i = 0; i < ids.length; i += 1) {
    if (makers[i] !== undefined)
      units[ids[i]] = { __proto__: null, make: makers[i], unit: null, made: false };
  }

  // Functions may need each other, and what is made later: each keeps its own variables, filled again when there is more.
  const hand = () => {
    for (let i = 0; i < ids.length; i += 1) units[ids[i]].unit.set(cells);
  };

  // What throws is made again when the module is next needed; what was made before it stays.
  const make = (late) => {
    for (let i = 0; i < ids.length; i += 1) {
      const known = units[ids[i]];
      if (known.made || known.unit.late !== late) continue;
      if (late) hand();
      const { keys } = known.unit;
      const values = known.unit.make();
      for (let at = 0; at < keys.length; at += 1) cells[keys[at]] = values[at];
      known.made = true;
    }
  };

  const fill = (imported) => {
    for (const name in imported) cells[name] = imported[name];
    for (let i = 0; i < ids.length; i += 1) {
      const known = units[ids[i]];
      if (known.unit === null) known.unit = known.make(link);
    }
    make(false);
    make(true);
    hand();
  };
  fill.cells = cells;
  return fill;
}
