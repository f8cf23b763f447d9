// The ECMAScript modules of one realm, by number, and what the loader (src/runtime/loader) reaches them through.
#ifndef OFFLOOP_MODULES_H_
#define OFFLOOP_MODULES_H_

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "abi.h"

namespace offloop {

struct Realm;

class Modules {
 public:
  struct Record {
    v8::Global<v8::Module> module;
    v8::Global<v8::Function> evaluate;  // of a synthetic one: sets its exports
    std::vector<uint32_t> links;        // the modules that its requests lead to, in their order
  };

  uint32_t Add(v8::Isolate* isolate, v8::Local<v8::Module> module, v8::Local<v8::Function> evaluate);
  // Null when there is none.
  Record* Get(uint32_t id);
  Record* Find(v8::Isolate* isolate, v8::Local<v8::Module> module, uint32_t* id = nullptr);
  void Drop(v8::Isolate* isolate, uint32_t id);

 private:
  std::unordered_map<uint32_t, Record> records_;
  std::unordered_multimap<int, uint32_t> by_hash_;  // V8's identity hash is not unique
  uint32_t last_ = 0;
};

// The loader's `native`. Empty with an exception pending.
v8::MaybeLocal<v8::Object> MakeModuleNative(v8::Local<v8::Context> context);

// V8's callbacks: `import()`, and the first use of `import.meta` in a module.
v8::MaybeLocal<v8::Promise> ImportDynamically(v8::Local<v8::Context> context, v8::Local<v8::Data> options,
                                              v8::Local<v8::Value> referrer, v8::Local<v8::String> specifier,
                                              v8::Local<v8::FixedArray> attributes);
void InitialiseMeta(v8::Local<v8::Context> context, v8::Local<v8::Module> module, v8::Local<v8::Object> meta);

}  // namespace offloop

#endif  // OFFLOOP_MODULES_H_
