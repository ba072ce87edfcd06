// Turns what is thrown into text for the other side of the C boundary.
#pragma once

#include <exception>
#include <new>

namespace fineweb {

// A copy for fineweb_error_free.
char* describe(const char* message) noexcept;

template <typename Action>
char* guarded(Action&& action) noexcept {
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
