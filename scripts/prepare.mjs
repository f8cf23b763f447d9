// What a fresh clone lacks: packages, the built-in modules of tasks, the addon. Does nothing, quickly, when all are there.
import { parseArgs } from 'node:util';
import { buildAddon, isCurrent } from './addon.mjs';
import { buildBuiltins, builtinsAreCurrent } from './builtins.mjs';
import { dependenciesAreCurrent, installDependencies } from './dependencies.mjs';
import { reportFailure } from './run.mjs';

/** @param {string[]} args `--verbose` shows npm's and cargo's own lines */
export async function prepare(args) {
  try {
    const { values } = parseArgs({
      args,
      options: { verbose: { type: 'boolean', default: false } },
    });
    if (!dependenciesAreCurrent()) await installDependencies(values);
    if (!builtinsAreCurrent()) await buildBuiltins();
    const addon = { abi: process.versions.modules, verbose: values.verbose };
    if (!isCurrent(addon)) await buildAddon(addon);
  } catch (error) {
    reportFailure(error);
  }
}
