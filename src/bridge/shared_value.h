// A value that was packed once (pool.share) and is made once in every context that receives it.
#ifndef OFFLOOP_SHARED_VALUE_H_
#define OFFLOOP_SHARED_VALUE_H_

#include <cstdint>
#include <memory>

#include "abi.h"

struct OlPayload;

namespace offloop {

// Owned by its handle in the environment and by the payloads that mention it; freed with the last of them.
class SharedValue {
 public:
  explicit SharedValue(std::unique_ptr<OlPayload> payload);
  ~SharedValue();
  SharedValue(const SharedValue&) = delete;
  SharedValue& operator=(const SharedValue&) = delete;

  // Grows with each one that is freed: tells isolates when to look for copies that nobody can ask for any more.
  static uint64_t Freed();

  uint64_t id() const { return id_; }  // unique within the process
  OlPayload* payload() const { return payload_.get(); }
  size_t Bytes() const;

 private:
  const uint64_t id_;
  std::unique_ptr<OlPayload> payload_;
};

// The frozen value in `context`, which must be one of the entered isolate's: made now, or when it was met before.
// Empty with an exception pending.
v8::MaybeLocal<v8::Object> Materialise(v8::Isolate* isolate, v8::Local<v8::Context> context,
                                       const std::shared_ptr<SharedValue>& shared);

// What a context keeps of a shared value.
struct SharedCopy {
  v8::Global<v8::Object> value;
  std::weak_ptr<SharedValue> source;
  size_t bytes;
};

}  // namespace offloop

#endif  // OFFLOOP_SHARED_VALUE_H_
