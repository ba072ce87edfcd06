// The register tile: a few rows by one panel of columns, whose sums stay in registers over a chain of inputs.
#pragma once

#include "rows.h"

namespace FWK_NAMESPACE {

// A unit is what one product takes of a row: one input, or a pair of them in bf16. So many at a turn of the loop: it
// leaves the counting out of the way of the products.
constexpr int kUnroll = 4;

inline Index less(Index a, Index b) { return a < b ? a : b; }

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

// sums = x · weights. Rows are reached from a few bases: one alone would need a register for each multiple of the
// stride. The loops over the sums must unroll, or they leave the registers.
template <int R, typename Product, typename Rows>
[[gnu::always_inline]] inline void multiply_rows(const float* x, Index x_stride, const float* weights, Index units,
                                                 Vector (&sums)[R][2]) {
  constexpr int kFromBase = Rows::kRowsFromBase, kBases = (R + kFromBase - 1) / kFromBase;
  constexpr Index kStep = Rows::template kUnitStep<R>;
  const float* bases[kBases];
#pragma GCC unroll 16
  for (int b = 0; b < kBases; ++b) bases[b] = x + Rows::row(x_stride, b * kFromBase);
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) sums[r][0] = sums[r][1] = all(0.0f);
  const auto multiply_units = [&](int count) __attribute__((always_inline)) {
#pragma GCC unroll 16
    for (int unit = 0; unit < count; ++unit) {
      const Vector low = load(weights + unit * kPanel), high = load(weights + unit * kPanel + kLanes);
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
        const Vector value = all_at(bases[r / kFromBase] + unit * kStep + Rows::row(x_stride, r % kFromBase));
        sums[r][0] = Product::add(value, low, sums[r][0]);
        sums[r][1] = Product::add(value, high, sums[r][1]);
      }
    }
#pragma GCC unroll 16
    for (int b = 0; b < kBases; ++b) bases[b] += count * kStep;
    weights += count * kPanel;
  };
  for (; units >= kUnroll; units -= kUnroll) multiply_units(kUnroll);
  for (; units > 0; --units) multiply_units(1);
}

// y = start + x · weights. It stands by itself, lest the code around it take some of the registers.
template <int R, typename Product, typename Rows, typename Start>
[[gnu::noinline]] void tile(const float* x, Index x_stride, const float* weights, Index units, float* y,
                            Index y_stride, Start start) {
  Vector sums[R][2];
  multiply_rows<R, Product, Rows>(x, x_stride, weights, units, sums);
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
