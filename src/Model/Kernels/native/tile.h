// The register tile: a few rows by one panel of columns, whose sums stay in registers over a chain of inputs.
#pragma once

#include "elementary.h"

namespace FWK_NAMESPACE {

constexpr int kPanel = 2 * kLanes;

// A unit is what one product takes of a row: one input, or a pair of them in bf16. So many at a turn of the loop: it
// leaves the counting out of the way of the products.
constexpr int kUnroll = 4;

inline Index less(Index a, Index b) { return a < b ? a : b; }

// How the rows of x lie in memory: where a tile of R rows begins, and how far it is to the next unit and to a row.

// Row by row, a stride apart.
struct StridedRows {
  static const float* tile(const float* x, Index stride, Index, Index row, Index, Index first_unit) {
    return x + row * stride + first_unit;
  }
  template <int R>
  static constexpr Index kUnitStep = 1;
  static constexpr int kRowsFromBase = 3;
  static Index row(Index stride, int r) { return r * stride; }
};

// Tile by tile, each unit by unit: what pack_rows leaves. The processor reads it in order.
struct PackedRows {
  static const float* tile(const float* x, Index, Index units, Index row, Index count, Index first_unit) {
    return x + row * units + first_unit * count;
  }
  template <int R>
  static constexpr Index kUnitStep = R;
  static constexpr int kRowsFromBase = kTileRows;
  static Index row(Index, int r) { return r; }
};

// Columns of a panel: unit by unit.
struct PanelColumns {
  static const float* tile(const float* x, Index, Index, Index row, Index, Index first_unit) {
    return x + first_unit * kPanel + row;
  }
  template <int R>
  static constexpr Index kUnitStep = kPanel;
  static constexpr int kRowsFromBase = kTileRows;
  static Index row(Index, int r) { return r; }
};

struct Fp32Product {
  static Vector add(Vector x, Vector weights, Vector sum) { return fma(x, weights, sum); }
};

// What a tile's sums are added to; `row` counts from the tile's first.

struct Zero {
  Zero tile(Index) const { return {}; }
  Vector plus(int, int, Vector sum) const { return sum; }
};

struct Bias {
  const float* bias;  // [kPanel]
  Bias tile(Index) const { return *this; }
  Vector plus(int, int lane, Vector sum) const { return add(load(bias + lane), sum); }
};

struct Matrix {
  const float* from;  // [rows, kPanel]
  Index stride;
  Matrix tile(Index row) const { return {from + row * stride, stride}; }
  Vector plus(int row, int lane, Vector sum) const { return add(load(from + row * stride + lane), sum); }
};

struct BiasAndResidual {
  Bias bias;
  Matrix residual;
  BiasAndResidual tile(Index row) const { return {bias, residual.tile(row)}; }
  Vector plus(int row, int lane, Vector sum) const {
    return add(add(load(bias.bias + lane), load(residual.from + row * residual.stride + lane)), sum);
  }
};

// y = start + x · weights over `units`. The loops over the sums must unroll, or they leave the registers; and the
// function stands by itself, lest the code around it take some of them.
template <int R, typename Product, typename Rows, typename Start>
[[gnu::noinline]] void tile(const float* x, Index x_stride, const float* weights, Index units, float* y,
                            Index y_stride, Start start) {
  // Rows are reached from a few bases: one alone would need a register for each multiple of the stride.
  constexpr int kBases = (R + Rows::kRowsFromBase - 1) / Rows::kRowsFromBase;
  const float* bases[kBases];
#pragma GCC unroll 16
  for (int b = 0; b < kBases; ++b) bases[b] = x + Rows::row(x_stride, b * Rows::kRowsFromBase);
  Vector sums[R][2];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) sums[r][0] = sums[r][1] = all(0.0f);
  const auto multiply_unit = [&](int unit) __attribute__((always_inline)) {
    const Vector low = load(weights + unit * kPanel);
    const Vector high = load(weights + unit * kPanel + kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Vector value = all_at(bases[r / Rows::kRowsFromBase] + unit * Rows::template kUnitStep<R> +
                                  Rows::row(x_stride, r % Rows::kRowsFromBase));
      sums[r][0] = Product::add(value, low, sums[r][0]);
      sums[r][1] = Product::add(value, high, sums[r][1]);
    }
  };
  const auto go_on = [&](int by) __attribute__((always_inline)) {
#pragma GCC unroll 16
    for (int b = 0; b < kBases; ++b) bases[b] += by * Rows::template kUnitStep<R>;
    weights += by * kPanel;
  };
  Index unit = 0;
  for (; unit + kUnroll <= units; unit += kUnroll) {
#pragma GCC unroll 16
    for (int i = 0; i < kUnroll; ++i) multiply_unit(i);
    go_on(kUnroll);
  }
  for (; unit < units; ++unit) {
    multiply_unit(0);
    go_on(1);
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
    store(y + r * y_stride, start.plus(r, 0, sums[r][0]));
    store(y + r * y_stride + kLanes, start.plus(r, kLanes, sums[r][1]));
  }
}

// Fewer rows than a full tile; a row's sums are the same in each.
template <typename Product, typename Rows, typename Start, int R = kTileRows - 1>
inline void tile_of(Index rows, const float* x, Index x_stride, const float* weights, Index units, float* y,
                    Index y_stride, Start start) {
  if constexpr (R > 1) {
    if (rows < R) return tile_of<Product, Rows, Start, R - 1>(rows, x, x_stride, weights, units, y, y_stride, start);
  }
  tile<R, Product, Rows>(x, x_stride, weights, units, y, y_stride, start);
}

}  // namespace FWK_NAMESPACE
