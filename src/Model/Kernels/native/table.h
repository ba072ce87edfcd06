// Fills the table of an instruction set from the sources above, which were compiled for it.
#pragma once

#include "attention.h"
#include "linear.h"
#include "norm.h"

namespace FWK_NAMESPACE {

inline void tanh_all(float* x, Index count) { map(x, count, hyperbolic_tangent); }

template <typename Inputs>
constexpr fineweb::KernelTable table(const char* name) {
  return {name,
          kTileRows,
          kPanel,
          Inputs::kInputsPerUnit == 2,
          Inputs::kScratch,
          Linear<Inputs>::run,
          attention_scratch,
          attend,
          normalize,
          tanh_all};
}

}  // namespace FWK_NAMESPACE
