// What the generated native.d.ts cannot say: the shapes that C++ makes, and the names lib/ uses.

import type * as native from './native.js';

export type Binding = typeof native & { abi: number };

export type { NativeOwnIsolate, NativePool, NativeStats } from './native.js';
export type FunctionReport = native.Inspection;
export type TravelReport = native.TravelReport;
export type CompiledSource = native.NativeSource;
export type ContextSpec = native.NativeContext & { values: unknown[] };

export type AnyFunction = (...args: any[]) => any;

/** Code, message and, where there is one, the cause of a refused call. */
export type Refusal = [code: string, message: string, cause?: unknown];

/** What `describe` tells of a function. */
export interface FunctionDescription {
  text: string;
  scriptId: number;
  /** 0-based, as V8 has it: of the parameter list, or of the text for an arrow. */
  line: number;
  column: number;
  resourceName: string;
  lineOffset: number;
  columnOffset: number;
  /** Native code, a bound function or a Proxy: there is no source. */
  native: boolean;
  /** Made in another realm than this module. */
  foreignRealm: boolean;
}

export type ErrorBase =
  | 'Error'
  | 'TypeError'
  | 'RangeError'
  | 'SyntaxError'
  | 'ReferenceError'
  | 'EvalError'
  | 'URIError'
  | 'AggregateError'
  | 'SuppressedError';

/** An error object: what of it can cross. */
export interface ErrorObjectNode {
  base: ErrorBase;
  name: string;
  message: string;
  stack: string;
  props: [key: string, value: unknown][];
  cause?: number;
  errors?: number[];
}

/** A plain cloneable value, the description of an uncloneable one, or an error object. */
export type ErrorNode = { v: unknown } | { d: string } | ErrorObjectNode;

/** What a task threw: nodes[0] is the thrown value, nodes refer to each other by index. */
export interface ErrorRecord {
  nodes: ErrorNode[];
}

/** Constructors of the realm a function was made in, by name. */
export interface RealmErrors {
  [name: string]: ErrorConstructor | undefined;
}
