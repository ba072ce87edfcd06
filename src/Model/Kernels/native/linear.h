// Products with packed weights, a block of rows at a time.
#pragma once

#include "tile.h"

namespace FWK_NAMESPACE {

using fineweb::LinearBlock;
using fineweb::kBlockRows;
using fineweb::kSliceInputs;

// fp32: rows are read where they stand.
struct Fp32Inputs {
  using Product = Fp32Product;
  static constexpr Index kInputsPerUnit = 1;
  static constexpr Index kScratch = 0;
  static const float* slice(const LinearBlock& block, Index row, Index, Index first, Index, Index& stride) {
    stride = block.x_stride;
    return block.x + row * block.x_stride + first;
  }
};

template <typename Inputs>
struct Linear {
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
    Tile tile = {};
    tile.x = Inputs::slice(block, row, rows, first, end, tile.x_stride);
    tile.units = units(end - first);
    tile.y_stride = block.y_stride;
    tile.residual_stride = block.residual_stride;
    const Index offset = first / Inputs::kInputsPerUnit * kPanel;
    tile.gelu = block.gelu && end == block.inputs;
    for (Index p = 0; p < panels(block.outputs); ++p) {
      const Index column = p * kPanel;
      tile.weights = block.weights + p * panel_size(block) + offset;
      tile.columns = less(kPanel, block.outputs - column);
      tile.start = first == 0 ? block.bias + column : nullptr;
      const bool adds = block.residual != nullptr && first == 0;
      tile.residual = adds ? block.residual + row * block.residual_stride + column : nullptr;
      tile.y = block.y + row * block.y_stride + column;
      const Index next = p + 1 < panels(block.outputs) ? panel_size(block) : 0;
      compute_panel<typename Inputs::Product>(tile, rows, tile.weights + next);
    }
  }
};

}  // namespace FWK_NAMESPACE
