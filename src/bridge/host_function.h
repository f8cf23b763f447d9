// A function of the environment's that tasks may call, and its wire form. On the environment's side it is an object
// that lib/host-function.js knows the function of; in an isolate it is a function that asks the prelude for a promise.
#ifndef OFFLOOP_HOST_FUNCTION_H_
#define OFFLOOP_HOST_FUNCTION_H_

#include "abi.h"

namespace offloop {

// Whether `object` is one of this thread's environment.
bool IsHostFunction(v8::Isolate* isolate, v8::Local<v8::Object> object);

// Writes it into V8's stream, behind its tag.
v8::Maybe<bool> WriteHostFunction(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::ValueSerializer* stream,
                                  v8::Local<v8::Object> object);

// Makes the function that stands for it in the isolate entered by this thread. `bound`: it belongs to the task that
// runs, and is of no use to later ones. Empty when the stream is broken, or when no isolate is entered.
v8::MaybeLocal<v8::Object> ReadHostFunction(v8::Isolate* isolate, v8::Local<v8::Context> context,
                                            v8::ValueDeserializer* stream, bool bound);

// Drops what this thread's environment keeps.
void ForgetHostFunctions();

}  // namespace offloop

#endif  // OFFLOOP_HOST_FUNCTION_H_
