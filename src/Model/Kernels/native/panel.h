// Products of any number of rows with one panel of columns.
#pragma once

#include "tile.h"

namespace FWK_NAMESPACE {

// Products are summed from zero over this many units at a time, and these sums then added up: long chains of roundings
// would cost a digit. A panel's part of this length also stays in the first-level cache while all rows pass.
constexpr Index kChain = 256;

inline Index panels(Index columns) { return (columns + kPanel - 1) / kPanel; }

struct PanelProduct {
  const float* x;  // [rows, units], laid out as Rows has it
  Index x_stride;
  Index rows, units;
  const float* weights;  // [units, kPanel]
  float* y;              // [rows, kPanel]
  Index y_stride;
};

template <typename Product, typename Rows, typename Start>
inline void multiply_chain(const PanelProduct& panel, Index first, Index units, Start start) {
  const float* const weights = panel.weights + first * kPanel;
  for (Index row = 0; row < panel.rows; row += kTileRows) {
    const Index count = less(kTileRows, panel.rows - row);
    const float* const x = Rows::tile(panel.x, panel.x_stride, panel.units, row, count, first);
    float* const y = panel.y + row * panel.y_stride;
    if (count == kTileRows)
      tile<kTileRows, Product, Rows>(x, panel.x_stride, weights, units, y, panel.y_stride, start.tile(row));
    else
      tile_of<Product, Rows>(count, x, panel.x_stride, weights, units, y, panel.y_stride, start.tile(row));
  }
}

// y = start + x · weights.
template <typename Product, typename Rows, typename Start>
inline void multiply_panel(const PanelProduct& panel, Start start) {
  multiply_chain<Product, Rows>(panel, 0, less(kChain, panel.units), start);
  for (Index first = kChain; first < panel.units; first += kChain)
    multiply_chain<Product, Rows>(panel, first, less(kChain, panel.units - first), Matrix{panel.y, panel.y_stride});
}

inline void copy(const float* from, Index from_stride, float* to, Index to_stride, Index rows, Index columns) {
  for (Index r = 0; r < rows; ++r)
    for (Index c = 0; c < columns; ++c) to[r * to_stride + c] = from[r * from_stride + c];
}

}  // namespace FWK_NAMESPACE
