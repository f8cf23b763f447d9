#include "loss.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

#include "isolate.h"

namespace {

// Isolates beyond these share handlers that know none of them.
constexpr size_t kSlots = 256;

std::array<std::atomic<OlIsolate*>, kSlots + 1> slots;

thread_local OlIsolate* at_hand = nullptr;
thread_local bool may_park = false;

// V8 has four threads for all isolates of the process, the main one included: it can spare one.
std::atomic<bool> v8_thread_parked{false};

[[noreturn]] void Park() {
  for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

[[noreturn]] void Lose(OlIsolate* isolate, const char* location, const char* message, uint32_t flags) {
  std::string why = location == nullptr ? "" : location;
  if (message != nullptr) why.append(why.empty() ? "" : ": ").append(message);
  // On the thread that works with an isolate, that one is meant.
  if (at_hand != nullptr) isolate = at_hand;
  if (may_park && isolate != nullptr) {
    isolate->calls->lost(isolate->host, flags, {why.data(), why.size()});
    Park();
  }
  bool on_v8_thread = !may_park && at_hand == nullptr;
  if (on_v8_thread && isolate != nullptr && !v8_thread_parked.exchange(true)) {
    isolate->calls->lost(isolate->host, flags | OL_LOST_ON_V8_THREAD, {why.data(), why.size()});
    Park();
  }
  fprintf(stderr, "offloop: V8 cannot go on in a task's isolate, on %s: %s\n",
          on_v8_thread ? "a thread of its own" : "a thread that cannot be given up", why.c_str());
  fflush(stderr);
  abort();
}

template <size_t kSlot>
void OnFatal(const char* location, const char* message) {
  Lose(slots[kSlot].load(std::memory_order_acquire), location, message, 0);
}

template <size_t kSlot>
void OnOutOfMemory(const char* location, const v8::OOMDetails& details) {
  Lose(slots[kSlot].load(std::memory_order_acquire), location, details.detail, OL_LOST_OUT_OF_MEMORY);
}

template <size_t... kSlot>
constexpr std::array<v8::FatalErrorCallback, sizeof...(kSlot)> FatalHandlers(std::index_sequence<kSlot...>) {
  return {OnFatal<kSlot>...};
}

template <size_t... kSlot>
constexpr std::array<v8::OOMErrorCallback, sizeof...(kSlot)> OutOfMemoryHandlers(std::index_sequence<kSlot...>) {
  return {OnOutOfMemory<kSlot>...};
}

constexpr auto kFatal = FatalHandlers(std::make_index_sequence<kSlots + 1>());
constexpr auto kOutOfMemory = OutOfMemoryHandlers(std::make_index_sequence<kSlots + 1>());

}  // namespace

namespace offloop {

LossHandlers::LossHandlers(OlIsolate* isolate) : slot_(0) {
  for (; slot_ < kSlots; slot_++) {
    OlIsolate* nobody = nullptr;
    if (slots[slot_].compare_exchange_strong(nobody, isolate, std::memory_order_acq_rel)) return;
  }
}

LossHandlers::~LossHandlers() {
  if (slot_ < kSlots) slots[slot_].store(nullptr, std::memory_order_release);
}

v8::FatalErrorCallback LossHandlers::fatal() const { return kFatal[slot_]; }

v8::OOMErrorCallback LossHandlers::out_of_memory() const { return kOutOfMemory[slot_]; }

AtHand::AtHand(OlIsolate* isolate) : outer_(std::exchange(at_hand, isolate)) {}

AtHand::~AtHand() { at_hand = outer_; }

}  // namespace offloop

extern "C" void ol_thread_may_park(void) { may_park = true; }
