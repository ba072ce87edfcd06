// Vectors of fp32 numbers, the same operations in each instruction set. kLanes numbers go into a vector; a register
// tile of kTileRows rows by two vectors fills the registers.
#pragma once

#if VECTOR_BITS > 128
#include <immintrin.h>
#endif

namespace fineweb::INSTRUCTION_SET {

#if VECTOR_BITS == 128

// In the compiler's own terms: right on every machine, the floor under the others.
typedef float Vector __attribute__((vector_size(16)));
typedef int Bits __attribute__((vector_size(16)));
constexpr int kLanes = 4;
constexpr int kTileRows = 4;

inline Vector load(const float* p) {
  Vector x;
  __builtin_memcpy(&x, p, sizeof x);
  return x;
}
inline void store(float* p, Vector x) { __builtin_memcpy(p, &x, sizeof x); }
inline Vector all(float x) { return Vector{x, x, x, x}; }
inline Vector all_at(const float* p) { return all(*p); }
inline Vector fma(Vector a, Vector b, Vector c) { return a * b + c; }
inline Vector add(Vector a, Vector b) { return a + b; }
inline Vector subtract(Vector a, Vector b) { return a - b; }
inline Vector multiply(Vector a, Vector b) { return a * b; }
inline Vector divide(Vector a, Vector b) { return a / b; }
inline Vector select(Bits mask, Vector yes, Vector no) { return (Vector)((mask & (Bits)yes) | (~mask & (Bits)no)); }
// To the nearest whole number below 2^22: the sum pushes the fraction out of the mantissa.
inline Vector round(Vector x) {
  const Vector big = all(12582912.0f);
  return (x + big) - big;
}
inline Vector magnitude(Vector x) { return (Vector)((Bits)x & 0x7fffffff); }
inline Vector with_sign_of(Vector x, Vector sign) { return (Vector)((Bits)x | ((Bits)sign & (int)0x80000000)); }
// Where either is NaN: the second. So a NaN that stands second goes through.
inline Vector smaller(Vector a, Vector b) { return select(a < b, a, b); }
inline Vector larger(Vector a, Vector b) { return select(a > b, a, b); }
// x where a >= b, else 0; a NaN compares as true.
inline Vector where_not_below(Vector a, Vector b, Vector x) { return (Vector)(~(a < b) & (Bits)x); }
// x · 2^n for whole numbers n between -126 and 127.
inline Vector scale_by_power(Vector x, Vector n) {
  const Vector safe = select(n == n, n, all(0.0f));  // a NaN has no whole number
  const Bits exponent = (__builtin_convertvector(safe, Bits) + 127) << 23;
  return x * (Vector)exponent;
}

#elif VECTOR_BITS == 256

// AVX2 with fused multiply-add.
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

#elif !EMULATED

// AVX-512 (F, BW, DQ, VL).
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

#ifdef __AVX512BF16__
// sum + x · weights over two bf16 numbers a lane.
inline Vector fma_bf16(Vector x, Vector weights, Vector sum) {
  return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(x), reinterpret_cast<__m512bh>(weights));
}
#endif

#else

// Two AVX2 vectors: lets a machine without AVX-512 run, slowly, what is written for it.
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

inline __m256 lower_bf16(__m256 pairs) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(pairs), 16));
}
inline __m256 upper_bf16(__m256 pairs) {
  return _mm256_and_ps(pairs, _mm256_castsi256_ps(_mm256_set1_epi32(static_cast<int>(0xffff0000))));
}
// The instruction's own order: the product of the upper halves first (Intel SDM, VDPBF16PS).
inline __m256 fma_bf16(__m256 x, __m256 weights, __m256 sum) {
  sum = _mm256_fmadd_ps(upper_bf16(x), upper_bf16(weights), sum);
  return _mm256_fmadd_ps(lower_bf16(x), lower_bf16(weights), sum);
}
inline Vector fma_bf16(Vector x, Vector weights, Vector sum) {
  return {fma_bf16(x.low, weights.low, sum.low), fma_bf16(x.high, weights.high, sum.high)};
}

#endif

}  // namespace fineweb::INSTRUCTION_SET
