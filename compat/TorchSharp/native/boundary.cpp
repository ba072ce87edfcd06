#include "boundary.h"

#include <atomic>
#include <cstdlib>
#include <cstring>

namespace {

std::atomic<int64_t> live_tensors{0};
char no_memory_for_message[] = "out of memory";

}  // namespace

namespace fineweb {

fwt_error describe(const char* message) noexcept {
  char* const copy = strdup(message);
  return copy != nullptr ? copy : no_memory_for_message;
}

at::Tensor* own(at::Tensor&& tensor) {
  auto* const handle = new at::Tensor(std::move(tensor));
  live_tensors.fetch_add(1, std::memory_order_relaxed);
  return handle;
}

at::Scalar scalar(const fwt_scalar& value) {
  switch (value.kind) {
    case 0: return at::Scalar(value.integer);
    case 1: return at::Scalar(value.real);
    default: return at::Scalar(value.integer != 0);
  }
}

fwt_scalar scalar(const at::Scalar& value) {
  if (value.isBoolean()) return {2, 0, value.toBool() ? 1 : 0, 0.0};
  if (value.isIntegral(false)) return {0, 0, value.toLong(), 0.0};
  return {1, 0, 0, value.toDouble()};
}

at::TensorOptions options(const fwt_options& value) {
  return at::TensorOptions()
      .dtype(static_cast<at::ScalarType>(value.dtype))
      .device(at::Device(static_cast<at::DeviceType>(value.device_type),
                         static_cast<at::DeviceIndex>(value.device_index)));
}

}  // namespace fineweb

FWT_EXPORT void fwt_error_free(fwt_error error) {
  if (error != no_memory_for_message) free(error);
}

FWT_EXPORT void fwt_tensor_dispose(at::Tensor* tensor) {
  if (tensor == nullptr) return;
  delete tensor;
  live_tensors.fetch_sub(1, std::memory_order_relaxed);
}

// Handles made (1) or released (-1) by other libraries, which change hands with managed code.
FWT_EXPORT void fwt_tensor_moved(int32_t change) { live_tensors.fetch_add(change, std::memory_order_relaxed); }

FWT_EXPORT int64_t fwt_live_tensors() { return live_tensors.load(std::memory_order_relaxed); }
