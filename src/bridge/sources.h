// Texts of modules, lent by Rust, and functions compiled from them with V8's code cache.
#ifndef OFFLOOP_SOURCES_H_
#define OFFLOOP_SOURCES_H_

#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

#include "abi.h"
#include "bridge.h"

struct OlIsolate;

namespace offloop {

struct Realm;

// An answer of Rust's about a module, given back when the last holder is gone.
class ModuleAnswer {
 public:
  explicit ModuleAnswer(const OlHost* calls) : calls_(calls) {}
  ~ModuleAnswer() {
    if (module_.owner != nullptr) calls_->module_free(module_.owner);
  }
  ModuleAnswer(const ModuleAnswer&) = delete;
  ModuleAnswer& operator=(const ModuleAnswer&) = delete;

  OlModule* out() { return &module_; }
  const OlModule* operator->() const { return &module_; }
  const OlHost* calls() const { return calls_; }

 private:
  const OlHost* calls_;
  OlModule module_{};
};

using SourceAnswer = std::shared_ptr<ModuleAnswer>;

// Its text: used where it is, if it has a byte for each character. Empty with an exception pending.
v8::MaybeLocal<v8::String> TextOf(v8::Isolate* isolate, const SourceAnswer& source);

// What was compiled without a code cache, to be told when it is warm.
class Warm {
 public:
  Warm(v8::Isolate* isolate, v8::Local<v8::Function> function, SourceAnswer source)
      : source_(std::move(source)), function_(isolate, function) {}
  Warm(v8::Isolate* isolate, v8::Local<v8::UnboundModuleScript> module, SourceAnswer source)
      : source_(std::move(source)), module_(isolate, module) {}

  // Hands Rust the code cache, with all that was compiled by now.
  void Keep(v8::Isolate* isolate) const;

 private:
  SourceAnswer source_;
  v8::Global<v8::Function> function_;
  v8::Global<v8::UnboundModuleScript> module_;
};

// The cache for V8, which takes it; null without one.
v8::ScriptCompiler::CachedData* CacheOf(const SourceAnswer& source);

// The function whose body the source is. Empty with an exception pending.
v8::MaybeLocal<v8::Function> CompileBody(Realm* realm, const SourceAnswer& source, v8::Local<v8::String> resource,
                                         std::initializer_list<const char*> parameters);

}  // namespace offloop

#endif  // OFFLOOP_SOURCES_H_
