#define FWK_NAMESPACE fineweb_generic
#include "simd_generic.h"
#include "table.h"

const fineweb::KernelTable& fineweb::kernels_generic() {
  static constexpr KernelTable kTable = fineweb_generic::table<fineweb_generic::Fp32Inputs>("generic");
  return kTable;
}
