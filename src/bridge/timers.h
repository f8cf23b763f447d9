// The timers of one isolate, on its own event loop. JavaScript keeps the callbacks (src/runtime), this keeps the time.
#ifndef OFFLOOP_TIMERS_H_
#define OFFLOOP_TIMERS_H_

#include <uv.h>

#include <cstdint>
#include <unordered_map>

namespace offloop {

class Timers {
 public:
  using Fire = void (*)(void* data, uint32_t id);

  void Open(uv_loop_t* loop, Fire fire, void* data);
  // Starts or restarts timer `id`.
  void Start(uint32_t id, uint64_t milliseconds, bool repeat, bool ref);
  void Stop(uint32_t id);
  void SetRef(uint32_t id, bool ref);
  void StopAll();

 private:
  struct Timer {
    uv_timer_t handle;
    Timers* owner;
    uint32_t id;
    bool repeat;
  };

  static void OnTimer(uv_timer_t* handle);
  static void Close(Timer* timer);

  uv_loop_t* loop_ = nullptr;
  Fire fire_ = nullptr;
  void* data_ = nullptr;
  std::unordered_map<uint32_t, Timer*> timers_;
};

}  // namespace offloop

#endif  // OFFLOOP_TIMERS_H_
