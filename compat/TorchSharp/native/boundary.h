// The C boundary: no C++ exception leaves this library. Every exported function that can fail returns null on success
// and otherwise a message that the caller frees with fwt_error_free; results come through out-parameters, which are set
// to null or zero first.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <exception>
#include <new>

#define FWT_EXPORT extern "C" __attribute__((visibility("default")))

using fwt_error = char*;

// A number as TorchSharp's Scalar holds it.
struct fwt_scalar {
  int32_t kind;  // 0 integer, 1 real, 2 boolean (in `integer`)
  int32_t reserved;
  int64_t integer;
  double real;
};

struct fwt_options {
  int32_t dtype;  // c10::ScalarType
  int32_t device_type;  // c10::DeviceType
  int32_t device_index;  // -1: the current one
  int32_t requires_grad;
};

namespace fineweb {

fwt_error describe(const char* message) noexcept;
// A handle that managed code owns; counted until it is disposed.
at::Tensor* own(at::Tensor&& tensor);

at::Scalar scalar(const fwt_scalar& value);
fwt_scalar scalar(const at::Scalar& value);
at::TensorOptions options(const fwt_options& value);

inline at::IntArrayRef list(const int64_t* values, int32_t count) {
  return {values, static_cast<size_t>(count)};
}

template <typename Action>
fwt_error guarded(Action&& action) noexcept {
  try {
    action();
    return nullptr;
  } catch (const c10::Error& error) {
    return describe(error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    return describe("out of memory");
  } catch (const std::exception& error) {
    return describe(error.what());
  } catch (...) {
    return describe("libtorch threw something that is not an exception");
  }
}

template <typename Operation>
fwt_error returns(at::Tensor** result, Operation&& operation) noexcept {
  *result = nullptr;
  return guarded([&] { *result = own(operation()); });
}

}  // namespace fineweb
