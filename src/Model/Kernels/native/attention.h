// Exact softmax attention of one head over one document, a few queries at a time.
#pragma once

#include "tile.h"

namespace FWK_NAMESPACE {

using fineweb::AttentionBlock;

constexpr Index kQueryRows = 4 * kTileRows;  // their scores stay in the second-level cache beside keys and values
alignas(64) static const float kZeros[kPanel] = {};

// Scores of a query stand apart by more than whole panels, lest all queries fall on the same cache sets.
inline Index score_stride(Index keys) { return panels(keys) * kPanel + 16; }

inline Index key_numbers(Index keys, Index head_size) { return panels(keys) * kPanel * head_size; }

inline Index value_numbers(Index keys, Index head_size) { return panels(head_size) * kPanel * keys; }

inline Index attention_scratch(Index keys, Index head_size) {
  return 4 * (key_numbers(keys, head_size) + value_numbers(keys, head_size) + kQueryRows * score_stride(keys));
}

// Panels of kPanel keys, input by input; the keys missing in the last one are zeros.
inline void pack_keys(const AttentionBlock& block, float* packed) {
  for (Index key = 0; key < panels(block.keys) * kPanel; ++key) {
    const float* k = block.k + key * block.kv_stride;
    float* to = packed + key / kPanel * kPanel * block.head_size + key % kPanel;
    for (Index i = 0; i < block.head_size; ++i) to[i * kPanel] = key < block.keys ? k[i] : 0.0f;
  }
}

// Panels of kPanel columns of the values, key by key.
inline void pack_values(const AttentionBlock& block, float* packed) {
  for (Index p = 0; p < panels(block.head_size); ++p) {
    const Index columns = less(kPanel, block.head_size - p * kPanel);
    for (Index key = 0; key < block.keys; ++key, packed += kPanel) {
      const float* v = block.v + key * block.kv_stride + p * kPanel;
      for (Index c = 0; c < kPanel; ++c) packed[c] = c < columns ? v[c] : 0.0f;
    }
  }
}

// e^((s - max s) · scale) in place of the scores, 0 behind the last key; returns their sum.
inline float exponentials(float* scores, Index keys, float scale) {
  const Index padded = panels(keys) * kPanel;
  for (Index i = keys; i < padded; ++i) scores[i] = -__builtin_inff();
  Vector largest = all(-__builtin_inff());
  for (Index i = 0; i < padded; i += kLanes) largest = larger(load(scores + i), largest);
  float lanes[kLanes];
  store(lanes, largest);
  float max = lanes[0];
  for (int i = 1; i < kLanes; ++i) max = lanes[i] > max ? lanes[i] : max;
  Vector sum = all(0.0f);
  for (Index i = 0; i < padded; i += kLanes) {
    const Vector e = exponential(multiply(subtract(load(scores + i), all(max)), all(scale)));
    store(scores + i, e);
    sum = add(sum, e);
  }
  store(lanes, sum);
  float total = 0.0f;
  for (int i = 0; i < kLanes; ++i) total += lanes[i];
  return total;
}

// Of `rows` queries from `query` on.
inline void scores_of(const AttentionBlock& block, Index query, Index rows, const float* keys, float* scores) {
  Tile tile = {};
  tile.x = block.q + query * block.q_stride;
  tile.x_stride = block.q_stride;
  tile.units = block.head_size;
  tile.start = kZeros;
  tile.y_stride = score_stride(block.keys);
  tile.columns = kPanel;
  for (Index p = 0; p < panels(block.keys); ++p) {
    tile.weights = keys + p * kPanel * block.head_size;
    tile.y = scores + p * kPanel;
    compute_panel<Fp32Product>(tile, rows, tile.weights);
  }
}

inline void weighted_values(const AttentionBlock& block, Index query, Index rows, const float* scores,
                            const float* values) {
  Tile tile = {};
  tile.x = scores;
  tile.x_stride = score_stride(block.keys);
  tile.units = block.keys;
  tile.start = kZeros;
  tile.y_stride = block.out_stride;
  for (Index p = 0; p < panels(block.head_size); ++p) {
    tile.weights = values + p * kPanel * block.keys;
    tile.y = block.out + query * block.out_stride + p * kPanel;
    tile.columns = less(kPanel, block.head_size - p * kPanel);
    compute_panel<Fp32Product>(tile, rows, tile.weights);
  }
}

inline void attend(const AttentionBlock& block) {
  float* const keys = static_cast<float*>(block.scratch);
  float* const values = keys + key_numbers(block.keys, block.head_size);
  float* const scores = values + value_numbers(block.keys, block.head_size);
  const Index stride = score_stride(block.keys);
  pack_keys(block, keys);
  pack_values(block, values);
  for (Index first = 0; first < block.queries; first += kQueryRows) {
    const Index rows = less(kQueryRows, block.queries - first);
    scores_of(block, first, rows, keys, scores);
    float sums[kQueryRows];
    for (Index r = 0; r < rows; ++r) sums[r] = exponentials(scores + r * stride, block.keys, block.scale);
    weighted_values(block, first, rows, scores, values);
    for (Index r = 0; r < rows; ++r) {
      const Vector share = all(1.0f / sums[r]);
      map(block.out + (first + r) * block.out_stride, block.head_size, [share](Vector x) { return multiply(x, share); });
    }
  }
}

}  // namespace FWK_NAMESPACE
