// The environment's handles on shared values: what pool.share() returns.
#ifndef OFFLOOP_SHARE_H_
#define OFFLOOP_SHARE_H_

#include <memory>

#include "shared_value.h"

namespace offloop {

// Whether the object is a handle of this thread's environment, released or not. Isolates of tasks have none.
bool IsShare(v8::Isolate* isolate, v8::Local<v8::Object> object);
// What a handle stands for; null once it was released.
std::shared_ptr<SharedValue> ShareOf(v8::Isolate* isolate, v8::Local<v8::Object> handle);
// At the end of the environment, on its thread.
void ForgetShares();

}  // namespace offloop

#endif  // OFFLOOP_SHARE_H_
