// What an isolate has compiled: bound to each context that needs it, so that a new context compiles nothing again.
#ifndef OFFLOOP_SCRIPTS_H_
#define OFFLOOP_SCRIPTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "abi.h"
#include "bridge.h"
#include "units.h"

namespace offloop {

struct Realm;

// Which source: a function's id, or the id of a `context` option and the place of a function in it.
struct ScriptKey {
  static constexpr uint32_t kFunction = UINT32_MAX;
  uint64_t id;
  uint32_t place;
  bool operator<(const ScriptKey& other) const { return std::tie(id, place) < std::tie(other.id, other.place); }
};

class Scripts {
 public:
  // The function that the source makes in this realm's context, where `scope` (may be empty) holds further names that it
  // sees, and `link` (may be empty) is what a linked one is given. Empty with an exception pending.
  v8::MaybeLocal<v8::Function> Function(Realm* realm, ScriptKey key, const OlFunction& source,
                                        v8::Local<v8::Object> scope, v8::Local<v8::Value> link);
  // The prelude's factory in this realm's context. Empty with an exception pending.
  v8::MaybeLocal<v8::Function> Prelude(Realm* realm);

  bool full() const;
  void Clear();

 private:
  // What hands the declarations that travel with a function to it.
  v8::MaybeLocal<v8::Value> Units(Realm* realm, const ModuleKey& key, const OlFunction& source,
                                  v8::Local<v8::Object> scope, v8::Local<v8::Value> link);
  v8::MaybeLocal<v8::Function> UnitLinker(Realm* realm);

  std::map<ScriptKey, v8::Global<v8::UnboundScript>> functions_;
  std::map<std::pair<ModuleKey, uint32_t>, v8::Global<v8::UnboundScript>> units_;
  v8::Global<v8::UnboundScript> prelude_;
  v8::Global<v8::UnboundScript> unit_linker_;
};

}  // namespace offloop

#endif  // OFFLOOP_SCRIPTS_H_
