// What the bridge knows of Node environments.
#ifndef OFFLOOP_ENV_H_
#define OFFLOOP_ENV_H_

#include "abi.h"

namespace offloop {

// Node's platform, the same for all environments of a process; null before the first was opened.
node::MultiIsolatePlatform* Platform();

}  // namespace offloop

#endif  // OFFLOOP_ENV_H_
