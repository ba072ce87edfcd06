// Vectors of eight fp32 numbers: AVX2 with fused multiply-add.
#pragma once

#include <immintrin.h>

namespace FWK_NAMESPACE {

using Vector = __m256;
constexpr int kLanes = 8;
constexpr int kTileRows = 6;  // 6 x 2 sums, 2 columns of weights and 1 row value: 15 of 16 registers

inline Vector load(const float* p) { return _mm256_loadu_ps(p); }
inline void store(float* p, Vector x) { _mm256_storeu_ps(p, x); }
inline Vector all(float x) { return _mm256_set1_ps(x); }
inline Vector all_at(const float* p) { return _mm256_broadcast_ss(p); }
inline Vector fma(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
inline Vector add(Vector a, Vector b) { return _mm256_add_ps(a, b); }
inline Vector subtract(Vector a, Vector b) { return _mm256_sub_ps(a, b); }
inline Vector multiply(Vector a, Vector b) { return _mm256_mul_ps(a, b); }
inline Vector divide(Vector a, Vector b) { return _mm256_div_ps(a, b); }
inline Vector round(Vector x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
inline Vector magnitude(Vector x) { return _mm256_andnot_ps(all(-0.0f), x); }
inline Vector with_sign_of(Vector x, Vector sign) { return _mm256_or_ps(x, _mm256_and_ps(all(-0.0f), sign)); }
// Where either is NaN: the second. So a NaN that stands second goes through.
inline Vector smaller(Vector a, Vector b) { return _mm256_min_ps(a, b); }
inline Vector larger(Vector a, Vector b) { return _mm256_max_ps(a, b); }
// x where a >= b, else 0; a NaN compares as true.
inline Vector where_not_below(Vector a, Vector b, Vector x) {
  return _mm256_and_ps(_mm256_cmp_ps(a, b, _CMP_NLT_UQ), x);
}
// x · 2^n for whole numbers n between -126 and 127.
inline Vector scale_by_power(Vector x, Vector n) {
  const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
  return _mm256_mul_ps(x, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
}

}  // namespace FWK_NAMESPACE
