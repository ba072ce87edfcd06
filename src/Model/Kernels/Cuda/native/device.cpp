// Events on a GPU's default stream: what was queued before them is done when they are.
#include "boundary.h"
#include "device.h"

using namespace fineweb;

FWC_EXPORT fwc_error fwc_device_open(int32_t ordinal, Device** result) {
  *result = nullptr;
  return guarded([&] { *result = new Device(ordinal); });
}

FWC_EXPORT void fwc_device_close(Device* device) { delete device; }

FWC_EXPORT fwc_error fwc_event_create(const Device* device, CuHandle* result) {
  *result = nullptr;
  return guarded([&] {
    constexpr unsigned kBlockingSync = 1;  // a thread that waits sleeps
    const Device::Current current(*device);
    Driver::check(Driver::instance().event_create(result, kBlockingSync), "cuEventCreate");
  });
}

FWC_EXPORT void fwc_event_destroy(CuHandle event) { Driver::instance().event_destroy(event); }

FWC_EXPORT fwc_error fwc_event_record(const Device* device, CuHandle event) {
  return guarded([&] {
    const Device::Current current(*device);
    Driver::check(Driver::instance().event_record(event, nullptr), "cuEventRecord");
  });
}

FWC_EXPORT fwc_error fwc_event_query(CuHandle event, int32_t* result) {
  *result = 0;
  return guarded([&] {
    const int status = Driver::instance().event_query(event);
    if (status != Driver::kNotReady) Driver::check(status, "cuEventQuery");
    *result = status == 0;
  });
}

FWC_EXPORT fwc_error fwc_event_wait(CuHandle event) {
  return guarded([&] { Driver::check(Driver::instance().event_synchronize(event), "cuEventSynchronize"); });
}

FWC_EXPORT fwc_error fwc_event_elapsed(CuHandle begin, CuHandle end, float* milliseconds) {
  *milliseconds = 0;
  return guarded([&] {
    Driver::check(Driver::instance().event_elapsed_time(milliseconds, begin, end), "cuEventElapsedTime");
  });
}
