// The C boundary: no C++ exception leaves this library. Functions that can fail return null on success and otherwise a
// message that the caller frees with fwc_free.
#pragma once

#include <ATen/ATen.h>

#include <cstdlib>
#include <cstring>
#include <exception>

#define FWC_EXPORT extern "C" __attribute__((visibility("default")))

using fwc_error = char*;

namespace fineweb {

template <typename Action>
fwc_error guarded(Action&& action) noexcept {
  try {
    action();
    return nullptr;
  } catch (const c10::Error& error) {
    return strdup(error.what_without_backtrace());
  } catch (const std::exception& error) {
    return strdup(error.what());
  } catch (...) {
    return strdup("libtorch threw something that is not an exception");
  }
}

}  // namespace fineweb
