// Products of any number of rows with one panel of columns.
#pragma once

#include "tile.h"

namespace FWK_NAMESPACE {

// Products are summed from zero over this many units at a time, and these sums then added up: long chains of roundings
// would cost a digit. A panel's part of this length also stays in the first-level cache while all rows pass.
constexpr Index kChain = 192;

inline Index panels(Index columns) { return (columns + kPanel - 1) / kPanel; }

// Weights that are needed next, asked for in even parts while others are used: all of them together fit no cache, and
// the first tile would wait for each line.
class Prefetch {
 public:
  Prefetch(const float* from, Index numbers, Index parts)
      : from_(from), end_(from + numbers), each_((numbers / parts / kLine + 1) * kLine) {}

  void next_part() {
    const float* const end = from_ + less(each_, end_ - from_);
    for (; from_ < end; from_ += kLine) __builtin_prefetch(from_, 0, 2);
  }

 private:
  static constexpr Index kLine = 16;
  const float* from_;
  const float* end_;
  Index each_;
};

struct PanelProduct {
  const float* x;  // [rows, units], laid out as Rows has it
  Index x_stride;
  Index rows, units;
  const float* weights;  // [units, kPanel]
  const float* next;     // the weights of the next panel, or null where they are close
  float* y;              // [rows, kPanel]
  Index y_stride;

  Index chain(Index first) const { return less(kChain, units - first); }

  Prefetch after(Index first) const {
    const Index second = first + kChain, tiles = (rows + kTileRows - 1) / kTileRows;
    if (next == nullptr) return Prefetch(nullptr, 0, 1);
    return second < units ? Prefetch(weights + second * kPanel, chain(second) * kPanel, tiles)
                          : Prefetch(next, chain(0) * kPanel, tiles);
  }
};

template <typename Product, typename Rows, typename Start>
inline void multiply_chain(const PanelProduct& panel, Index first, Start start) {
  const float* const weights = panel.weights + first * kPanel;
  const Index units = panel.chain(first);
  Prefetch prefetch = panel.after(first);
  for (Index row = 0; row < panel.rows; row += kTileRows) {
    const Index count = less(kTileRows, panel.rows - row);
    const float* const x = Rows::tile(panel.x, panel.x_stride, panel.units, row, count, first);
    float* const y = panel.y + row * panel.y_stride;
    if (panel.next != nullptr) prefetch.next_part();
    if (count == kTileRows)
      tile<kTileRows, Product, Rows>(x, panel.x_stride, weights, units, y, panel.y_stride, start.tile(row));
    else
      tile_of<Product, Rows>(count, x, panel.x_stride, weights, units, y, panel.y_stride, start.tile(row));
  }
}

// y = start + x · weights.
template <typename Product, typename Rows, typename Start>
inline void multiply_panel(const PanelProduct& panel, Start start) {
  multiply_chain<Product, Rows>(panel, 0, start);
  for (Index first = kChain; first < panel.units; first += kChain)
    multiply_chain<Product, Rows>(panel, first, Matrix{panel.y, panel.y_stride});
}

inline void copy(const float* from, Index from_stride, float* to, Index to_stride, Index rows, Index columns) {
  for (Index r = 0; r < rows; ++r)
    for (Index c = 0; c < columns; ++c) to[r * to_stride + c] = from[r * from_stride + c];
}

}  // namespace FWK_NAMESPACE
