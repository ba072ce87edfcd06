// Vectors of four fp32 numbers in the compiler's own terms: right on every machine, the floor under the others.
#pragma once

namespace FWK_NAMESPACE {

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

}  // namespace FWK_NAMESPACE
