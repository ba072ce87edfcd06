// kernels.cu on a GPU: compiled by the NVRTC that every CUDA libtorch brings.
#include "boundary.h"
#include "device.h"
#include "kernels.h"

#include <map>
#include <memory>
#include <string>

using namespace fineweb;

namespace {

using Program = void*;

class Compiler {
 public:
  static const Compiler& instance() {
    static const Compiler compiler;
    return compiler;
  }

  // PTX for an architecture such as 90.
  std::string compile(const char* source, int architecture) const {
    Program program = nullptr;
    check(create_(&program, source, "kernels.cu", 0, nullptr, nullptr), "nvrtcCreateProgram");
    const auto owned = std::shared_ptr<void>(program, [this](Program one) { destroy_(&one); });
    const auto target = "--gpu-architecture=compute_" + std::to_string(architecture);
    const char* options[] = {target.c_str(), "--std=c++17"};
    const int status = compile_(program, 2, options);
    TORCH_CHECK(status == 0, "NVRTC does not compile the kernels (error ", status, "): ", log(program));
    size_t size = 0;
    check(ptx_size_(program, &size), "nvrtcGetPTXSize");
    std::string ptx(size, '\0');
    check(ptx_(program, ptx.data()), "nvrtcGetPTX");
    return ptx;
  }

 private:
  Compiler() {
    // The first is libtorch's own door to the one it was built with.
    const SharedLibrary library(
        "NVRTC", {"libcaffe2_nvrtc.so", "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"});
    library.find("nvrtcCreateProgram", &create_);
    library.find("nvrtcDestroyProgram", &destroy_);
    library.find("nvrtcCompileProgram", &compile_);
    library.find("nvrtcGetProgramLogSize", &log_size_);
    library.find("nvrtcGetProgramLog", &log_);
    library.find("nvrtcGetPTXSize", &ptx_size_);
    library.find("nvrtcGetPTX", &ptx_);
  }

  static void check(int status, const char* call) {
    TORCH_CHECK(status == 0, call, " failed with NVRTC error ", status);
  }

  // One line of what the compiler says.
  std::string log(Program program) const {
    size_t size = 0;
    if (log_size_(program, &size) != 0 || size == 0) return "";
    std::string text(size, '\0');
    log_(program, text.data());
    return text.substr(0, text.find('\n'));
  }

  int (*create_)(Program*, const char*, const char*, int, const char* const*, const char* const*) = nullptr;
  int (*destroy_)(Program*) = nullptr;
  int (*compile_)(Program, int, const char* const*) = nullptr;
  int (*log_size_)(Program, size_t*) = nullptr;
  int (*log_)(Program, char*) = nullptr;
  int (*ptx_size_)(Program, size_t*) = nullptr;
  int (*ptx_)(Program, char*) = nullptr;
};

class DeviceKernels : public Kernels {
 public:
  DeviceKernels(const Device& device, at::Device place, const char* source) : device_(device), place_(place) {
    const auto ptx = Compiler::instance().compile(source, device.architecture());
    const Device::Current current(device_);
    Driver::check(driver_.module_load_data(&module_, ptx.c_str()), "cuModuleLoadData");
  }

  ~DeviceKernels() override {
    const Device::Current current(device_);
    driver_.module_unload(module_);
  }

  at::Device place() const override { return place_; }

  void launch(const std::string& name, unsigned rows, void** arguments) override {
    const Device::Current current(device_);
    auto& function = functions_[name];
    if (function == nullptr)
      Driver::check(driver_.module_get_function(&function, module_, name.c_str()), "cuModuleGetFunction");
    // libtorch works on the default stream, so this comes after what it was given before.
    Driver::check(
        driver_.launch_kernel(function, rows, 1, 1, kThreads, 1, 1, 0, nullptr, arguments, nullptr), "cuLaunchKernel");
  }

 private:
  const Driver& driver_ = Driver::instance();
  const Device& device_;
  const at::Device place_;
  CuHandle module_ = nullptr;
  std::map<std::string, CuHandle> functions_;
};

}  // namespace

// The device must outlive the kernels; device_type and device_index are libtorch's for it.
FWC_EXPORT fwc_error fwc_device_kernels(const Device* device, int32_t device_type, int32_t device_index,
                                        const char* source, Kernels** result) {
  *result = nullptr;
  return guarded([&] {
    const at::Device place(static_cast<at::DeviceType>(device_type), static_cast<at::DeviceIndex>(device_index));
    *result = new DeviceKernels(*device, place, source);
  });
}
