// What V8 knows of a value and JavaScript cannot ask: for util.inspect and util.types.
#ifndef OFFLOOP_REFLECT_H_
#define OFFLOOP_REFLECT_H_

#include <v8.h>

namespace offloop {

using Reflection = v8::FunctionCallbackInfo<v8::Value>;

// kindOf(value) → bits, in the order of KINDS in src/runtime/builtins/internal/engine.js
void KindOf(const Reflection& info);
// proxyDetails(value) → [target, handler], undefined for what is no proxy
void ProxyDetails(const Reflection& info);
// promiseDetails(promise) → [0 pending | 1 fulfilled | 2 rejected, result]
void PromiseDetails(const Reflection& info);
// previewEntries(collection or iterator) → [entries, whether they are pairs], undefined for anything else
void PreviewEntries(const Reflection& info);
// constructorName(object)
void ConstructorName(const Reflection& info);
// ownNonIndexProperties(object, only enumerable) → keys
void OwnNonIndexProperties(const Reflection& info);

}  // namespace offloop

#endif  // OFFLOOP_REFLECT_H_
