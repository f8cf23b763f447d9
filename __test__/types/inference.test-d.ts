// Checked by tsc only: what `run`, `offload` and `with` infer from all kinds of functions, and what they refuse.
import { offload, Pool } from '../../index.js';
import type { Offloaded, RunOptions, TaskResult } from '../../index.js';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles only when the value is of exactly this type. */
declare function expectType<Expected>(): <Actual>(
  value: Actual,
  ...same: Equal<Actual, Expected> extends true ? [] : [never]
) => void;

declare const pool: Pool;
interface Row {
  id: number;
  tags: string[];
}

// ── results ──────────────────────────────────────────────────────────────────────────────────────

const nothing = () => {};
const asyncNothing = async () => {};
const never = (): never => {
  throw new Error('always');
};
const nested = async () => Promise.resolve(Promise.resolve(1));
const either = (flag: boolean): string | Promise<number> => (flag ? 'text' : Promise.resolve(1));
const thenable = (): PromiseLike<Row> => ({}) as PromiseLike<Row>;

expectType<Promise<void>>()(pool.run(nothing));
expectType<Promise<void>>()(pool.run(asyncNothing));
expectType<Promise<never>>()(pool.run(never));
expectType<Promise<number>>()(pool.run(nested));
expectType<Promise<string | number>>()(pool.run(either, [true]));
expectType<Promise<Row>>()(pool.run(thenable));
expectType<Promise<undefined>>()(pool.run(() => undefined));
expectType<Promise<null>>()(pool.run(() => null));
expectType<Promise<readonly [1, 'two']>>()(pool.run(() => [1, 'two'] as const));
expectType<Promise<Map<string, bigint>>>()(pool.run(() => new Map<string, bigint>()));

expectType<Promise<void>>()(offload(nothing)());
expectType<Promise<void>>()(offload(asyncNothing)());
expectType<Promise<never>>()(offload(never)());
expectType<Promise<number>>()(offload(nested)());
expectType<Promise<string | number>>()(offload(either)(false));
expectType<Promise<Row>>()(offload(thenable)());
expectType<Row>()(null as unknown as TaskResult<typeof thenable>);

// ── parameters ───────────────────────────────────────────────────────────────────────────────────

const optional = (a: number, b?: string) => [a, b] as const;
const defaulted = (a: number, b = 'x') => a + b.length;
const rest = (first: string, ...others: number[]) => first + others.length;
const tuple = (...[a, b]: [number, string?]) => [a, b];
const named = ({ id, tags }: Row) => ({ id, count: tags.length });
const callback = (value: unknown): value is string => typeof value === 'string';

expectType<Promise<readonly [number, string | undefined]>>()(pool.run(optional, [1]));
expectType<Promise<readonly [number, string | undefined]>>()(pool.run(optional, [1, 'b']));
expectType<Promise<number>>()(pool.run(defaulted, [1]));
expectType<Promise<string>>()(pool.run(rest, ['a', 1, 2, 3]));
expectType<Promise<string>>()(pool.run(rest, ['a']));
expectType<Promise<(string | number | undefined)[]>>()(pool.run(tuple, [1]));
expectType<Promise<{ id: number; count: number }>>()(pool.run(named, [{ id: 1, tags: [] }]));
expectType<Promise<boolean>>()(pool.run(callback, ['text']));
expectType<Promise<number>>()(pool.run((rows: readonly Row[]) => rows.length, [[]]));
// @ts-expect-error the first one is missing
pool.run(rest, []);
// @ts-expect-error a rest of numbers
pool.run(rest, ['a', 'b']);
// @ts-expect-error too many
pool.run(optional, [1, 'b', 2]);
// @ts-expect-error a property is missing
pool.run(named, [{ id: 1 }]);

expectType<(a: number, b?: string) => Promise<readonly [number, string | undefined]>>()(
  null as unknown as (
    ...args: Parameters<Offloaded<typeof optional>>
  ) => ReturnType<Offloaded<typeof optional>>,
);
expectType<Promise<string>>()(offload(rest)('a', 1, 2));
expectType<Promise<number>>()(offload(defaulted)(1));
// @ts-expect-error the first one is missing
offload(rest)();
// @ts-expect-error a rest of numbers
offload(rest)('a', 'b');
// @ts-expect-error too many
offload(optional)(1, 'b', 2);

// ── this, overloads, generics, any ───────────────────────────────────────────────────────────────

