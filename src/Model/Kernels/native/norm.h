// LayerNorm of rows in place: mean and variance in two passes, as the definition has it.
#pragma once

#include "elementary.h"

namespace FWK_NAMESPACE {

using fineweb::NormBlock;

template <typename Term>
inline float sum_of(const float* x, Index width, Term&& term) {
  Vector sums[2] = {all(0.0f), all(0.0f)};
  Index i = 0;
  for (; i + 2 * kLanes <= width; i += 2 * kLanes) {
    sums[0] = add(sums[0], term(load(x + i)));
    sums[1] = add(sums[1], term(load(x + i + kLanes)));
  }
  float lanes[kLanes];
  store(lanes, add(sums[0], sums[1]));
  float total = 0.0f;
  for (int lane = 0; lane < kLanes; ++lane) total += lanes[lane];
  for (; i < width; ++i) {
    store(lanes, term(all(x[i])));
    total += lanes[0];
  }
  return total;
}

inline void scale_row(float* x, const NormBlock& block, Vector mean, Vector factor) {
  Index i = 0;
  for (; i + kLanes <= block.width; i += kLanes) {
    const Vector normal = multiply(subtract(load(x + i), mean), factor);
    store(x + i, fma(normal, load(block.weight + i), load(block.bias + i)));
  }
  float lanes[kLanes];
  for (; i < block.width; ++i) {
    const Vector normal = multiply(subtract(all(x[i]), mean), factor);
    store(lanes, fma(normal, all(block.weight[i]), all(block.bias[i])));
    x[i] = lanes[0];
  }
}

inline void normalize(const NormBlock& block) {
  const float count = static_cast<float>(block.width);
  for (Index row = 0; row < block.rows; ++row) {
    float* const x = block.x + row * block.stride;
    const Vector mean = all(sum_of(x, block.width, [](Vector v) { return v; }) / count);
    const float variance = sum_of(x, block.width, [mean](Vector v) {
      const Vector d = subtract(v, mean);
      return multiply(d, d);
    }) / count;
    scale_row(x, block, mean, all(1.0f / __builtin_sqrtf(variance + block.epsilon)));
  }
}

}  // namespace FWK_NAMESPACE
