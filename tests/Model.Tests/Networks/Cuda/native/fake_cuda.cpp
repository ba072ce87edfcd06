// A CUDA driver, an NVRTC and the questions for versions, on the CPU: compiling checks the options, launching runs the
// same text as compiled for the CPU. Events are numbers. There is one GPU, of an architecture that tests choose.
#include "host_kernels.h"

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
int architecture = 90;
std::string compiled;
const int known[] = {70, 75, 80, 86, 90};
const std::string names = "add_normalize_fp32 add_normalize_fp16 add_normalize_bf16 embed_fp32 embed_fp16 embed_bf16";

}  // namespace

FAKE int cuInit(unsigned flags) { return flags == 0 ? 0 : kInvalidValue; }
FAKE int cuDeviceGet(int* device, int ordinal) {
  *device = 40 + ordinal;
  return ordinal == 0 ? 0 : 101;
}
FAKE int cuDeviceGetName(char* name, int length, int device) {
  if (device != 40 || length < 32) return kInvalidValue;
  strcpy(name, "Fake GPU 80GB");
  return 0;
}
FAKE int cuDeviceGetUuid_v2(char* uuid, int device) {
  for (int i = 0; i < 16; i++) uuid[i] = static_cast<char>(16 * i + device);
  return 0;
}

FAKE int cuDeviceTotalMem_v2(size_t* bytes, int device) {
  *bytes = size_t{80} << 30;
  return device == 40 ? 0 : 101;
}
FAKE int cuDeviceGetAttribute(int* value, int which, int device) {
  *value = which == 75 ? architecture / 10 : which == 76 ? architecture % 10 : -1;
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
  return context_depth > 0 && (loaded.rfind("fake ptx", 0) == 0 || loaded.rfind("fake cubin", 0) == 0) ? 0 : kInvalidValue;
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
  return kernels.launch(static_cast<Function*>(function)->name, grid_x, arguments) ? 0 : kNotFound;
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
FAKE int nvrtcGetNumSupportedArchs(int* count) {
  *count = sizeof known / sizeof *known;
  return 0;
}
FAKE int nvrtcGetSupportedArchs(int* architectures) {
  memcpy(architectures, known, sizeof known);
  return 0;
}
FAKE int nvrtcCompileProgram(void* program, int count, const char* const* options) {
  compiled.clear();
  for (int i = 0; i < count; ++i) {
    const std::string option = options[i], name = "--gpu-architecture=";
    if (option.rfind(name, 0) == 0) compiled = option.substr(name.size());
  }
  return !compiled.empty() && static_cast<std::string*>(program)->find("#error") == std::string::npos ? 0 : 6;
}
FAKE int nvrtcGetProgramLogSize(void*, size_t* size) {
  *size = 32;
  return 0;
}
FAKE int nvrtcGetProgramLog(void*, char* log) {
  strcpy(log, "kernels.cu(1): error: made up\n");
  return 0;
}
// What it gives starts with its kind and its target. A cubin is asked for of a real architecture, PTX of a virtual one.
std::string image(const char* kind, const char* target) {
  return compiled.rfind(target, 0) == 0 ? std::string("fake ") + kind + " " + compiled + " " + names : "";
}
int give_size(const std::string& text, size_t* size) {
  *size = text.size() + 1;
  return text.empty() ? 4 : 0;
}
int give(const std::string& text, char* place) {
  strcpy(place, text.c_str());
  return text.empty() ? 4 : 0;
}
FAKE int nvrtcGetCUBINSize(void*, size_t* size) { return give_size(image("cubin", "sm_"), size); }
FAKE int nvrtcGetCUBIN(void*, char* place) { return give(image("cubin", "sm_"), place); }
FAKE int nvrtcGetPTXSize(void*, size_t* size) { return give_size(image("ptx", "compute_"), size); }
FAKE int nvrtcGetPTX(void*, char* place) { return give(image("ptx", "compute_"), place); }

FAKE int cudaRuntimeGetVersion(int* version) {
  *version = 12080;
  return 0;
}
FAKE int cublasGetProperty(int which, int* value) {
  const int version[] = {12, 8, 4};
  if (which < 0 || which > 2) return 7;
  *value = version[which];
  return 0;
}

// For the tests.
FAKE void fake_set_architecture(int value) { architecture = value; }
FAKE const char* fake_loaded() { return loaded.c_str(); }
FAKE int fake_open_events() { return open_events; }
FAKE int fake_context_depth() { return context_depth; }
FAKE int fake_launch(const char* function, unsigned rows, void** arguments) {
  return kernels.launch(function, rows, arguments) ? 0 : kNotFound;
}
