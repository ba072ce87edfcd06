#define FWK_NAMESPACE fineweb_avx512_bf16
#include "simd_avx512.h"
#include "bf16.h"
#include "table.h"

namespace fineweb_avx512_bf16 {

struct PairProduct {
  static Vector add(Vector x, Vector weights, Vector sum) {
    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(x), reinterpret_cast<__m512bh>(weights));
  }
};

}  // namespace fineweb_avx512_bf16

const fineweb::KernelTable& fineweb::kernels_avx512_bf16() {
  using namespace fineweb_avx512_bf16;
  static constexpr KernelTable kTable = table<Bf16Inputs<PairProduct>>("avx512-bf16");
  return kTable;
}
