// Checked by tsc only: the classes of errors, and what is known after `instanceof` and `code`.
import { AbortError, OffloopError, TimeoutError } from '../../index.js';
import type { ClosureCapture, OffloopErrorCode } from '../../index.js';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function expectType<Expected>(): <Actual>(
  value: Actual,
  ...same: Equal<Actual, Expected> extends true ? [] : [never]
) => void;

declare const caught: unknown;

if (caught instanceof TimeoutError) {
  expectType<TimeoutError>()(caught);
  const wider: OffloopError = caught;
  expectType<unknown>()(wider.cause);
} else if (caught instanceof OffloopError) {
  expectType<OffloopError>()(caught);
  expectType<readonly ClosureCapture[] | undefined>()(caught.captures);
  expectType<string | undefined>()(caught.option);
  const [capture] = caught.captures ?? [];
  if (capture !== undefined) {
    expectType<string>()(capture.name);
    expectType<number>()(capture.line);
    expectType<string | undefined>()(capture.from);
    expectType<string>()(capture.reason);
    expectType<string | undefined>()(capture.by);
  }
} else if (caught instanceof AbortError) {
  expectType<'ABORT_ERR'>()(caught.code);
  const error: Error = caught;
  expectType<string>()(error.message);
  // @ts-expect-error an abort is the caller's doing, none of our codes
  if (caught.code === 'OFFLOOP_ERR_CLOSED') throw caught;
}

// The codes are known by name, and others may come.
const known: OffloopErrorCode[] = [
  'OFFLOOP_ERR_BUILTIN_UNAVAILABLE',
  'OFFLOOP_ERR_CLOSED',
  'OFFLOOP_ERR_CLOSURE',
  'OFFLOOP_ERR_INVALID_OPTION',
  'OFFLOOP_ERR_ISOLATE_LOST',
  'OFFLOOP_ERR_MEMORY_LIMIT',
  'OFFLOOP_ERR_NOT_CLONEABLE',
  'OFFLOOP_ERR_QUEUE_FULL',
  'OFFLOOP_ERR_QUEUE_TIMEOUT',
  'OFFLOOP_ERR_TIMEOUT',
  'OFFLOOP_ERR_UNSETTLED',
  'OFFLOOP_ERR_UNSUPPORTED_RUNTIME',
];
expectType<OffloopErrorCode | (string & {})>()(new OffloopError(known[0], 'why').code);
// @ts-expect-error no such code
export const unknownCode: OffloopErrorCode = 'OFFLOOP_ERR_TIRED';

declare const made: OffloopError;
// @ts-expect-error read only
made.code = 'OFFLOOP_ERR_CLOSED';
// @ts-expect-error a code and a message
export const empty = new OffloopError();
export class OwnError extends OffloopError {}
expectType<OwnError>()(new OwnError('OWN', 'of a user'));
