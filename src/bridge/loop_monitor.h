// Watches one environment's event loop: its turns, and the collections that hold it up.
#ifndef OFFLOOP_LOOP_MONITOR_H_
#define OFFLOOP_LOOP_MONITOR_H_

#include "abi.h"
#include "bridge.h"

// One handle on the environment's loop that never keeps it alive. libuv owns it until it is closed, which Node's
// cleanup hook asks for; a process that ends by exit() closes nothing.
struct OlLoopMonitor {
  uv_prepare_t prepare;
  v8::Isolate* isolate;
  OlLoopMonitorCalls calls;
  // Collections nest: a full one may run young ones. The outermost is the pause.
  int collecting = 0;
  uint64_t collecting_since = 0;
  void* data;
  void (*cleaned_up)(void*);
  void* cleanup_data;
};

#endif  // OFFLOOP_LOOP_MONITOR_H_
