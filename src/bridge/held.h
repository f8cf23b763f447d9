// States of native operations that live as long as the JavaScript object that holds their number.
#ifndef OFFLOOP_HELD_H_
#define OFFLOOP_HELD_H_

#include <memory>
#include <unordered_map>

#include "abi.h"

struct OlIsolate;

namespace offloop {

class Held {
 public:
  explicit Held(OlIsolate* owner) : owner_(owner) {}
  ~Held() { Clear(); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  // Drops state `number`, of about so many bytes, when `holder` is collected. False: the memory limit forbids it, and the
  // state was dropped.
  bool Add(v8::Local<v8::Object> holder, uint32_t number, size_t bytes);
  // Drops it now.
  void Release(uint32_t number);
  // Before the isolate is disposed of. The states are dropped with what else Rust keeps for it.
  void Clear();

 private:
  struct Entry {
    Held* table;
    uint32_t number;
    size_t bytes;
    v8::Global<v8::Object> holder;
  };

  static void OnCollected(const v8::WeakCallbackInfo<Entry>& info);
  static void AfterCollection(const v8::WeakCallbackInfo<Entry>& info);
  // Undoes what was counted.
  void Uncount(const Entry& entry);

  OlIsolate* owner_;
  std::unordered_map<uint32_t, std::unique_ptr<Entry>> entries_;
};

}  // namespace offloop

#endif  // OFFLOOP_HELD_H_
