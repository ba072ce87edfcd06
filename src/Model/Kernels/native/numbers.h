// Numbers of a weight file, read as fp32 whatever their type and alignment.
#pragma once

#include <cstring>

#include "api.h"
#include "bf16_bits.h"

namespace fineweb {

// IEEE 754 binary16; subnormals are a fraction of 2^-14.
inline float from_f16(std::uint16_t half) {
  const float sign = (half & 0x8000) != 0 ? -1.0f : 1.0f;
  const int exponent = (half >> 10) & 31;
  const int mantissa = half & 1023;
  if (exponent == 0) return sign * static_cast<float>(mantissa) * 0x1p-24f;
  const std::uint32_t wide = exponent == 31 ? 255u : static_cast<std::uint32_t>(exponent + 112);
  const std::uint32_t bits =
      static_cast<std::uint32_t>(half & 0x8000) << 16 | wide << 23 | static_cast<std::uint32_t>(mantissa) << 13;
  float number;
  std::memcpy(&number, &bits, sizeof number);
  return number;
}

inline float from_bf16(std::uint16_t upper) {
  const std::uint32_t bits = static_cast<std::uint32_t>(upper) << 16;
  float number;
  std::memcpy(&number, &bits, sizeof number);
  return number;
}

class Numbers {
 public:
  Numbers(const void* bytes, fwk_type type) : bytes_(static_cast<const char*>(bytes)), type_(type) {}

  Numbers from(Index first) const { return Numbers(bytes_ + first * (type_ == fwk_f32 ? 4 : 2), type_); }

  float operator[](Index i) const {
    if (type_ == fwk_f32) return read<float>(i);
    const std::uint16_t bits = read<std::uint16_t>(i);
    return type_ == fwk_f16 ? from_f16(bits) : from_bf16(bits);
  }

 private:
  template <typename Stored>
  Stored read(Index i) const {
    Stored value;
    std::memcpy(&value, bytes_ + i * static_cast<Index>(sizeof value), sizeof value);
    return value;
  }

  const char* bytes_;
  fwk_type type_;
};

}  // namespace fineweb