function bound(this: Row, factor: number) {
  return this.id * factor;
}
// `this` is no argument.
expectType<[factor: number]>()(null as unknown as Parameters<Offloaded<typeof bound>>);
expectType<Promise<number>>()(pool.run(bound, [2]));

declare function parse(text: string): Row;
declare function parse(bytes: Uint8Array, encoding: string): Row[];
// Of several overloads the last is the one that is inferred, as by Parameters and ReturnType.
expectType<Promise<Row[]>>()(pool.run(parse, [new Uint8Array(1), 'utf8']));
expectType<Promise<Row[]>>()(offload(parse)(new Uint8Array(1), 'utf8'));
// @ts-expect-error another overload
offload(parse)('text');
expectType<Promise<Row>>()(pool.run((text: string) => parse(text), ['text']));

const identity = <T>(value: T): T => value;
const pairs = <K, V>(map: Map<K, V>): [K, V][] => [...map];
const longest = <T extends { length: number }>(a: T, b: T): T => (a.length > b.length ? a : b);
const first = async <T>(list: readonly T[]): Promise<T | undefined> => list[0];
expectType<Promise<Row>>()(pool.run(identity<Row>, [{ id: 1, tags: [] }]));
expectType<Promise<Row>>()(offload(identity<Row>)({ id: 1, tags: [] }));
expectType<Promise<[string, number][]>>()(offload(pairs<string, number>)(new Map()));
expectType<Promise<string | undefined>>()(pool.run(first<string>, [['a']]));
expectType<Promise<string>>()(pool.run(longest<string>, ['a', 'bc']));
// Without its type argument a generic function is known by its constraint.
expectType<Promise<unknown>>()(offload(identity)(1));
expectType<Promise<{ length: number }>>()(offload(longest)('a', [1]));
// @ts-expect-error not what it was made for
offload(identity<Row>)('text');
// @ts-expect-error no length
pool.run(longest<string>, [1, 2]);

declare const anything: (...args: any[]) => any;
expectType<Promise<any>>()(pool.run(anything, [1, 'two']));
expectType<Promise<any>>()(offload(anything)(1, 'two'));
declare const loose: Function;
// @ts-expect-error nothing is known of its parameters
pool.run(loose);
// @ts-expect-error a class is no function to call
offload(Pool);
// @ts-expect-error a method name is not a function
pool.run('run', []);

// ── an inline function takes its parameters from the arguments ───────────────────────────────────

pool.run(
  (row, factor) => {
    expectType<Row>()(row);
    expectType<number>()(factor);
    return row.id * factor;
  },
  [{ id: 1, tags: [] } as Row, 2],
);
pool.run(
  async (text) => {
    expectType<string>()(text);
    return text;
  },
  ['a'],
  { timeout: 10 },
);

// ── with ─────────────────────────────────────────────────────────────────────────────────────────

const urgent = offload(named).with({ priority: 1 });
expectType<Offloaded<typeof named>>()(urgent);
expectType<Offloaded<typeof named>>()(urgent.with({ timeout: 5 }).with({ name: 'third' }));
expectType<Promise<{ id: number; count: number }>>()(urgent({ id: 1, tags: ['a'] }));
// @ts-expect-error options are needed
urgent.with();
// @ts-expect-error no such option
urgent.with({ retries: 3 });
// @ts-expect-error where it runs is settled when it is made
urgent.with({ pool });
// @ts-expect-error the parameters stay what they were
urgent.with({ priority: 2 })(1);

const options: RunOptions = { signal: undefined, timeout: undefined, transferList: [] };
expectType<Promise<void>>()(pool.run(nothing, [], options));
// @ts-expect-error shared memory cannot move
pool.run(nothing, [], { transferList: [new SharedArrayBuffer(1)] as SharedArrayBuffer[] });

// ── in the functions that people hand them to ────────────────────────────────────────────────────

expectType<Promise<number[]>>()(Promise.all([1, 2].map((n) => pool.run((m: number) => m, [n]))));
expectType<Promise<{ id: number; count: number }[]>>()(
  Promise.all([{ id: 1, tags: [] }].map((row: Row) => urgent(row))),
);

/** A map over any pool, typed by the function alone. */
export function mapOver<T, R>(list: readonly T[], fn: (item: T) => R): Promise<Awaited<R>[]> {
  return Promise.all(list.map((item) => pool.run(fn, [item])));
}
expectType<Promise<string[]>>()(mapOver([1, 2], async (n) => n.toFixed()));
// @ts-expect-error of numbers, not of strings
mapOver([1, 2], (text: string) => text);
