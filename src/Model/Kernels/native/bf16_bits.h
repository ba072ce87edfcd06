// Rounding to bf16. Static, for each instruction set shall have its own.
#pragma once

#include <cstdint>

// The upper half of a number's bits, rounded to the nearest, ties to even; a NaN stays one.
static inline std::uint32_t bf16_bits(float number) {
  std::uint32_t bits;
  __builtin_memcpy(&bits, &number, sizeof bits);
  return number == number ? (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16 : bits >> 16 | 0x40u;
}
