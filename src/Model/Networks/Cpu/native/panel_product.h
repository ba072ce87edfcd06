// Products of any number of rows with one panel of columns. Within: the register tile, a few rows by the panel, whose
// sums stay in registers over a chain of inputs.
#pragma once

#include "elementwise.h"

namespace fineweb::INSTRUCTION_SET {

// How the rows of x lie in memory: where a tile of R rows begins, and how far it is to the next unit and to a row. A
// unit is what one product takes of a row: one input, or a pair of them in bf16.

// Columns that are multiplied at a time: those of a packed panel.
constexpr int kPanel = 2 * kLanes;

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

// Tile by tile, each unit by unit: what pack_tile leaves. The processor reads it in order.
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

// Units at a turn of the loop: it leaves the counting out of the way of the products.
constexpr int kUnroll = 4;

inline Index less(Index a, Index b) { return a < b ? a : b; }

struct Fp32Product {
  static Vector add(Vector x, Vector weights, Vector sum) { return fma(x, weights, sum); }
};

#if BF16
struct Bf16Product {
  static Vector add(Vector x, Vector weights, Vector sum) { return fma_bf16(x, weights, sum); }
};
#endif

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

}  // namespace fineweb::INSTRUCTION_SET
