// Counts the array buffers of one isolate and refuses those that would pass its memory limit.
#ifndef OFFLOOP_ALLOCATOR_H_
#define OFFLOOP_ALLOCATOR_H_

#include <atomic>
#include <cstdlib>

#include "abi.h"

namespace offloop {

class CountingAllocator final : public node::ArrayBufferAllocator {
 public:
  explicit CountingAllocator(size_t limit) : limit_(limit) {}

  void* Allocate(size_t length) override { return Count(length) ? Counted(calloc(length + (length == 0), 1), length) : nullptr; }

  void* AllocateUninitialized(size_t length) override {
    return Count(length) ? Counted(malloc(length + (length == 0)), length) : nullptr;
  }

  // V8 may call this from a thread of its own.
  void Free(void* data, size_t length) override {
    used_.fetch_sub(length, std::memory_order_relaxed);
    free(data);
  }

  // For bytes that others allocate. False: the limit forbids it.
  bool Reserve(size_t length) { return Count(length); }
  void Release(size_t length) { used_.fetch_sub(length, std::memory_order_relaxed); }
  bool HasRoom(size_t length) const {
    size_t taken = used() + heap_used_.load(std::memory_order_relaxed);
    return taken <= limit_ && length <= limit_ - taken;
  }

  size_t used() const { return used_.load(std::memory_order_relaxed); }
  void SetHeapUsed(size_t bytes) { heap_used_.store(bytes, std::memory_order_relaxed); }
  bool TakeRefusal() { return refused_.exchange(false, std::memory_order_relaxed); }

 private:
  node::NodeArrayBufferAllocator* GetImpl() override { return nullptr; }

  // V8 puts a small typed array's elements on its heap and aborts when they cannot be moved out of it: such requests
  // are never refused.
  static constexpr size_t kNeverRefused = 64;

  bool Count(size_t length) {
    size_t used = used_.fetch_add(length, std::memory_order_relaxed) + length;
    size_t heap = heap_used_.load(std::memory_order_relaxed);
    if (length <= kNeverRefused || used + heap <= limit_) return true;
    used_.fetch_sub(length, std::memory_order_relaxed);
    refused_.store(true, std::memory_order_relaxed);
    return false;
  }

  void* Counted(void* data, size_t length) {
    if (data == nullptr) used_.fetch_sub(length, std::memory_order_relaxed);
    return data;
  }

  const size_t limit_;
  std::atomic<size_t> used_{0};
  std::atomic<size_t> heap_used_{0};  // as of the last mark-compact
  std::atomic<bool> refused_{false};
};

}  // namespace offloop

#endif  // OFFLOOP_ALLOCATOR_H_
