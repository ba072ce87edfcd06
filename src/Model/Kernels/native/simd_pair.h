// Sixteen fp32 numbers as two AVX2 vectors: lets a machine without AVX-512 run, slowly, what is written for it.
#pragma once

#include <immintrin.h>

namespace FWK_NAMESPACE {

struct Vector {
  __m256 low, high;
};
constexpr int kLanes = 16;
constexpr int kTileRows = 12;

template <typename Operation>
inline Vector each(Operation&& operation, Vector a) {
  return {operation(a.low), operation(a.high)};
}
template <typename Operation>
inline Vector each(Operation&& operation, Vector a, Vector b) {
  return {operation(a.low, b.low), operation(a.high, b.high)};
}

inline Vector load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
inline void store(float* p, Vector x) {
  _mm256_storeu_ps(p, x.low);
  _mm256_storeu_ps(p + 8, x.high);
}
inline Vector all(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
inline Vector all_at(const float* p) { return all(*p); }
inline Vector fma(Vector a, Vector b, Vector c) {
  return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}
inline Vector add(Vector a, Vector b) { return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)}; }
inline Vector subtract(Vector a, Vector b) { return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)}; }
inline Vector multiply(Vector a, Vector b) { return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)}; }
inline Vector divide(Vector a, Vector b) { return {_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)}; }
inline Vector round(Vector x) {
  return each([](__m256 h) { return _mm256_round_ps(h, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }, x);
}
inline Vector magnitude(Vector x) {
  return each([](__m256 h) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), h); }, x);
}
inline Vector with_sign_of(Vector x, Vector sign) {
  return each(
      [](__m256 h, __m256 s) { return _mm256_or_ps(h, _mm256_and_ps(_mm256_set1_ps(-0.0f), s)); }, x, sign);
}
inline Vector smaller(Vector a, Vector b) { return {_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high)}; }
inline Vector larger(Vector a, Vector b) { return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)}; }
inline Vector where_not_below(Vector a, Vector b, Vector x) {
  return {_mm256_and_ps(_mm256_cmp_ps(a.low, b.low, _CMP_NLT_UQ), x.low),
          _mm256_and_ps(_mm256_cmp_ps(a.high, b.high, _CMP_NLT_UQ), x.high)};
}
inline Vector scale_by_power(Vector x, Vector n) {
  return each(
      [](__m256 h, __m256 power) {
        const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(power), _mm256_set1_epi32(127));
        return _mm256_mul_ps(h, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
      },
      x, n);
}

}  // namespace FWK_NAMESPACE
