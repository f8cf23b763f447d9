// Checked by tsc only: what `load` makes of a module's type, and what a run of a file takes.
import { Pool } from '../../index.js';
import type { Loaded, Offloaded } from '../../index.js';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles only when the value is of exactly this type. */
declare function expectType<Expected>(): <Actual>(
  value: Actual,
  ...same: Equal<Actual, Expected> extends true ? [] : [never]
) => void;

declare const pool: Pool;

/** As `typeof import('./tasks.js')` has them. */
interface Tasks {
  add: (a: number, b?: number) => number;
  fetchAll: (urls: readonly string[]) => Promise<Map<string, number>>;
  default: (text: string) => string;
  limit: number;
  Parser: new () => { parse(text: string): string };
  then: () => void;
}
type Single = (rows: readonly number[]) => number[];

async function typed() {
  const tasks = await pool.load<Tasks>('./tasks.js');
  expectType<Promise<number>>()(tasks.add(1, 2));
  expectType<Promise<number>>()(tasks.add(1));
  expectType<Promise<Map<string, number>>>()(tasks.fetchAll(['a']));
  expectType<Promise<string>>()(tasks.default('text'));
  expectType<Promise<number>>()(tasks.add.with({ timeout: 10, priority: 1 })(1));
  expectType<'add' | 'fetchAll' | 'default'>()(null as unknown as keyof typeof tasks);
  // @ts-expect-error a string is not a number
  tasks.add('1');
  // @ts-expect-error a value stays in its isolate
  void tasks.limit;
  // @ts-expect-error a class cannot be called
  void tasks.Parser;
  // @ts-expect-error it is what it is
  tasks.add = tasks.default;

  expectType<Offloaded<Single>>()((await pool.load<Single>('./single.js')).default);
  expectType<Promise<any>>()((await pool.load('./any.js')).anything(1, 'two'));

  const real = await pool.load<typeof import('node:path')>(new URL('file:///tasks.js'), {
    timeout: 1_000,
    name: 'loading',
  });
  expectType<Promise<string>>()(real.join('a', 'b'));
  // @ts-expect-error a function of a file sees that file
  void pool.load('./tasks.js', { context: {} });
}
void typed;
expectType<Loaded<{ a: () => 1; b: 2 }>>()(
  null as unknown as { readonly a: Offloaded<() => 1> } & unknown,
);

// ── run(data, { filename, name }) ────────────────────────────────────────────────────────────────

expectType<Promise<any>>()(pool.run({ rows: [1] }, { filename: './tasks.js', name: 'add' }));
expectType<Promise<number>>()(pool.run<number>('text', { filename: new URL('file:///tasks.js') }));
expectType<Promise<string[]>>()(pool.run<string[]>([1, 2], { name: 'other', timeout: 10 }));
expectType<Promise<any>>()(pool.run(undefined));
// @ts-expect-error no such option
void pool.run(1, { file: './tasks.js' });
// @ts-expect-error a function is not data
void pool.run((a: number) => a, { filename: './tasks.js' });
void new Pool({ filename: './tasks.js', name: 'add' });
