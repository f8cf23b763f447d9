// Declarations that travel with functions of the same module: made once in each realm, src/runtime/units.js says how.
#ifndef OFFLOOP_UNITS_H_
#define OFFLOOP_UNITS_H_

#include <cstdint>
#include <set>
#include <string>
#include <tuple>

#include "abi.h"
#include "bridge.h"

namespace offloop {

// Which module, seen with which `context` option (0: without), its own modules from where.
struct ModuleKey {
  uint64_t module;
  uint64_t context;
  std::string from;
  bool operator<(const ModuleKey& other) const {
    return std::tie(module, context, from) < std::tie(other.module, other.context, other.from);
  }
};

// What a realm has of a module.
struct ModuleUnits {
  v8::Global<v8::Object> kept;  // what src/runtime/units.js keeps
  std::set<uint32_t> known;     // units that it has
};

}  // namespace offloop

#endif  // OFFLOOP_UNITS_H_
