// A GPU as libtorch uses it: by its primary context and its default stream.
#pragma once

#include "driver.h"

namespace fineweb {

class Device {
 public:
  explicit Device(int ordinal) {
    Driver::check(driver_.device_get(&device_, ordinal), "cuDeviceGet");
    Driver::check(driver_.primary_context_retain(&context_, device_), "cuDevicePrimaryCtxRetain");
  }

  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  ~Device() { driver_.primary_context_release(device_); }

  // As in sm_XY: 10 X + Y.
  int architecture() const { return 10 * attribute(75) + attribute(76); }

  // Makes the context the calling thread's while it lives.
  class Current {
   public:
    explicit Current(const Device& device) : driver_(device.driver_) {
      Driver::check(driver_.context_push(device.context_), "cuCtxPushCurrent");
    }
    Current(const Current&) = delete;
    Current& operator=(const Current&) = delete;
    ~Current() {
      CuHandle context = nullptr;
      driver_.context_pop(&context);
    }

   private:
    const Driver& driver_;
  };

 private:
  int attribute(int which) const {
    int value = 0;
    Driver::check(driver_.device_get_attribute(&value, which, device_), "cuDeviceGetAttribute");
    return value;
  }

  const Driver& driver_ = Driver::instance();
  CuDevice device_ = 0;
  CuHandle context_ = nullptr;
};

}  // namespace fineweb
