// The register tile: a few rows by one panel of columns, whose sums stay in registers over a slice of the inputs.
#pragma once

#include "elementary.h"

namespace FWK_NAMESPACE {

constexpr int kPanel = 2 * kLanes;

inline Index panels(Index columns) { return (columns + kPanel - 1) / kPanel; }

inline Index less(Index a, Index b) { return a < b ? a : b; }

// y = start + x · weights over `units`, in fp32 numbers or, where the product is one of bf16, in pairs of those.
struct Tile {
  const float* x;  // [rows, units]
  Index x_stride;
  Index units;
  const float* weights;   // [units, kPanel]
  const float* start;     // [kPanel] to begin with; null: what y holds
  const float* residual;  // [rows, columns] to add to the start, or null; may be y itself
  Index residual_stride;
  float* y;  // [rows, columns]
  Index y_stride;
  Index columns;  // kPanel, or fewer in the last panel
  bool gelu;
};

struct Fp32Product {
  static Vector add(Vector x, Vector weights, Vector sum) { return fma(x, weights, sum); }
};

// The loops over the sums must unroll, or they leave the registers.
template <int R, typename Product>
inline void multiply_rows(const float* x, Index x_stride, const float* weights, Index units, Vector (&sums)[R][2]) {
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) sums[r][0] = sums[r][1] = all(0.0f);
  for (Index i = 0; i < units; ++i, ++x, weights += kPanel) {
    const Vector low = load(weights);
    const Vector high = load(weights + kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Vector value = all_at(x + r * x_stride);
      sums[r][0] = Product::add(value, low, sums[r][0]);
      sums[r][1] = Product::add(value, high, sums[r][1]);
    }
  }
}

// y = from (+ residual) + sums.
template <int R>
inline void add_up(const Tile& tile, const float* from, Index from_stride, Vector (&sums)[R][2]) {
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
    Vector low = load(from + r * from_stride);
    Vector high = load(from + r * from_stride + kLanes);
    if (tile.residual != nullptr) {
      low = add(low, load(tile.residual + r * tile.residual_stride));
      high = add(high, load(tile.residual + r * tile.residual_stride + kLanes));
    }
    store(tile.y + r * tile.y_stride, add(low, sums[r][0]));
    store(tile.y + r * tile.y_stride + kLanes, add(high, sums[r][1]));
  }
}

template <int R, typename Product>
void compute_whole(const Tile& tile) {
  Vector sums[R][2];
  multiply_rows<R, Product>(tile.x, tile.x_stride, tile.weights, tile.units, sums);
  if (tile.start != nullptr)
    add_up(tile, tile.start, 0, sums);
  else
    add_up(tile, tile.y, tile.y_stride, sums);
}

inline void copy(const float* from, Index from_stride, float* to, Index to_stride, int rows, Index columns) {
  for (int r = 0; r < rows; ++r)
    for (Index c = 0; c < columns; ++c) to[r * to_stride + c] = from[r * from_stride + c];
}

// A panel that is not full goes through buffers, so that nothing beyond the last column is read or written.
template <int R, typename Product>
void compute_part(const Tile& tile) {
  float y[R * kPanel] = {}, residual[R * kPanel] = {};
  Tile whole = tile;
  whole.y = y;
  whole.y_stride = whole.residual_stride = kPanel;
  if (tile.start == nullptr) copy(tile.y, tile.y_stride, y, kPanel, R, tile.columns);
  if (tile.residual != nullptr) {
    copy(tile.residual, tile.residual_stride, residual, kPanel, R, tile.columns);
    whole.residual = residual;
  }
  compute_whole<R, Product>(whole);
  copy(y, kPanel, tile.y, tile.y_stride, R, tile.columns);
}

template <int R, typename Product>
void compute(const Tile& tile) {
  if (tile.columns == kPanel)
    compute_whole<R, Product>(tile);
  else
    compute_part<R, Product>(tile);
  if (tile.gelu)
    for (int r = 0; r < R; ++r) map(tile.y + r * tile.y_stride, tile.columns, gelu);
}

// Any number of rows up to a full tile; a row's sums are the same in each.
template <typename Product, int R = kTileRows>
inline void compute_rows(const Tile& tile, Index rows) {
  if constexpr (R > 1) {
    if (rows < R) return compute_rows<Product, R - 1>(tile, rows);
  }
  compute<R, Product>(tile);
}

// Products are summed from zero over this many units at a time, and these sums then added up: long chains of roundings
// would cost a digit. A panel's part of this length also stays in the first-level cache while all rows pass.
constexpr Index kChain = 256;

// Asks for the part `part` of `parts` of some numbers that will be needed soon.
inline void prefetch(const float* from, Index numbers, Index part, Index parts) {
  constexpr Index kLine = 16;
  const Index lines = numbers / kLine;
  for (Index line = lines * part / parts; line < lines * (part + 1) / parts; ++line)
    __builtin_prefetch(from + line * kLine, 0, 2);
}

// Any number of rows: one panel of y. While they pass, the weights of the `next` panel are asked for, an even part at
// each tile: they come from far, since all weights together fit no cache.
template <typename Product>
inline void compute_panel(const Tile& whole, Index rows, const float* next) {
  for (Index first = 0; first < whole.units; first += kChain) {
    Tile tile = whole;
    tile.x += first;
    tile.weights += first * kPanel;
    tile.units = less(kChain, whole.units - first);
    if (first > 0) tile.start = tile.residual = nullptr;
    tile.gelu = whole.gelu && first + tile.units == whole.units;
    for (Index row = 0; row < rows; row += kTileRows) {
      prefetch(next + first * kPanel, tile.units * kPanel, row, rows + kTileRows);
      compute_rows<Product>(tile, less(kTileRows, rows - row));
      tile.x += kTileRows * tile.x_stride;
      tile.y += kTileRows * tile.y_stride;
      if (tile.residual != nullptr) tile.residual += kTileRows * tile.residual_stride;
    }
  }
}

}  // namespace FWK_NAMESPACE
