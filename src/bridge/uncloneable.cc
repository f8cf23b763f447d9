// Finds the value that structured clone refused, so that an error can name it. Looks at plain objects, arrays, maps
// and sets only, calls no getter and no proxy trap, and gives up after a bounded number of values.
#include <deque>

#include "host_function.h"
#include "payload.h"
#include "share.h"

namespace offloop {

using v8::Array;
using v8::Context;
using v8::Isolate;
using v8::Local;
using v8::Object;
using v8::String;
using v8::Value;

namespace {

constexpr size_t kMostValues = 10'000;
constexpr uint32_t kMostElements = 1'000;
constexpr size_t kLongestPath = 300;

struct Place {
  Local<Value> value;
  std::string path;
};

const char* WhyForbidden(Local<Value> value, uint32_t forbidden) {
  if ((forbidden & OL_FORBID_SHARED_MEMORY) != 0) {
    if (value->IsSharedArrayBuffer()) return " is a SharedArrayBuffer, and the isolate has sharedMemory: false";
    if (value->IsArrayBufferView() && value.As<v8::ArrayBufferView>()->Buffer()->IsSharedArrayBuffer()) {
      return " is a view over a SharedArrayBuffer, and the isolate has sharedMemory: false";
    }
  }
  if ((forbidden & OL_FORBID_WASM) != 0 && value->IsWasmModuleObject()) {
    return " is a WebAssembly.Module, and the isolate has wasm: false";
  }
  return nullptr;
}

const char* WhyRefused(Isolate* isolate, Local<Value> value, bool host_functions) {
  if (value->IsProxy()) return " is a Proxy";
  if (value->IsFunction()) return " is a function";
  if (value->IsSymbol()) return " is a symbol";
  if (value->IsPromise()) return " is a promise";
  if (value->IsWeakMap() || value->IsWeakSet() || value->IsWeakRef()) return " is a weak collection or reference";
  if (value->IsGeneratorObject()) return " is a generator";
  if (value->IsArrayBuffer() && value.As<v8::ArrayBuffer>()->WasDetached()) return " is a detached ArrayBuffer";
  if (value->IsObject() && IsShare(isolate, value.As<Object>()) && !ShareOf(isolate, value.As<Object>())) {
    return " is a Shared that was released";
  }
  if (!host_functions && value->IsObject() && IsHostFunction(isolate, value.As<Object>())) {
    return " is a function of the main thread, which belongs to one task";
  }
  if (value->IsArrayBufferView()) {
    Local<Value> buffer = value.As<v8::ArrayBufferView>()->Buffer();
    if (buffer->IsArrayBuffer() && buffer.As<v8::ArrayBuffer>()->WasDetached()) {
      return " is a view over a detached ArrayBuffer";
    }
  }
  return nullptr;
}

bool IsIdentifier(const std::string& key) {
  if (key.empty() || (key[0] >= '0' && key[0] <= '9')) return false;
  for (char c : key) {
    bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
    if (!word) return false;
  }
  return true;
}

class Search {
 public:
  Search(Isolate* isolate, Local<Context> context, const PackOptions& options)
      : isolate_(isolate), context_(context), forbidden_(options.forbidden), host_functions_(options.host_functions) {}

  std::string Run(Local<Value> root) {
    Push(root, "");
    while (!places_.empty() && seen_ < kMostValues) {
      Place place = places_.front();
      places_.pop_front();
      if (const char* why = WhyForbidden(place.value, forbidden_)) return place.path + why;
      if (const char* why = WhyRefused(isolate_, place.value, host_functions_)) return place.path + why;
      if (place.value->IsMap() || place.value->IsSet()) {
        Local<Array> entries = place.value->IsMap() ? place.value.As<v8::Map>()->AsArray()
                                                    : place.value.As<v8::Set>()->AsArray();
        Elements(entries, place.path + (place.value->IsMap() ? ".entries" : ".values"));
      } else if (place.value->IsArray()) {
        Elements(place.value.As<Array>(), place.path);
      } else if (place.value->IsObject() && !place.value->IsArrayBufferView()) {
        std::string found = Properties(place.value.As<Object>(), place.path);
        if (!found.empty()) return found;
      }
    }
    return "";
  }

 private:
  void Push(Local<Value> value, std::string path) {
    if (!value->IsObject() && !value->IsSymbol()) return;
    if (path.size() > kLongestPath) return;
    for (const Local<Value>& known : known_) {
      if (known == value) return;
    }
    // A handful of ancestors is enough to survive cycles; the bound on values ends the rest.
    if (known_.size() < 256) known_.push_back(value);
    seen_++;
    places_.push_back({value, std::move(path)});
  }

  void Elements(Local<Array> array, const std::string& path) {
    for (uint32_t i = 0; i < array->Length() && i < kMostElements; i++) {
      Local<Value> element;
      if (DataProperty(array, v8::Integer::NewFromUnsigned(isolate_, i), &element) == Kind::kValue) {
        Push(element, path + "[" + std::to_string(i) + "]");
      }
    }
  }

  std::string Properties(Local<Object> object, const std::string& path) {
    Local<Array> keys;
    auto filter = static_cast<v8::PropertyFilter>(v8::ONLY_ENUMERABLE | v8::SKIP_SYMBOLS);
    if (!object->GetOwnPropertyNames(context_, filter, v8::KeyConversionMode::kConvertToString).ToLocal(&keys)) {
      return "";
    }
    for (uint32_t i = 0; i < keys->Length() && i < kMostElements; i++) {
      Local<Value> key;
      Local<Value> value;
      if (!keys->Get(context_, i).ToLocal(&key) || !key->IsString()) continue;
      String::Utf8Value text(isolate_, key);
      std::string name = *text == nullptr ? "?" : *text;
      std::string at = path + (IsIdentifier(name) ? "." + name : "[\"" + name + "\"]");
      switch (DataProperty(object, key.As<v8::Name>(), &value)) {
        case Kind::kValue:
          Push(value, at);
          break;
        case Kind::kGetter:
          getters_ = getters_.empty() ? at : getters_;
          break;
        case Kind::kNone:
          break;
      }
    }
    return "";
  }

  enum class Kind { kNone, kValue, kGetter };

  Kind DataProperty(Local<Object> object, Local<Value> key, Local<Value>* value) {
    Local<String> name;
    Local<Value> descriptor;
    if (!key->ToString(context_).ToLocal(&name) ||
        !object->GetOwnPropertyDescriptor(context_, name).ToLocal(&descriptor) || !descriptor->IsObject()) {
      return Kind::kNone;
    }
    Local<Object> fields = descriptor.As<Object>();
    bool has_value = fields->HasOwnProperty(context_, Name(isolate_, "value")).FromMaybe(false);
    if (!has_value) return Kind::kGetter;
    return fields->Get(context_, Name(isolate_, "value")).ToLocal(value) ? Kind::kValue : Kind::kNone;
  }

 public:
  const std::string& first_getter() const { return getters_; }

 private:
  Isolate* isolate_;
  Local<Context> context_;
  uint32_t forbidden_;
  bool host_functions_;
  std::deque<Place> places_;
  std::vector<Local<Value>> known_;
  std::string getters_;
  size_t seen_ = 0;
};

}  // namespace

std::string FindUncloneable(Isolate* isolate, Local<Context> context, Local<Value> root, bool refused,
                            const PackOptions& options) {
  v8::HandleScope handles(isolate);
  Search search(isolate, context, options);
  std::string found = search.Run(root);
  if (refused) return found;
  return search.first_getter().empty() ? "" : search.first_getter() + " is a getter that threw";
}

}  // namespace offloop
