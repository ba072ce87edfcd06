#define FWK_NAMESPACE fineweb_avx2
#include "simd_avx2.h"
#include "table.h"

const fineweb::KernelTable& fineweb::kernels_avx2() {
  static constexpr KernelTable kTable = fineweb_avx2::table<fineweb_avx2::Fp32Inputs>("avx2");
  return kTable;
}
