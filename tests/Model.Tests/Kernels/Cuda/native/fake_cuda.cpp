// A CUDA driver and an NVRTC that compute on the CPU: compiling checks the options, launching runs the same text as
// compiled for the CPU. Events are numbers.
#include "host_kernels.cpp"

#include <atomic>
#include <string>

#define FAKE extern "C" __attribute__((visibility("default")))

namespace {

std::atomic<int> context_depth{0};
std::atomic<int> open_events{0};
std::string loaded;

constexpr int kInvalidValue = 1, kInvalidContext = 201, kNotFound = 500, kNotReady = 600;

struct Event {
  int recorded = 0;
  int queries = 0;
};

struct Function {
  std::string name;
};

int sequence = 0;
HostKernels kernels;

}  // namespace

FAKE int cuInit(unsigned flags) { return flags == 0 ? 0 : kInvalidValue; }
FAKE int cuDeviceGet(int* device, int ordinal) {
  *device = 40 + ordinal;
  return ordinal == 0 ? 0 : 101;
}
FAKE int cuDeviceGetAttribute(int* value, int which, int device) {
  *value = which == 75 ? 9 : which == 76 ? 0 : -1;
  return device == 40 ? 0 : 101;
}
FAKE int cuDevicePrimaryCtxRetain(void** context, int device) {
  *context = &loaded;
  return device == 40 ? 0 : 101;
}
FAKE int cuDevicePrimaryCtxRelease_v2(int) { return 0; }
FAKE int cuCtxPushCurrent_v2(void* context) {
  ++context_depth;
  return context == &loaded ? 0 : kInvalidContext;
}
FAKE int cuCtxPopCurrent_v2(void** context) {
  *context = &loaded;
  return --context_depth >= 0 ? 0 : kInvalidContext;
}
FAKE int cuEventCreate(void** event, unsigned) {
  if (context_depth <= 0) return kInvalidContext;
  *event = new Event();
  ++open_events;
  return 0;
}
FAKE int cuEventDestroy_v2(void* event) {
  delete static_cast<Event*>(event);
  --open_events;
  return 0;
}
FAKE int cuEventRecord(void* event, void* stream) {
  static_cast<Event*>(event)->recorded = ++sequence;
  return context_depth > 0 && stream == nullptr ? 0 : kInvalidContext;
}
FAKE int cuEventQuery(void* event) { return static_cast<Event*>(event)->queries++ == 0 ? kNotReady : 0; }
FAKE int cuEventSynchronize(void* event) { return static_cast<Event*>(event)->recorded > 0 ? 0 : kInvalidValue; }
FAKE int cuEventElapsedTime(float* milliseconds, void* begin, void* end) {
  *milliseconds = static_cast<float>(static_cast<Event*>(end)->recorded - static_cast<Event*>(begin)->recorded);
  return 0;
}
FAKE int cuModuleLoadData(void** module, const void* image) {
  loaded = static_cast<const char*>(image);
  *module = &loaded;
  return context_depth > 0 && loaded.rfind("fake ptx", 0) == 0 ? 0 : kInvalidValue;
}
FAKE int cuModuleUnload(void*) { return 0; }
FAKE int cuModuleGetFunction(void** function, void* module, const char* name) {
  if (loaded.find(name) == std::string::npos) return kNotFound;
  *function = new Function{name};
  return module == &loaded ? 0 : kInvalidValue;
}
FAKE int cuLaunchKernel(void* function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                        unsigned block_y, unsigned block_z, unsigned shared, void* stream, void** arguments, void**) {
  if (context_depth <= 0 || stream != nullptr) return kInvalidContext;
  if (grid_x == 0 || grid_y != 1 || grid_z != 1 || block_x != kThreads || block_y != 1 || block_z != 1 || shared != 0)
    return kInvalidValue;
  kernels.launch(static_cast<Function*>(function)->name, grid_x, arguments);
  return 0;
}

// A text with "#error" in it does not compile.
FAKE int nvrtcCreateProgram(void** program, const char* source, const char*, int, const char* const*,
                            const char* const*) {
  *program = new std::string(source);
  return 0;
}
FAKE int nvrtcDestroyProgram(void** program) {
  delete static_cast<std::string*>(*program);
  return 0;
}
FAKE int nvrtcCompileProgram(void* program, int count, const char* const* options) {
  bool right = false;
  for (int i = 0; i < count; ++i) right = right || std::string(options[i]) == "--gpu-architecture=compute_90";
  return right && static_cast<std::string*>(program)->find("#error") == std::string::npos ? 0 : 6;
}
FAKE int nvrtcGetProgramLogSize(void*, size_t* size) {
  *size = 32;
  return 0;
}
FAKE int nvrtcGetProgramLog(void*, char* log) {
  strcpy(log, "kernels.cu(1): error: made up\n");
  return 0;
}
FAKE int nvrtcGetPTXSize(void*, size_t* size) {
  *size = strlen("fake ptx add_normalize_fp32 add_normalize_fp16 add_normalize_bf16 embed_fp32 embed_fp16 embed_bf16") + 1;
  return 0;
}
FAKE int nvrtcGetPTX(void*, char* ptx) {
  strcpy(ptx, "fake ptx add_normalize_fp32 add_normalize_fp16 add_normalize_bf16 embed_fp32 embed_fp16 embed_bf16");
  return 0;
}
FAKE int fake_open_events() { return open_events; }
FAKE int fake_context_depth() { return context_depth; }
