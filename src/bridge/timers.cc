#include "timers.h"

namespace offloop {

void Timers::Open(uv_loop_t* loop, Fire fire, void* data) {
  loop_ = loop;
  fire_ = fire;
  data_ = data;
}

void Timers::Start(uint32_t id, uint64_t milliseconds, bool repeat, bool ref) {
  Timer*& timer = timers_[id];
  if (timer == nullptr) {
    timer = new Timer;
    timer->owner = this;
    timer->id = id;
    uv_timer_init(loop_, &timer->handle);
    timer->handle.data = timer;
  }
  timer->repeat = repeat;
  // The loop's clock stands still while JavaScript runs: a timer counts from now.
  uv_update_time(loop_);
  uv_timer_start(&timer->handle, OnTimer, milliseconds, repeat ? milliseconds : 0);
  SetRef(id, ref);
}

void Timers::Stop(uint32_t id) {
  auto found = timers_.find(id);
  if (found == timers_.end()) return;
  Close(found->second);
  timers_.erase(found);
}

void Timers::SetRef(uint32_t id, bool ref) {
  auto found = timers_.find(id);
  if (found == timers_.end()) return;
  auto* handle = reinterpret_cast<uv_handle_t*>(&found->second->handle);
  ref ? uv_ref(handle) : uv_unref(handle);
}

void Timers::StopAll() {
  for (auto& [id, timer] : timers_) Close(timer);
  timers_.clear();
}

void Timers::OnTimer(uv_timer_t* handle) {
  auto* timer = static_cast<Timer*>(handle->data);
  Timers* owner = timer->owner;
  uint32_t id = timer->id;
  if (!timer->repeat) owner->Stop(id);
  owner->fire_(owner->data_, id);
}

void Timers::Close(Timer* timer) {
  uv_close(reinterpret_cast<uv_handle_t*>(&timer->handle),
           [](uv_handle_t* handle) { delete static_cast<Timer*>(handle->data); });
}

}  // namespace offloop
