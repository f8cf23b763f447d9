#include "loop_monitor.h"

namespace {

// Between two of these lie one poll with its callbacks, the immediates, the timers: everything that a turn can do.
void OnPrepare(uv_prepare_t* handle) {
  auto* monitor = static_cast<OlLoopMonitor*>(handle->data);
  monitor->calls.turned(monitor->data, uv_hrtime(), uv_metrics_idle_time(handle->loop));
}

void OnClosed(uv_handle_t* handle) {
  auto* monitor = static_cast<OlLoopMonitor*>(handle->data);
  monitor->cleaned_up(monitor->cleanup_data);
  delete monitor;
}

void OnCleanup(void* data, void (*done)(void*), void* done_data) {
  auto* monitor = static_cast<OlLoopMonitor*>(data);
  // From here on Rust has no monitor, and asks for nothing any more.
  monitor->calls.ended(monitor->data);
  monitor->cleaned_up = done;
  monitor->cleanup_data = done_data;
  uv_close(reinterpret_cast<uv_handle_t*>(&monitor->prepare), OnClosed);
}

}  // namespace

extern "C" {

OlLoopMonitor* ol_loop_monitor_open(OlLoopMonitorCalls calls, void* data) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  uv_loop_t* loop = node::GetCurrentEventLoop(isolate);
  if (loop == nullptr) return nullptr;
  auto* monitor = new OlLoopMonitor;
  monitor->calls = calls;
  monitor->data = data;
  uv_prepare_init(loop, &monitor->prepare);
  monitor->prepare.data = monitor;
  uv_unref(reinterpret_cast<uv_handle_t*>(&monitor->prepare));
  static_cast<void>(node::AddEnvironmentCleanupHook(isolate, OnCleanup, monitor).release());
  return monitor;
}

void ol_loop_monitor_start(OlLoopMonitor* monitor) { uv_prepare_start(&monitor->prepare, OnPrepare); }

void ol_loop_monitor_stop(OlLoopMonitor* monitor) { uv_prepare_stop(&monitor->prepare); }

void ol_loop_monitor_clock(OlLoopMonitor* monitor, uint64_t* now, uint64_t* idle) {
  *now = uv_hrtime();
  *idle = uv_metrics_idle_time(monitor->prepare.loop);
}

}  // extern "C"
