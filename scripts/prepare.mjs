// What a fresh clone lacks: packages and the addon. Does nothing, quickly, when both are there.
import { parseArgs } from 'node:util';
import { buildAddon, isCurrent } from './addon.mjs';
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
    const addon = { abi: process.versions.modules, verbose: values.verbose };
    if (!isCurrent(addon)) await buildAddon(addon);
  } catch (error) {
    reportFailure(error);
  }
}
