// What a user's own isolate does beside calling functions: scripts, contexts, globals by name.
#ifndef OFFLOOP_OPERATION_H_
#define OFFLOOP_OPERATION_H_

#include <memory>

#include "isolate.h"

namespace offloop {

// Makes runs use the context that the operation names, and none where that is gone, for as long as it lives.
class RealmInUse {
 public:
  RealmInUse(OlIsolate* isolate, const OlOperation* operation);
  ~RealmInUse();
  RealmInUse(const RealmInUse&) = delete;
  RealmInUse& operator=(const RealmInUse&) = delete;

  // Null when there is none.
  Realm* realm() const;

 private:
  OlIsolate* isolate_;
  std::unique_ptr<Realm>* created_ = nullptr;  // where the isolate's first context waits meanwhile
  bool gone_ = false;
};

// Makes or drops a context, if that is what the operation is: outside of any, since a context's microtasks cannot be
// taken from it while one is entered. False: it is something else.
bool ManageContexts(OlIsolate* isolate, const OlOperation& operation, OlOutcome* outcome);

// The operation's result; empty with an exception pending, or when the isolate was stopped.
v8::MaybeLocal<v8::Value> Operate(OlIsolate* isolate, v8::Local<v8::Context> context, const OlOperation& operation,
                                  OlPayload* value);

}  // namespace offloop

#endif  // OFFLOOP_OPERATION_H_
