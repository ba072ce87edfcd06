// What one instruction set offers. instruction_set.cpp fills a table for each; nothing in there allocates, throws or
// knows of threads, and no result depends on how the caller cuts rows into blocks.
#pragma once

#include <cstdint>

#if defined(__x86_64__) || defined(_M_X64)
#define FINEWEB_X86 1
#else
#define FINEWEB_X86 0
#endif

namespace fineweb {

using Index = std::int64_t;

// Rows of a product with packed weights: y = x Wᵀ + bias (+ residual), then the exact GELU where asked for.
struct LinearBlock {
  const float* x;          // [rows, inputs]
  Index x_stride;          // numbers from row to row
  Index rows;
  Index inputs;
  const float* weights;    // panels as packed_linear.h lays them out
  const float* bias;       // [outputs], padded with zeros to whole panels
  Index outputs;
  const float* residual;   // [rows, outputs] or null
  Index residual_stride;
  bool gelu;
  float* y;                // [rows, outputs]; may be the residual itself
  Index y_stride;
  void* scratch;           // linear_scratch bytes, aligned to 64
};

// Softmax attention of one head over one document: out = softmax(q kᵀ · scale) v.
struct AttentionBlock {
  const float* q;          // [queries, head_size]
  const float* k;          // [keys, head_size]
  const float* v;          // [keys, head_size]
  Index q_stride, kv_stride, out_stride;
  Index queries, keys, head_size;
  float scale;
  float* out;              // [queries, head_size]
  void* scratch;           // attention_scratch(keys, head_size) bytes, aligned to 64
};

struct NormBlock {
  float* x;                // [rows, width], normalised in place
  Index stride, rows, width;
  const float* weight;     // [width]
  const float* bias;       // [width]
  float epsilon;
};

struct KernelTable {
  Index tile_rows;          // rows of a register tile: blocks of a multiple of it waste nothing
  Index panel_columns;      // columns of a packed panel
  bool bf16;                // weights and inputs of products are rounded to bf16, their sums stay fp32
  Index linear_scratch;     // bytes for blocks of kBlockRows rows

  void (*linear)(const LinearBlock&);
  Index (*attention_scratch)(Index keys, Index head_size);
  void (*attend)(const AttentionBlock&);
  void (*normalize)(const NormBlock&);
  void (*tanh)(float* x, Index count);
};

// Rows that go through a product together: their inputs stay in the second-level cache while weights stream by.
constexpr Index kBlockRows = 192;

// Inputs are multiplied in slices of this many at most, so that a panel's slice stays close while rows pass.
constexpr Index kSliceInputs = 768;

namespace generic { const KernelTable& table(); }
#if FINEWEB_X86
namespace avx2 { const KernelTable& table(); }
namespace avx512 { const KernelTable& table(); }
namespace avx512_bf16 { const KernelTable& table(); }
// The last two as they run, slowly, on AVX2: for machines without AVX-512 to test them.
namespace avx512_emulated { const KernelTable& table(); }
namespace avx512_bf16_emulated { const KernelTable& table(); }
#endif

// The upper half of a number's bits, rounded to the nearest, ties to even; a NaN stays one. Static, for each
// instruction set shall have its own.
static inline std::uint32_t bf16_bits(float number) {
  std::uint32_t bits;
  __builtin_memcpy(&bits, &number, sizeof bits);
  return number == number ? (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16 : bits >> 16 | 0x40u;
}

}  // namespace fineweb
