// NVIDIA's management library as far as workers use it, with one GPU and one part of another. What it says is that of
// the functions' documentation; the second device does not say what parts of GPUs do not say.
#include <cstring>

#define FAKE extern "C" __attribute__((visibility("default")))

namespace {
constexpr int kSuccess = 0, kNotSupported = 3, kNotFound = 6;
int opened = 0;
int gpu, part;  // their addresses are the handles
}  // namespace

struct Utilization {
  unsigned gpu, memory;
};

struct Memory {
  unsigned long long total, free, used;
};

FAKE int nvmlInit_v2() {
#ifdef NO_DRIVER
  return 9;
#endif
  opened++;
  return kSuccess;
}

FAKE int nvmlShutdown() {
  opened--;
  return kSuccess;
}

FAKE int fake_opened() { return opened; }

FAKE int nvmlDeviceGetHandleByUUID(const char* uuid, void** device) {
  if (std::strcmp(uuid, "GPU-28384858-6878-8898-a8b8-c8d8e8f80818") == 0)
    *device = &gpu;
  else if (std::strcmp(uuid, "MIG-11111111-2222-3333-4444-555555555555") == 0)
    *device = &part;
  else
    return kNotFound;
  return kSuccess;
}

struct PciInfo {
  char short_id[16];
  unsigned domain, bus, device, ids, subsystem_ids;
  char id[32];
};

FAKE int nvmlDeviceGetPciInfo_v3(void* device, PciInfo* info) {
  if (device != &gpu) return kNotSupported;
  *info = {"0000:3B:00.0", 0, 0x3b, 0, 0x230010de, 0, "00000000:3B:00.0"};
  return kSuccess;
}

FAKE int nvmlDeviceGetUtilizationRates(void* device, Utilization* rates) {
  if (device != &gpu) return kNotSupported;
  *rates = {97, 31};
  return kSuccess;
}

FAKE int nvmlDeviceGetMemoryInfo(void* device, Memory* memory) {
  if (device == &gpu)
    *memory = {80ull << 30, 68ull << 30, 12ull << 30};
  else
    *memory = {10ull << 30, 7ull << 30, 3ull << 30};
  return kSuccess;
}

FAKE int nvmlDeviceGetPowerUsage(void* device, unsigned* milliwatts) {
  if (device != &gpu) return kNotSupported;
  *milliwatts = 412500;
  return kSuccess;
}

#ifndef NO_TEMPERATURE
FAKE int nvmlDeviceGetTemperature(void* device, unsigned sensor, unsigned* degrees) {
  if (device != &gpu || sensor != 0) return kNotSupported;
  *degrees = 61;
  return kSuccess;
}
#endif
