// What AVX-512 and its bf16 extension compute, on AVX2: the same sources on vectors of two halves.
#define FWK_NAMESPACE fineweb_emulated
#include "simd_pair.h"
#include "bf16.h"
#include "table.h"

namespace fineweb_emulated {

struct PairProduct {
  // The instruction's own order: the product of the upper halves first (Intel SDM, VDPBF16PS).
  static __m256 add(__m256 x, __m256 weights, __m256 sum) {
    const __m256 upper = _mm256_castsi256_ps(_mm256_set1_epi32(static_cast<int>(0xffff0000)));
    sum = _mm256_fmadd_ps(_mm256_and_ps(x, upper), _mm256_and_ps(weights, upper), sum);
    return _mm256_fmadd_ps(lower(x), lower(weights), sum);
  }
  static __m256 lower(__m256 pairs) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(pairs), 16));
  }
  static Vector add(Vector x, Vector weights, Vector sum) {
    return {add(x.low, weights.low, sum.low), add(x.high, weights.high, sum.high)};
  }
};

}  // namespace fineweb_emulated

const fineweb::KernelTable& fineweb::kernels_avx512_emulated() {
  using namespace fineweb_emulated;
  static constexpr KernelTable kTable = table<Fp32Inputs>("avx512-emulated");
  return kTable;
}

const fineweb::KernelTable& fineweb::kernels_avx512_bf16_emulated() {
  using namespace fineweb_emulated;
  static constexpr KernelTable kTable = table<Bf16Inputs<PairProduct>>("avx512-bf16-emulated");
  return kTable;
}
