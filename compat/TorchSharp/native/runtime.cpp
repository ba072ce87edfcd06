#include "boundary.h"
#include "libtorch_version.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include <cstring>

using namespace fineweb;

// Debian's libtorch multiplies with OpenBLAS, which has threads of its own; null where it is another library.
extern "C" void openblas_set_num_threads(int count) __attribute__((weak));

namespace {

int32_t cuda_devices() {
  // A libtorch without CUDA registers no guard; one with CUDA but without a driver counts no devices.
  if (!c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA)) return 0;
  return c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA)->deviceCount();
}

}  // namespace

// The libtorch whose headers this library was compiled with.
FWT_EXPORT const char* fwt_built_for() { return TORCH_VERSION; }

// What the loaded libtorch says of itself, its version among it. Text of the caller's, to be freed like an error.
FWT_EXPORT fwt_error fwt_configuration(char** result) {
  *result = nullptr;
  return guarded([&] { *result = describe(at::show_config().c_str()); });
}

FWT_EXPORT fwt_error fwt_set_num_threads(int32_t count) {
  return guarded([&] {
    at::set_num_threads(count);
    if (openblas_set_num_threads != nullptr) openblas_set_num_threads(count);
  });
}

FWT_EXPORT fwt_error fwt_get_num_threads(int32_t* result) {
  *result = 0;
  return guarded([&] { *result = at::get_num_threads(); });
}

FWT_EXPORT fwt_error fwt_set_num_interop_threads(int32_t count) {
  return guarded([&] { at::set_num_interop_threads(count); });
}

FWT_EXPORT fwt_error fwt_get_num_interop_threads(int32_t* result) {
  *result = 0;
  return guarded([&] { *result = at::get_num_interop_threads(); });
}

// Both modes belong to the calling thread.
FWT_EXPORT int32_t fwt_grad_enabled() { return c10::GradMode::is_enabled(); }

FWT_EXPORT void fwt_set_grad_enabled(int32_t enabled) { c10::GradMode::set_enabled(enabled != 0); }

FWT_EXPORT int32_t fwt_inference_mode_enabled() { return c10::InferenceMode::is_enabled(); }

FWT_EXPORT fwt_error fwt_inference_mode_enter(int32_t enabled, c10::InferenceMode** result) {
  *result = nullptr;
  return guarded([&] { *result = new c10::InferenceMode(enabled != 0); });
}

// On the thread that entered, and in the opposite order.
FWT_EXPORT void fwt_inference_mode_leave(c10::InferenceMode* mode) { delete mode; }

FWT_EXPORT fwt_error fwt_cuda_built(int32_t* result) {
  *result = 0;
  return guarded([&] { *result = at::detail::getCUDAHooks().hasCUDART(); });
}

FWT_EXPORT fwt_error fwt_cuda_device_count(int32_t* result) {
  *result = 0;
  return guarded([&] { *result = cuda_devices(); });
}

FWT_EXPORT fwt_error fwt_cudnn_available(int32_t* result) {
  *result = 0;
  return guarded([&] { *result = cuda_devices() > 0 && at::detail::getCUDAHooks().hasCuDNN(); });
}

// index -1: the current device.
FWT_EXPORT fwt_error fwt_cuda_synchronize(int32_t index) {
  return guarded([&] {
    TORCH_CHECK(cuda_devices() > 0, "there is no CUDA device to wait for");
    const auto* const guard = c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA);
    const auto device = index < 0 ? guard->getDevice().index() : static_cast<c10::DeviceIndex>(index);
    synchronize(at::detail::getCUDAHooks(), *guard, device, 0);
  });
}

// The switches of torch.backends, by the numbers that NativeMethods.Runtime.cs gives them.
FWT_EXPORT fwt_error fwt_switch_get(int32_t which, int32_t* result) {
  *result = 0;
  return guarded([&] {
    const auto& context = at::globalContext();
    switch (which) {
      case 0: *result = context.allowTF32CuBLAS(); break;
      case 1: *result = permitted(context.allowFP16ReductionCuBLAS()); break;
      case 2: *result = context.allowTF32CuDNN(); break;
      case 3: *result = context.userEnabledFlashSDP(); break;
      case 4: *result = context.userEnabledMathSDP(); break;
      default: TORCH_CHECK(false, "there is no switch ", which);
    }
  });
}

FWT_EXPORT fwt_error fwt_switch_set(int32_t which, int32_t value) {
  return guarded([&] {
    auto& context = at::globalContext();
    const bool on = value != 0;
    switch (which) {
      case 0: context.setAllowTF32CuBLAS(on); break;
      case 1: context.setAllowFP16ReductionCuBLAS(on); break;
      case 2: context.setAllowTF32CuDNN(on); break;
      case 3: context.setSDPUseFlash(on); break;
      case 4: context.setSDPUseMath(on); break;
      default: TORCH_CHECK(false, "there is no switch ", which);
    }
  });
}
