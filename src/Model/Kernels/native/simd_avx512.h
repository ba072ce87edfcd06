// Vectors of sixteen fp32 numbers: AVX-512 (F, BW, DQ, VL).
#pragma once

#include <immintrin.h>

namespace FWK_NAMESPACE {

using Vector = __m512;
constexpr int kLanes = 16;
constexpr int kTileRows = 12;  // 12 x 2 sums, 2 columns of weights and 1 row value: 27 of 32 registers

inline Vector load(const float* p) { return _mm512_loadu_ps(p); }
inline void store(float* p, Vector x) { _mm512_storeu_ps(p, x); }
inline Vector all(float x) { return _mm512_set1_ps(x); }
inline Vector all_at(const float* p) { return _mm512_set1_ps(*p); }
inline Vector fma(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
inline Vector add(Vector a, Vector b) { return _mm512_add_ps(a, b); }
inline Vector subtract(Vector a, Vector b) { return _mm512_sub_ps(a, b); }
inline Vector multiply(Vector a, Vector b) { return _mm512_mul_ps(a, b); }
inline Vector divide(Vector a, Vector b) { return _mm512_div_ps(a, b); }
inline Vector round(Vector x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
inline Vector magnitude(Vector x) { return _mm512_andnot_ps(all(-0.0f), x); }
inline Vector with_sign_of(Vector x, Vector sign) { return _mm512_or_ps(x, _mm512_and_ps(all(-0.0f), sign)); }
// Where either is NaN: the second. So a NaN that stands second goes through.
inline Vector smaller(Vector a, Vector b) { return _mm512_min_ps(a, b); }
inline Vector larger(Vector a, Vector b) { return _mm512_max_ps(a, b); }
// x where a >= b, else 0; a NaN compares as true.
inline Vector where_not_below(Vector a, Vector b, Vector x) {
  return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(a, b, _CMP_NLT_UQ), x);
}
// x · 2^n for whole numbers n between -126 and 127.
inline Vector scale_by_power(Vector x, Vector n) {
  const __m512i exponent = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
  return _mm512_mul_ps(x, _mm512_castsi512_ps(_mm512_slli_epi32(exponent, 23)));
}

}  // namespace FWK_NAMESPACE
