// How the rows of x lie in memory: where a tile of R rows begins, and how far it is to the next unit and to a row.
#pragma once

#include "elementary.h"

namespace FWK_NAMESPACE {

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

}  // namespace FWK_NAMESPACE
