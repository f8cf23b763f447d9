// The functions that the prelude (src/runtime/prelude) reaches the bridge through, and how such objects are made.
#ifndef OFFLOOP_NATIVE_H_
#define OFFLOOP_NATIVE_H_

#include <cstddef>

#include "isolate.h"

namespace offloop {

struct NativeFunction {
  const char* name;
  v8::FunctionCallback callback;
};

// An object with these as methods; none can be constructed. Empty with an exception pending.
v8::MaybeLocal<v8::Object> MakeFunctions(v8::Local<v8::Context> context, const NativeFunction* functions, size_t count);

v8::MaybeLocal<v8::Object> MakeNative(Realm* realm, v8::Local<v8::Context> context);

}  // namespace offloop

#endif  // OFFLOOP_NATIVE_H_
