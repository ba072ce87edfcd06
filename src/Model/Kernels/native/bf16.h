// Products of bf16 pairs with fp32 sums: two inputs to a unit, rounded to the nearest even on their way in.
#pragma once

#include "bf16_bits.h"
#include "linear.h"

namespace FWK_NAMESPACE {

template <typename PairProduct>
struct Bf16Inputs {
  using Product = PairProduct;
  using Rows = StridedRows;  // rounded whole rows at a time, which the compiler does in vectors
  static constexpr Index kInputsPerUnit = 2;
  static constexpr Index kStride = kSliceInputs / 2 + 16;  // not a power of two: rows shall not share cache sets
  static constexpr Index kScratch = kBlockRows * kStride * 4;

  static const float* slice(const LinearBlock& block, Index row, Index rows, Index first, Index end) {
    std::uint32_t* const pairs = static_cast<std::uint32_t*>(block.scratch);
    for (Index r = 0; r < rows; ++r)
      round_row(block.x + (row + r) * block.x_stride + first, end - first, pairs + r * kStride);
    return reinterpret_cast<const float*>(pairs);
  }

  static void round_row(const float* x, Index count, std::uint32_t* pairs) {
    for (Index i = 0; i < count / 2; ++i) pairs[i] = bf16_bits(x[2 * i]) | bf16_bits(x[2 * i + 1]) << 16;
    if (count % 2 != 0) pairs[count / 2] = bf16_bits(x[count - 1]);
  }
};

}  // namespace FWK_NAMESPACE
