// Functions of single numbers, a vector at a time, and LayerNorm. exp, erf-GELU and tanh are right to about one unit in
// the last place of fp32 (tanh: 1e-7 absolute). No libm, so that the same input gives the same bits on every machine
// with the instruction set. A NaN gives a NaN.
#pragma once

#include "kernel_table.h"
#include "vectors.h"

namespace fineweb::INSTRUCTION_SET {

// e^x for x <= 88; 0 below -87. With x = n ln 2 + r: 2^n times a polynomial in r whose coefficients minimise the
// largest relative error over |r| <= ln 2 / 2 (3e-9).
inline Vector exponential(Vector x) {
  const Vector n = round(multiply(x, all(1.44269504f)));
  // ln 2 in two parts, the first with few digits, so that n times it is exact.
  const Vector r = fma(n, all(-1.42860677e-6f), fma(n, all(-0.693145752f), x));
  Vector p = all(0.00138145427f);
  p = fma(p, r, all(0.00836871696f));
  p = fma(p, r, all(0.0416683888f));
  p = fma(p, r, all(0.166665206f));
  p = fma(p, r, all(0.499999934f));
  p = fma(multiply(p, r), r, add(r, all(1.0f)));
  return where_not_below(x, all(-87.0f), scale_by_power(p, n));
}

// x Φ(x), the exact GELU: erf by the rational function in x whose coefficients minimise the largest relative error up
// to 3.92 (2e-8); from there on it is 1.
inline Vector gelu(Vector x) {
  const Vector scaled = multiply(x, all(0.707106781f));
  const Vector limit = all(3.92f);
  const Vector a = smaller(limit, magnitude(scaled));
  const Vector t = multiply(a, a);
  Vector p = all(2.05025798e-6f);
  p = fma(p, t, all(0.000284763319f));
  p = fma(p, t, all(0.00376191456f));
  p = fma(p, t, all(0.0527372745f));
  p = fma(p, t, all(0.190325365f));
  p = fma(p, t, all(1.12837915f));
  Vector q = all(3.80871877e-5f);
  q = fma(q, t, all(0.00116156809f));
  q = fma(q, t, all(0.0149618654f));
  q = fma(q, t, all(0.114074926f));
  q = fma(q, t, all(0.502004226f));
  q = fma(q, t, all(1.0f));
  const Vector erf = larger(where_not_below(a, limit, all(1.0f)), divide(multiply(a, p), q));
  return multiply(multiply(all(0.5f), x), add(all(1.0f), with_sign_of(erf, scaled)));
}

// 1 - 2 / (e^2|x| + 1) with x's sign.
inline Vector hyperbolic_tangent(Vector x) {
  const Vector a = smaller(all(10.0f), magnitude(x));
  const Vector e = exponential(add(a, a));
  return with_sign_of(subtract(all(1.0f), divide(all(2.0f), add(e, all(1.0f)))), x);
}

// In place, the last vector through a buffer.
template <typename Function>
inline void map(float* x, Index count, Function&& function) {
  Index i = 0;
  for (; i + kLanes <= count; i += kLanes) store(x + i, function(load(x + i)));
  if (i == count) return;
  float rest[kLanes] = {};
  for (Index j = i; j < count; ++j) rest[j - i] = x[j];
  store(rest, function(load(rest)));
  for (Index j = i; j < count; ++j) x[j] = rest[j - i];
}

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

// LayerNorm of rows in place: mean and variance in two passes, as the definition has it.
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

}  // namespace fineweb::INSTRUCTION_SET
