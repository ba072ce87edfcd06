// Exact softmax attention of one head over one document, a panel of queries at a time. Scores stand key by key, the
// panel's queries side by side: so keys are read where they lie, the softmax needs nothing across a vector, and the
// scores can be read as rows again for the product with the values.
#pragma once

#include "panel_product.h"

namespace fineweb::INSTRUCTION_SET {

constexpr Index kQueryPanels = 2;             // that share the way of keys and values through the caches
constexpr Index kKeyBlock = 8 * kTileRows;    // keys that stay in the first-level cache meanwhile

inline Index value_numbers(Index keys, Index head_size) { return panels(head_size) * kPanel * keys; }

// Bytes: the values, panels of queries, their scores, and the results of one.
inline Index attention_scratch(Index keys, Index head_size) {
  return 4 * (value_numbers(keys, head_size) + kQueryPanels * kPanel * (head_size + keys) + kPanel * kPanel);
}

// Panels of kPanel columns of the values, key by key.
inline void pack_values(const AttentionBlock& block, float* packed) {
  for (Index p = 0; p < panels(block.head_size); ++p) {
    const Index columns = less(kPanel, block.head_size - p * kPanel);
    for (Index key = 0; key < block.keys; ++key, packed += kPanel) {
      const float* v = block.v + key * block.kv_stride + p * kPanel;
      if (columns == kPanel) {
        store(packed, load(v));
        store(packed + kLanes, load(v + kLanes));
      } else {
        for (Index c = 0; c < kPanel; ++c) packed[c] = c < columns ? v[c] : 0.0f;
      }
    }
  }
}

// [head size, kPanel]: the scaled queries as columns, those missing zeros.
inline void pack_queries(const AttentionBlock& block, Index query, Index count, float* packed) {
  for (Index i = 0; i < block.head_size; ++i, packed += kPanel)
    for (Index q = 0; q < kPanel; ++q)
      packed[q] = q < count ? block.q[(query + q) * block.q_stride + i] * block.scale : 0.0f;
}

// e^(s - max s) in place of the scores; returns one over their sums.
template <int kHalf>
inline Vector exponentials(float* scores, Index keys) {
  float* const s = scores + kHalf * kLanes;
  Vector largest = all(-__builtin_inff());
  for (Index key = 0; key < keys; ++key) largest = larger(load(s + key * kPanel), largest);
  // Four sums, as a long one would lose digits.
  Vector sums[4] = {all(0.0f), all(0.0f), all(0.0f), all(0.0f)};
  const auto next = [&](Index key, Vector& sum) __attribute__((always_inline)) {
    const Vector e = exponential(subtract(load(s + key * kPanel), largest));
    store(s + key * kPanel, e);
    sum = add(sum, e);
  };
  Index key = 0;
  for (; key + 4 <= keys; key += 4) {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) next(key + i, sums[i]);
  }
  for (; key < keys; ++key) next(key, sums[0]);
  return divide(all(1.0f), add(add(sums[0], sums[1]), add(sums[2], sums[3])));
}

// Of `panels` panels of queries, each [keys, kPanel].
inline void scores_of(const AttentionBlock& block, const float* queries, Index panels, float* scores) {
  PanelProduct panel = {};
  panel.x_stride = block.kv_stride;
  panel.units = block.head_size;
  panel.y_stride = kPanel;
  for (Index key = 0; key < block.keys; key += kKeyBlock) {
    panel.x = block.k + key * block.kv_stride;
    panel.rows = less(kKeyBlock, block.keys - key);
    for (Index p = 0; p < panels; ++p) {
      panel.weights = queries + p * kPanel * block.head_size;
      panel.y = scores + (p * block.keys + key) * kPanel;
      multiply_panel<Fp32Product, StridedRows>(panel, Zero());
    }
  }
}

// The results of one panel of queries in one panel of the values' columns, each times its share.
inline void weighted_values(const float* scores, Index keys, const float* values, Index queries, const float* shares,
                            float* results, float* out, Index out_stride, Index columns) {
  PanelProduct panel = {};
  panel.x = scores;
  panel.rows = queries;
  panel.units = keys;
  panel.weights = values;
  panel.y = results;
  panel.y_stride = kPanel;
  multiply_panel<Fp32Product, PanelColumns>(panel, Zero());
  for (Index q = 0; q < queries; ++q) {
    const Vector share = all(shares[q]);
    map(results + q * kPanel, kPanel, [share](Vector x) { return multiply(x, share); });
  }
  copy(results, kPanel, out, out_stride, queries, columns);
}

struct QueryPanels {
  const AttentionBlock& block;
  Index first, count;
  float* queries;
  float* scores = queries + kQueryPanels * kPanel * block.head_size;
  float* results = scores + kQueryPanels * kPanel * block.keys;

  Index queries_of(Index panel) const { return less(kPanel, count - panel * kPanel); }

  void attend(const float* values) const {
    for (Index p = 0; p < panels(count); ++p)
      pack_queries(block, first + p * kPanel, queries_of(p), queries + p * kPanel * block.head_size);
    scores_of(block, queries, panels(count), scores);
    float shares[kQueryPanels * kPanel];
    for (Index p = 0; p < panels(count); ++p) {
      store(shares + p * kPanel, exponentials<0>(scores + p * kPanel * block.keys, block.keys));
      store(shares + p * kPanel + kLanes, exponentials<1>(scores + p * kPanel * block.keys, block.keys));
    }
    for (Index c = 0; c < block.head_size; c += kPanel)
      for (Index p = 0; p < panels(count); ++p)
        weighted_values(scores + p * kPanel * block.keys, block.keys, values + c * block.keys, queries_of(p),
                        shares + p * kPanel, results, block.out + (first + p * kPanel) * block.out_stride + c,
                        block.out_stride, less(kPanel, block.head_size - c));
  }
};

inline void attend(const AttentionBlock& block) {
  float* const values = static_cast<float*>(block.scratch);
  float* const rest = values + value_numbers(block.keys, block.head_size);
  pack_values(block, values);
  for (Index query = 0; query < block.queries; query += kQueryPanels * kPanel)
    QueryPanels{block, query, less(kQueryPanels * kPanel, block.queries - query), rest}.attend(values);
}

}  // namespace fineweb::INSTRUCTION_SET
