// The kernels of one instruction set. CMake compiles this file once for each, with the compiler's flags for it and
//   INSTRUCTION_SET   its name in kernel_table.h, the namespace of all that is compiled here
//   VECTOR_BITS       128 (the compiler's own vectors), 256 (AVX2) or 512 (AVX-512)
//   EMULATED          1: AVX-512 as two AVX2 vectors, slowly
//   BF16              1: products of bf16 numbers
#include "attention.h"
#include "linear.h"

namespace fineweb::INSTRUCTION_SET {

#if BF16
using Inputs = Bf16Inputs;
#else
using Inputs = Fp32Inputs;
#endif

static void tanh_all(float* x, Index count) { map(x, count, hyperbolic_tangent); }

const KernelTable& table() {
  static constexpr KernelTable kTable = {kTileRows, kPanel,  Inputs::kInputsPerUnit == 2, Inputs::kScratch,
                                         Linear<Inputs>::run, attention_scratch, attend, normalize, tanh_all};
  return kTable;
}

}  // namespace fineweb::INSTRUCTION_SET
