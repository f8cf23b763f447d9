// Types of pool.share(). index.d.ts exports them.

import type { HostFunction } from '../index.js';

declare const sharedType: unique symbol;

/**
 * A value that was packed once for many tasks. Wherever one stands among a task's arguments the task
 * receives the value, made once in its isolate and deep-frozen. Freed by `release()`, or when nobody
 * can reach it any more.
 */
export interface Shared<T> {
  /** Frees it, once the tasks that have it already are done; passing it to a task is refused with `OFFLOOP_ERR_NOT_CLONEABLE` from now on. */
  release(): void;
  /** Whether `release()` was called. */
  readonly released: boolean;
  /** `using`: `release()`. */
  [Symbol.dispose](): void;
  /** Never there: carries the type. */
  readonly [sharedType]?: T;
}

/** What has no parts that a `Shared` could stand for. */
type Leaf =
  | string
  | number
  | boolean
  | bigint
  | symbol
  | null
  | undefined
  | ((...args: any[]) => any)
  | Date
  | RegExp
  | Error
  | ArrayBuffer
  | SharedArrayBuffer
  | ArrayBufferView;

/** What a task receives for a `T`: what was shared in place of each `Shared`, async functions in place of `host(fn)`. */
export type Received<T> = 0 extends 1 & T
  ? T
  : T extends HostFunction<infer F>
    ? (...args: Parameters<F>) => Promise<Awaited<ReturnType<F>>>
    : T extends Shared<infer V>
      ? V
      : T extends Leaf
        ? T
        : T extends Map<infer K, infer V>
          ? Map<Received<K>, Received<V>>
          : T extends Set<infer V>
            ? Set<Received<V>>
            : T extends object
              ? { [K in keyof T]: Received<T[K]> }
              : T;

/** `unknown` for arguments with a `Shared` somewhere, else `never`. */
export type HavingShared<A extends any[]> = [A] extends [Received<A>] ? never : unknown;
