// Products with packed weights, a block of rows at a time.
#pragma once

#include "panel_product.h"

namespace fineweb::INSTRUCTION_SET {

// Rows as PackedRows has them: a tile's inputs side by side.
template <int R = kTileRows>
inline void pack_tile(const float* x, Index stride, Index rows, Index inputs, float* to) {
  if constexpr (R > 1) {
    if (rows < R) return pack_tile<R - 1>(x, stride, rows, inputs, to);
  }
  for (Index i = 0; i < inputs; ++i, to += R) {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) to[r] = x[r * stride + i];
  }
}

// In place. Two rows of a whole panel at a time, as GELU is one long chain of operations.
[[gnu::noinline]] inline void gelu_rows(float* y, Index stride, Index rows, Index columns) {
  Index row = 0;
  for (; columns == kPanel && row + 2 <= rows; row += 2) {
    float* const first = y + row * stride;
    float* const second = first + stride;
    const Vector x[] = {load(first), load(first + kLanes), load(second), load(second + kLanes)};
    store(first, gelu(x[0]));
    store(first + kLanes, gelu(x[1]));
    store(second, gelu(x[2]));
    store(second + kLanes, gelu(x[3]));
  }
  for (; row < rows; ++row) map(y + row * stride, columns, gelu);
}

struct Fp32Inputs {
  using Product = Fp32Product;
  using Rows = PackedRows;
  static constexpr Index kInputsPerUnit = 1;
  static constexpr Index kStride = 0;
  static constexpr Index kScratch = kBlockRows * kSliceInputs * 4;

  static const float* slice(const LinearBlock& block, Index row, Index rows, Index first, Index end) {
    float* const packed = static_cast<float*>(block.scratch);
    for (Index r = 0; r < rows; r += kTileRows)
      pack_tile(block.x + (row + r) * block.x_stride + first, block.x_stride, less(kTileRows, rows - r), end - first,
                packed + r * (end - first));
    return packed;
  }
};

#if BF16
// Pairs of bf16 numbers with fp32 sums: two inputs to a unit, rounded to the nearest even on their way in.
struct Bf16Inputs {
  using Product = Bf16Product;
  using Rows = StridedRows;  // rounded whole rows at a time, which the compiler does in vectors
  static constexpr Index kInputsPerUnit = 2;
  static constexpr Index kStride = kSliceInputs / 2 + 16;  // not a power of two: rows shall not share cache sets
  static constexpr Index kScratch = kBlockRows * kStride * 4;

  static const float* slice(const LinearBlock& block, Index row, Index rows, Index first, Index end) {
    std::uint32_t* const pairs = static_cast<std::uint32_t*>(block.scratch);
    for (Index r = 0; r < rows; ++r)
      round_row(block.x + (row + r) * block.x_stride + first, end - first, pairs + r * kStride);
    return reinterpret_cast<const float*>(pairs);
  }

  static void round_row(const float* x, Index count, std::uint32_t* pairs) {
    for (Index i = 0; i < count / 2; ++i) pairs[i] = bf16_bits(x[2 * i]) | bf16_bits(x[2 * i + 1]) << 16;
    if (count % 2 != 0) pairs[count / 2] = bf16_bits(x[count - 1]);
  }
};
#endif

template <typename Inputs>
struct Linear {
  using Product = typename Inputs::Product;
  using Rows = typename Inputs::Rows;

  // Numbers of a packed panel: inputs in whole units.
  static Index panel_size(const LinearBlock& block) { return units(block.inputs) * kPanel; }
  static Index units(Index inputs) { return (inputs + Inputs::kInputsPerUnit - 1) / Inputs::kInputsPerUnit; }

  static void run(const LinearBlock& block) {
    const Index slices = (block.inputs + kSliceInputs - 1) / kSliceInputs;
    for (Index row = 0; row < block.rows; row += kBlockRows)
      for (Index s = 0; s < slices; ++s) {
        // Slices of even lengths, each a whole number of pairs.
        const Index first = block.inputs * s / slices / 2 * 2;
        const Index end = s + 1 == slices ? block.inputs : block.inputs * (s + 1) / slices / 2 * 2;
        slice(block, row, less(kBlockRows, block.rows - row), first, end);
      }
  }

  static void slice(const LinearBlock& block, Index row, Index rows, Index first, Index end) {
    PanelProduct panel = {};
    panel.x = Inputs::slice(block, row, rows, first, end);
    panel.x_stride = Inputs::kStride;
    panel.rows = rows;
    panel.units = units(end - first);
    panel.y_stride = block.y_stride;
    for (Index p = 0; p < panels(block.outputs); ++p) {
      const Index column = p * kPanel;
      panel.weights = block.weights + p * panel_size(block) + first / Inputs::kInputsPerUnit * kPanel;
      panel.next = panel.weights + (p + 1 < panels(block.outputs) ? panel_size(block) : 0);
      panel.y = block.y + row * block.y_stride + column;
      const Index columns = less(kPanel, block.outputs - column);
      Matrix residual = {nullptr, block.residual_stride};
      if (block.residual != nullptr) residual.from = block.residual + row * block.residual_stride + column;
      if (columns == kPanel)
        multiply_slice(panel, block.bias + column, residual, first == 0);
      else
        multiply_part(panel, block.bias + column, residual, first == 0, columns);
      if (block.gelu && end == block.inputs) gelu_rows(panel.y, panel.y_stride, rows, columns);
    }
  }

  // The first slice starts from the bias, those after it from what they find.
  static void multiply_slice(const PanelProduct& panel, const float* bias, Matrix residual, bool first) {
    if (!first)
      multiply_panel<Product, Rows>(panel, Matrix{panel.y, panel.y_stride});
    else if (residual.from != nullptr)
      multiply_panel<Product, Rows>(panel, BiasAndResidual{{bias}, residual});
    else
      multiply_panel<Product, Rows>(panel, Bias{bias});
  }

  // A panel that is not full goes through buffers, so that nothing beyond the last column is read or written.
  static void multiply_part(const PanelProduct& panel, const float* bias, Matrix residual, bool first, Index columns) {
    float y[kBlockRows * kPanel] = {}, added[kBlockRows * kPanel] = {};
    PanelProduct whole = panel;
    whole.y = y;
    whole.y_stride = kPanel;
    if (!first) copy(panel.y, panel.y_stride, y, kPanel, panel.rows, columns);
    if (first && residual.from != nullptr) {
      copy(residual.from, residual.stride, added, kPanel, panel.rows, columns);
      residual = {added, kPanel};
    }
    multiply_slice(whole, bias, residual, first);
    copy(y, kPanel, panel.y, panel.y_stride, panel.rows, columns);
  }
};

}  // namespace fineweb::INSTRUCTION_SET
