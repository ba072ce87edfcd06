#define FWK_NAMESPACE fineweb_avx512
#include "simd_avx512.h"
#include "table.h"

const fineweb::KernelTable& fineweb::kernels_avx512() {
  static constexpr KernelTable kTable = fineweb_avx512::table<fineweb_avx512::Fp32Inputs>("avx512");
  return kTable;
}
