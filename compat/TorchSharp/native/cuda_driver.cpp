// Facts about GPUs from the CUDA driver itself, opened at run time: libtorch tells them only to those who compile with
// CUDA's headers, and the driver's interface is the same whichever CUDA libtorch was built with.
#include "boundary.h"

#include <dlfcn.h>

using namespace fineweb;

namespace {

constexpr int kComputeCapabilityMajor = 75;
constexpr int kComputeCapabilityMinor = 76;
constexpr int kMultiprocessorCount = 16;

class Driver {
 public:
  static const Driver& instance() {
    static const Driver driver;
    return driver;
  }

  void name(int ordinal, char* text, int capacity) const {
    check(get_name_(text, capacity, device(ordinal)), "cuDeviceGetName");
  }

  size_t memory(int ordinal) const {
    size_t bytes = 0;
    check(total_memory_(&bytes, device(ordinal)), "cuDeviceTotalMem");
    return bytes;
  }

  int attribute(int ordinal, int which) const {
    int value = 0;
    check(get_attribute_(&value, which, device(ordinal)), "cuDeviceGetAttribute");
    return value;
  }

 private:
  Driver() {
    void* const library = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
    TORCH_CHECK(library != nullptr, "the NVIDIA driver (libcuda.so.1) is not installed here");
    find(library, "cuInit", &init_);
    find(library, "cuDeviceGet", &get_);
    find(library, "cuDeviceGetName", &get_name_);
    find(library, "cuDeviceTotalMem_v2", &total_memory_);
    find(library, "cuDeviceGetAttribute", &get_attribute_);
    check(init_(0), "cuInit");
  }

  template <typename Function>
  static void find(void* library, const char* name, Function* function) {
    *function = reinterpret_cast<Function>(dlsym(library, name));
    TORCH_CHECK(*function != nullptr, "the NVIDIA driver has no ", name);
  }

  static void check(int status, const char* call) {
    TORCH_CHECK(status == 0, call, " failed with CUDA error ", status);
  }

  int device(int ordinal) const {
    int handle = 0;
    check(get_(&handle, ordinal), "cuDeviceGet");
    return handle;
  }

  int (*init_)(unsigned) = nullptr;
  int (*get_)(int*, int) = nullptr;
  int (*get_name_)(char*, int, int) = nullptr;
  int (*total_memory_)(size_t*, int) = nullptr;
  int (*get_attribute_)(int*, int, int) = nullptr;
};

}  // namespace

struct fwt_cuda_device {
  int64_t memory;  // bytes
  int32_t major;
  int32_t minor;
  int32_t multiprocessors;
  int32_t reserved;
};

FWT_EXPORT fwt_error fwt_cuda_describe(int32_t ordinal, fwt_cuda_device* result, char* name, int32_t capacity) {
  *result = {};
  *name = '\0';
  return guarded([&] {
    const auto& driver = Driver::instance();
    driver.name(ordinal, name, capacity);
    result->memory = static_cast<int64_t>(driver.memory(ordinal));
    result->major = driver.attribute(ordinal, kComputeCapabilityMajor);
    result->minor = driver.attribute(ordinal, kComputeCapabilityMinor);
    result->multiprocessors = driver.attribute(ordinal, kMultiprocessorCount);
  });
}
