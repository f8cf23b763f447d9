// The functions that the prelude (src/runtime/prelude) reaches the bridge through.
#ifndef OFFLOOP_NATIVE_H_
#define OFFLOOP_NATIVE_H_

#include "isolate.h"

namespace offloop {

v8::MaybeLocal<v8::Object> MakeNative(Realm* realm, v8::Local<v8::Context> context);

}  // namespace offloop

#endif  // OFFLOOP_NATIVE_H_
