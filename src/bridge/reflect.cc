#include "reflect.h"

using v8::Array;
using v8::Context;
using v8::Isolate;
using v8::Local;
using v8::Object;
using v8::Value;

namespace offloop {

void KindOf(const Reflection& info) {
  Local<Value> value = info[0];
  const bool kinds[] = {
      value->IsExternal(),      value->IsDate(),           value->IsArgumentsObject(),
      value->IsBigIntObject(),  value->IsBooleanObject(),  value->IsNumberObject(),
      value->IsStringObject(),  value->IsSymbolObject(),   value->IsNativeError(),
      value->IsRegExp(),        value->IsAsyncFunction(),  value->IsGeneratorFunction(),
      value->IsGeneratorObject(), value->IsPromise(),      value->IsMap(),
      value->IsSet(),           value->IsMapIterator(),    value->IsSetIterator(),
      value->IsWeakMap(),       value->IsWeakSet(),        value->IsArrayBuffer(),
      value->IsDataView(),      value->IsSharedArrayBuffer(), value->IsProxy(),
      value->IsModuleNamespaceObject(),
  };
  uint32_t bits = 0;
  uint32_t bit = 1;
  for (bool is : kinds) {
    if (is) bits |= bit;
    bit <<= 1;
  }
  info.GetReturnValue().Set(bits);
}

void ProxyDetails(const Reflection& info) {
  if (!info[0]->IsProxy()) return;
  Local<v8::Proxy> proxy = info[0].As<v8::Proxy>();
  Local<Value> pair[] = {proxy->GetTarget(), proxy->GetHandler()};
  info.GetReturnValue().Set(Array::New(info.GetIsolate(), pair, 2));
}

void PromiseDetails(const Reflection& info) {
  if (!info[0]->IsPromise()) return;
  Isolate* isolate = info.GetIsolate();
  Local<v8::Promise> promise = info[0].As<v8::Promise>();
  v8::Promise::PromiseState state = promise->State();
  // A pending promise has no result to ask for.
  Local<Value> result = v8::Undefined(isolate);
  if (state != v8::Promise::kPending) result = promise->Result();
  Local<Value> pair[] = {v8::Integer::New(isolate, static_cast<int>(state)), result};
  info.GetReturnValue().Set(Array::New(isolate, pair, 2));
}

void PreviewEntries(const Reflection& info) {
  if (!info[0]->IsObject()) return;
  Isolate* isolate = info.GetIsolate();
  bool pairs = false;
  Local<Array> entries;
  if (!info[0].As<Object>()->PreviewEntries(&pairs).ToLocal(&entries)) return;
  Local<Value> result[] = {entries, v8::Boolean::New(isolate, pairs)};
  info.GetReturnValue().Set(Array::New(isolate, result, 2));
}

void ConstructorName(const Reflection& info) {
  if (info[0]->IsObject()) info.GetReturnValue().Set(info[0].As<Object>()->GetConstructorName());
}

void OwnNonIndexProperties(const Reflection& info) {
  if (!info[0]->IsObject()) return;
  auto filter = info[1]->IsTrue() ? v8::PropertyFilter::ONLY_ENUMERABLE : v8::PropertyFilter::ALL_PROPERTIES;
  Local<Array> keys;
  if (info[0]
          .As<Object>()
          ->GetPropertyNames(info.GetIsolate()->GetCurrentContext(), v8::KeyCollectionMode::kOwnOnly, filter,
                             v8::IndexFilter::kSkipIndices)
          .ToLocal(&keys)) {
    info.GetReturnValue().Set(keys);
  }
}

}  // namespace offloop
