// The C boundary. No exception leaves it: a function that can fail returns null, or a message that the caller frees
// with fineweb_error_free. Matrices are row-major fp32 with a stride, the numbers from row to row. Nothing but the
// arguments is read, and the same arguments give the same bits whatever the number of threads.
#pragma once

#include <cstdint>

#include "kernel_table.h"

#ifdef _WIN32
#define FINEWEB_API(type) extern "C" __declspec(dllexport) type
#else
#define FINEWEB_API(type) extern "C" __attribute__((visibility("default"))) type
#endif

using fineweb_error = char*;
using fineweb_kernels = const fineweb::KernelTable;

// A layer y = x Wᵀ + b whose weights are packed for one set of kernels.
struct fineweb_linear;

struct fineweb_norm {
  const float* weight;  // [width]
  const float* bias;    // [width]
  float epsilon;
};

// How the bytes of a weight file hold numbers.
enum fineweb_type : std::int32_t { fineweb_f32 = 0, fineweb_f16 = 1, fineweb_bf16 = 2 };

// Goes up with every change of this boundary or of the kernels' bits, so that a caller can tell the library of another
// version.
constexpr std::int32_t kFinewebLibraryVersion = 1;
FINEWEB_API(std::int32_t) fineweb_library_version();

FINEWEB_API(void) fineweb_error_free(fineweb_error error);

// For matrices: aligned to cache lines, in huge pages where the system has them, not initialised; null where there is
// no memory.
FINEWEB_API(void*) fineweb_memory_allocate(std::int64_t bytes);
FINEWEB_API(void) fineweb_memory_free(void* memory);

// Kernels by name: "generic", "avx2", "avx512", "avx512-bf16", or one of the latter two with "-emulated"; null where
// there are none of that name or the machine lacks the instructions.
FINEWEB_API(fineweb_kernels*) fineweb_kernels_find(const char* name);

// A layer whose outputs are to be filled, all of them, before it runs.
FINEWEB_API(fineweb_error)
fineweb_linear_create(fineweb_kernels* kernels, std::int64_t outputs, std::int64_t inputs, fineweb_linear** result);
// Sets `count` rows of the weights, [count, inputs], and as many biases.
FINEWEB_API(fineweb_error)
fineweb_linear_fill(fineweb_linear* linear, std::int64_t first_output, std::int64_t count, const void* weights,
                    fineweb_type weights_type, const void* biases, fineweb_type biases_type, std::int32_t threads);
FINEWEB_API(void) fineweb_linear_free(fineweb_linear* linear);

// y = x Wᵀ + b, then the exact GELU where asked for: x [rows, inputs], y [rows, outputs].
FINEWEB_API(fineweb_error)
fineweb_linear_run(const fineweb_linear* linear, const float* x, std::int64_t x_stride, std::int64_t rows,
                   std::int32_t gelu, float* y, std::int64_t y_stride, std::int32_t threads);

// hidden[t] = LayerNorm(words[ids[t]] + positions[t - start of its document]), [tokens, norm width].
struct fineweb_embeddings {
  const float* words;      // [vocabulary, width]
  const float* positions;  // [positions, width]
  std::int64_t width;
  fineweb_norm norm;
};
FINEWEB_API(fineweb_error)
fineweb_embed(fineweb_kernels* kernels, const fineweb_embeddings* embeddings, const std::int32_t* ids,
              const std::int32_t* cumulative_lengths, std::int64_t documents, float* hidden,
              std::int64_t hidden_stride, std::int32_t threads);

// Softmax attention of every document over itself: queries, keys and values stand side by side in the columns of their
// matrices, each with its heads side by side. Where q has one row a document (`first_only`), that one is computed.
struct fineweb_attention {
  const float* q;
  std::int64_t q_stride;
  const float* k;
  const float* v;
  std::int64_t kv_stride;
  std::int64_t heads, head_size;
  std::int32_t first_only;
  float* out;
  std::int64_t out_stride;
};
FINEWEB_API(fineweb_error)
fineweb_attend(fineweb_kernels* kernels, const fineweb_attention* attention, const std::int32_t* cumulative_lengths,
               std::int64_t documents, std::int32_t threads);

// What follows attention in a layer, a block of rows at a time:
// h = LayerNorm(context Woᵀ + bo + hidden); hidden = LayerNorm(gelu(h Wiᵀ + bi) Wdᵀ + bd + h).
struct fineweb_layer {
  const fineweb_linear *output, *intermediate, *down;
  fineweb_norm attention_norm, output_norm;
};
FINEWEB_API(fineweb_error)
fineweb_after_attention(const fineweb_layer* layer, const float* context, std::int64_t context_stride, float* hidden,
                        std::int64_t hidden_stride, std::int64_t rows, std::int32_t threads);

// scores[i] = classifier(tanh(pooler(rows[i]))), the classifier having one output.
FINEWEB_API(fineweb_error)
fineweb_score(const fineweb_linear* pooler, const fineweb_linear* classifier, const float* rows, std::int64_t stride,
              std::int64_t count, float* scores, std::int32_t threads);
