// The functions of the CUDA driver that are used here, declared as its documentation has them: building needs no CUDA.
#pragma once

#include "shared_library.h"

#include <cstddef>

namespace fineweb {

using CuDevice = int;
using CuHandle = void*;  // contexts, events, modules, functions, streams

class Driver {
 public:
  static const Driver& instance() {
    static const Driver driver;
    return driver;
  }

  static void check(int status, const char* call) {
    // The words by which callers know it, whoever ran out of memory.
    TORCH_CHECK(status != kOutOfMemory, call, ": CUDA out of memory");
    TORCH_CHECK(status == 0, call, " failed with CUDA error ", status);
  }

  static constexpr int kOutOfMemory = 2;
  static constexpr int kNotReady = 600;

  int (*device_get)(CuDevice*, int) = nullptr;
  int (*device_get_attribute)(int*, int, CuDevice) = nullptr;
  int (*primary_context_retain)(CuHandle*, CuDevice) = nullptr;
  int (*primary_context_release)(CuDevice) = nullptr;
  int (*context_push)(CuHandle) = nullptr;
  int (*context_pop)(CuHandle*) = nullptr;
  int (*event_create)(CuHandle*, unsigned) = nullptr;
  int (*event_destroy)(CuHandle) = nullptr;
  int (*event_record)(CuHandle, CuHandle) = nullptr;
  int (*event_query)(CuHandle) = nullptr;
  int (*event_synchronize)(CuHandle) = nullptr;
  int (*event_elapsed_time)(float*, CuHandle, CuHandle) = nullptr;
  int (*module_load_data)(CuHandle*, const void*) = nullptr;
  int (*module_unload)(CuHandle) = nullptr;
  int (*module_get_function)(CuHandle*, CuHandle, const char*) = nullptr;
  int (*launch_kernel)(CuHandle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CuHandle, void**,
                       void**) = nullptr;

 private:
  Driver() {
    const SharedLibrary library("the NVIDIA driver", {"libcuda.so.1"});
    int (*init)(unsigned) = nullptr;
    library.find("cuInit", &init);
    library.find("cuDeviceGet", &device_get);
    library.find("cuDeviceGetAttribute", &device_get_attribute);
    library.find("cuDevicePrimaryCtxRetain", &primary_context_retain);
    library.find("cuDevicePrimaryCtxRelease_v2", &primary_context_release);
    library.find("cuCtxPushCurrent_v2", &context_push);
    library.find("cuCtxPopCurrent_v2", &context_pop);
    library.find("cuEventCreate", &event_create);
    library.find("cuEventDestroy_v2", &event_destroy);
    library.find("cuEventRecord", &event_record);
    library.find("cuEventQuery", &event_query);
    library.find("cuEventSynchronize", &event_synchronize);
    library.find("cuEventElapsedTime", &event_elapsed_time);
    library.find("cuModuleLoadData", &module_load_data);
    library.find("cuModuleUnload", &module_unload);
    library.find("cuModuleGetFunction", &module_get_function);
    library.find("cuLaunchKernel", &launch_kernel);
    check(init(0), "cuInit");
  }
};

}  // namespace fineweb
