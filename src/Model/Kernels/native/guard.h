// Turns what is thrown into text for the other side of the C boundary.
#pragma once

#include <cstring>
#include <exception>
#include <new>

#include "api.h"

namespace fineweb {

extern char no_memory_for_message[];

inline fwk_error describe(const char* message) noexcept {
  char* const copy = strdup(message);
  return copy != nullptr ? copy : no_memory_for_message;
}

template <typename Action>
fwk_error guarded(Action&& action) noexcept {
  try {
    action();
    return nullptr;
  } catch (const std::bad_alloc&) {
    return describe("out of memory");
  } catch (const std::exception& error) {
    return describe(error.what());
  } catch (...) {
    return describe("the kernels threw something that is not an exception");
  }
}

}  // namespace fineweb
