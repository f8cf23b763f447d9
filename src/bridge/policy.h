// What an isolate lets its code do. Those of a pool let it do everything; a user's own are confined.
#ifndef OFFLOOP_POLICY_H_
#define OFFLOOP_POLICY_H_

#include "abi.h"
#include "bridge.h"

namespace offloop {

class Policy {
 public:
  explicit Policy(uint32_t flags) : flags_(flags) {}

  bool confined() const { return (flags_ & OL_CONFINED) != 0; }
  bool code_generation() const { return !confined() || (flags_ & OL_CODE_GENERATION) != 0; }
  bool shared_memory() const { return !confined() || (flags_ & OL_SHARED_MEMORY) != 0; }
  bool wasm() const { return !confined() || (flags_ & OL_WASM) != 0; }
  bool coarse_clock() const { return (flags_ & OL_COARSE_CLOCK) != 0; }

  // What must not be packed for its code, or by it: OL_FORBID_….
  uint32_t forbidden() const {
    return (shared_memory() ? 0 : OL_FORBID_SHARED_MEMORY) | (wasm() ? 0 : OL_FORBID_WASM);
  }

  // Whether its code may have what is in the payload.
  bool Takes(const OlPayload* payload) const;

  // Of node::IsolateSettings.
  v8::AllowWasmCodeGenerationCallback wasm_callback() const;
  // For a new isolate.
  void Apply(v8::Isolate* isolate) const;
  // Takes out of a new context what its code must not have. False with an exception pending.
  bool Confine(v8::Isolate* isolate, v8::Local<v8::Context> context) const;

 private:
  uint32_t flags_;
};

}  // namespace offloop

#endif  // OFFLOOP_POLICY_H_
