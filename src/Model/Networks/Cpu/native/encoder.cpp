// The encoder's operators on packed batches: documents one after another, without padding.
#include <cmath>
#include <stdexcept>

#include "guard.h"
#include "packed_linear.h"
#include "thread_pool.h"

using namespace fineweb;

namespace {

// Numbers from row to row of a scratch matrix: not a multiple of the cache's own period, lest its rows share sets.
Index scratch_stride(Index columns) { return columns + 16; }

void normalize(fineweb_kernels& kernels, const fineweb_norm& norm, float* x, Index stride, Index rows, Index width) {
  kernels.normalize({x, stride, rows, width, norm.weight, norm.bias, norm.epsilon});
}

Index longest(const std::int32_t* cumulative_lengths, Index documents) {
  Index most = 0;
  for (Index i = 0; i < documents; ++i)
    most = std::max<Index>(most, cumulative_lengths[i + 1] - cumulative_lengths[i]);
  return most;
}

struct AfterAttention {
  const fineweb_layer& layer;
  Index width = layer.output->outputs, wide = layer.intermediate->outputs;
  fineweb_kernels& kernels = layer.output->kernels;

  Index scratch() const {
    return 4 * kBlockRows * (scratch_stride(width) + scratch_stride(wide)) + kernels.linear_scratch;
  }

  void run(const float* context, Index context_stride, float* hidden, Index hidden_stride, Index rows,
           void* memory) const {
    float* const attended = static_cast<float*>(memory);
    float* const middle = attended + kBlockRows * scratch_stride(width);
    void* const rest = middle + kBlockRows * scratch_stride(wide);
    layer.output->run(context, context_stride, rows, false, hidden, hidden_stride, attended, scratch_stride(width),
                      rest);
    normalize(kernels, layer.attention_norm, attended, scratch_stride(width), rows, width);
    layer.intermediate->run(attended, scratch_stride(width), rows, true, nullptr, 0, middle, scratch_stride(wide),
                            rest);
    layer.down->run(middle, scratch_stride(wide), rows, false, attended, scratch_stride(width), hidden, hidden_stride,
                    rest);
    normalize(kernels, layer.output_norm, hidden, hidden_stride, rows, width);
  }
};

}  // namespace

FINEWEB_API(fineweb_error)
fineweb_embed(fineweb_kernels* kernels, const fineweb_embeddings* embeddings, const std::int32_t* ids,
              const std::int32_t* cumulative_lengths, std::int64_t documents, float* hidden,
              std::int64_t hidden_stride, std::int32_t threads) {
  return guarded([&] {
    const Index width = embeddings->width;
    in_parallel(documents, threads, [&](Index document, int) {
      const Index first = cumulative_lengths[document], end = cumulative_lengths[document + 1];
      for (Index token = first; token < end; ++token) {
        const float* const word = embeddings->words + ids[token] * width;
        const float* const position = embeddings->positions + (token - first) * width;
        float* const sum = hidden + token * hidden_stride;
        for (Index i = 0; i < width; ++i) sum[i] = word[i] + position[i];
      }
      normalize(*kernels, embeddings->norm, hidden + first * hidden_stride, hidden_stride, end - first, width);
    });
  });
}

FINEWEB_API(fineweb_error)
fineweb_attend(fineweb_kernels* kernels, const fineweb_attention* attention, const std::int32_t* cumulative_lengths,
               std::int64_t documents, std::int32_t threads) {
  return guarded([&] {
    const fineweb_attention& a = *attention;
    const Index most = longest(cumulative_lengths, documents);
    const Scratch scratch(kernels->attention_scratch(most, a.head_size), threads);
    in_parallel(documents * a.heads, threads, [&](Index piece, int thread) {
      const Index document = piece / a.heads, column = piece % a.heads * a.head_size;
      const Index first = cumulative_lengths[document];
      const Index first_query = a.first_only != 0 ? document : first;
      AttentionBlock block = {};
      block.keys = cumulative_lengths[document + 1] - first;
      block.queries = a.first_only != 0 ? 1 : block.keys;
      block.q = a.q + first_query * a.q_stride + column;
      block.k = a.k + first * a.kv_stride + column;
      block.v = a.v + first * a.kv_stride + column;
      block.out = a.out + first_query * a.out_stride + column;
      block.q_stride = a.q_stride;
      block.kv_stride = a.kv_stride;
      block.out_stride = a.out_stride;
      block.head_size = a.head_size;
      block.scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(a.head_size)));
      block.scratch = scratch.of(thread);
      kernels->attend(block);
    });
  });
}

FINEWEB_API(fineweb_error)
fineweb_after_attention(const fineweb_layer* layer, const float* context, std::int64_t context_stride, float* hidden,
                        std::int64_t hidden_stride, std::int64_t rows, std::int32_t threads) {
  return guarded([&] {
    const AfterAttention after = {*layer};
    const Scratch scratch(after.scratch(), threads);
    const RowBlocks blocks(rows, after.kernels.tile_rows, threads);
    in_parallel(blocks.count, threads, [&](Index block, int thread) {
      const Index row = blocks.first(block);
      after.run(context + row * context_stride, context_stride, hidden + row * hidden_stride, hidden_stride,
                blocks.rows(block), scratch.of(thread));
    });
  });
}

FINEWEB_API(fineweb_error)
fineweb_score(const fineweb_linear* pooler, const fineweb_linear* classifier, const float* rows, std::int64_t stride,
              std::int64_t count, float* scores, std::int32_t threads) {
  return guarded([&] {
    if (classifier->outputs != 1) throw std::invalid_argument("the classifier has more than one output");
    const Index width = pooler->outputs;
    const Scratch scratch(4 * kBlockRows * width + pooler->kernels.linear_scratch, threads);
    const RowBlocks blocks(count, pooler->kernels.tile_rows, threads);
    in_parallel(blocks.count, threads, [&](Index block, int thread) {
      const Index row = blocks.first(block);
      float* const pooled = static_cast<float*>(scratch.of(thread));
      void* const rest = pooled + kBlockRows * width;
      pooler->run(rows + row * stride, stride, blocks.rows(block), false, nullptr, 0, pooled, width, rest);
      pooler->kernels.tanh(pooled, blocks.rows(block) * width);
      classifier->run(pooled, width, blocks.rows(block), false, nullptr, 0, scores + row, 1, rest);
    });
  });
}
