#include "loop_monitor.h"

namespace {

// Between two of these lie one poll with its callbacks, the immediates, the timers: everything that a turn can do.
void OnPrepare(uv_prepare_t* handle) {
  auto* monitor = static_cast<OlLoopMonitor*>(handle->data);
  monitor->calls.turned(monitor->data, uv_hrtime(), uv_metrics_idle_time(handle->loop));
}

// What stops JavaScript; processing weak callbacks and the steps of incremental marking are told of by themselves.
void BeforeCollection(v8::Isolate*, v8::GCType, v8::GCCallbackFlags, void* data) {
  auto* monitor = static_cast<OlLoopMonitor*>(data);
  if (monitor->collecting++ == 0) monitor->collecting_since = uv_hrtime();
}

void AfterCollection(v8::Isolate*, v8::GCType type, v8::GCCallbackFlags, void* data) {
  auto* monitor = static_cast<OlLoopMonitor*>(data);
  // Watching may have begun within one.
  if (monitor->collecting == 0) return;
  uint64_t pause = --monitor->collecting == 0 ? uv_hrtime() - monitor->collecting_since : 0;
  monitor->calls.collected(monitor->data, type == v8::kGCTypeMarkSweepCompact, pause);
}

void OnClosed(uv_handle_t* handle) {
  auto* monitor = static_cast<OlLoopMonitor*>(handle->data);
  monitor->cleaned_up(monitor->cleanup_data);
  delete monitor;
}

void OnCleanup(void* data, void (*done)(void*), void* done_data) {
  auto* monitor = static_cast<OlLoopMonitor*>(data);
  ol_loop_monitor_stop(monitor);
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
  monitor->isolate = isolate;
  monitor->calls = calls;
  monitor->data = data;
  uv_prepare_init(loop, &monitor->prepare);
  monitor->prepare.data = monitor;
  uv_unref(reinterpret_cast<uv_handle_t*>(&monitor->prepare));
  static_cast<void>(node::AddEnvironmentCleanupHook(isolate, OnCleanup, monitor).release());
  return monitor;
}

void ol_loop_monitor_start(OlLoopMonitor* monitor) {
  uv_prepare_start(&monitor->prepare, OnPrepare);
  monitor->collecting = 0;
  monitor->isolate->AddGCPrologueCallback(BeforeCollection, monitor);
  monitor->isolate->AddGCEpilogueCallback(AfterCollection, monitor);
}

void ol_loop_monitor_stop(OlLoopMonitor* monitor) {
  if (!uv_is_active(reinterpret_cast<uv_handle_t*>(&monitor->prepare))) return;
  uv_prepare_stop(&monitor->prepare);
  monitor->isolate->RemoveGCPrologueCallback(BeforeCollection, monitor);
  monitor->isolate->RemoveGCEpilogueCallback(AfterCollection, monitor);
}

void ol_loop_monitor_clock(OlLoopMonitor* monitor, uint64_t* now, uint64_t* idle) {
  *now = uv_hrtime();
  *idle = uv_metrics_idle_time(monitor->prepare.loop);
}

}  // extern "C"
