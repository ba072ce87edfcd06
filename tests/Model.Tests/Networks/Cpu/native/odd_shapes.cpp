// Runs every set of kernels that this machine has over odd shapes. Buffers end where their numbers end, so that the
// sanitizers see any step beyond; results are compared with plain loops in double precision.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "api.h"

namespace {

using std::int64_t;
using Numbers = std::vector<float>;

std::uint64_t state = 1;

float number() {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return static_cast<float>(state >> 40) / 8388608.0f - 1.0f;
}

int64_t between(int64_t least, int64_t most) { return least + static_cast<int64_t>(state >> 33) % (most - least + 1); }

Numbers numbers(int64_t count) {
  Numbers all(static_cast<std::size_t>(count));
  for (float& one : all) one = number();
  return all;
}

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

void succeed(fineweb_error error) { require(error == nullptr, error != nullptr ? error : ""); }

struct Layer {
  Numbers weights, bias;
  int64_t outputs, inputs;
  std::unique_ptr<fineweb_linear, void (*)(fineweb_linear*)> packed{nullptr, fineweb_linear_free};

  Layer(fineweb_kernels* kernels, int64_t outputs, int64_t inputs)
      : weights(numbers(outputs * inputs)), bias(numbers(outputs)), outputs(outputs), inputs(inputs) {
    fineweb_linear* linear = nullptr;
    succeed(fineweb_linear_create(kernels, outputs, inputs, &linear));
    packed.reset(linear);
    succeed(fineweb_linear_fill(linear, 0, outputs, weights.data(), fineweb_f32, bias.data(), fineweb_f32, 2));
  }

  double of(const float* x, int64_t output) const {
    double sum = bias[output];
    for (int64_t i = 0; i < inputs; ++i) sum += static_cast<double>(x[i]) * weights[output * inputs + i];
    return sum;
  }
};

void check_linear(fineweb_kernels* kernels, double tolerance) {
  const int64_t rows = between(1, 230), inputs = between(1, 900), outputs = between(1, 70);
  const Layer layer(kernels, outputs, inputs);
  const Numbers x = numbers(rows * inputs);
  Numbers y(rows * outputs);
  succeed(fineweb_linear_run(layer.packed.get(), x.data(), inputs, rows, 0, y.data(), outputs, 2));
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t o = 0; o < outputs; ++o)
      require(std::abs(layer.of(&x[row * inputs], o) - y[row * outputs + o]) < tolerance, "a product is wrong");
}

void check_attention(fineweb_kernels* kernels) {
  const int64_t heads = between(1, 3), head_size = between(1, 40), width = heads * head_size;
  std::vector<std::int32_t> starts = {0};
  for (int i = 0; i < 4; ++i) starts.push_back(starts.back() + static_cast<std::int32_t>(between(1, 60)));
  const int64_t tokens = starts.back();
  const Numbers projected = numbers(tokens * 3 * width);
  Numbers context(tokens * width);
  const float* const q = projected.data();
  const fineweb_attention attention = {
      q, 3 * width, q + width, q + 2 * width, 3 * width, heads, head_size, 0, context.data(), width};
  succeed(fineweb_attend(kernels, &attention, starts.data(), 4, 2));
  for (float value : context) require(std::abs(value) <= 1.0f + 1e-5f, "attention leaves the range of its values");
}

void check_layer(fineweb_kernels* kernels) {
  const int64_t rows = between(1, 50), width = between(1, 70), wide = between(1, 130);
  const Layer output(kernels, width, width), intermediate(kernels, wide, width), down(kernels, width, wide);
  const Numbers weight = numbers(width), bias = numbers(width), context = numbers(rows * width);
  Numbers hidden = numbers(rows * width);
  const fineweb_norm norm = {weight.data(), bias.data(), 1e-12f};
  const fineweb_layer layer = {output.packed.get(), intermediate.packed.get(), down.packed.get(), norm, norm};
  succeed(fineweb_after_attention(&layer, context.data(), width, hidden.data(), width, rows, 2));
  const double limit = 2.0 + std::sqrt(static_cast<double>(width));
  for (float value : hidden) require(std::abs(value) <= limit, "a LayerNorm leaves its range");
}

void check_ends(fineweb_kernels* kernels) {
  const int64_t width = between(1, 50);
  const Numbers words = numbers(7 * width), positions = numbers(5 * width);
  const Numbers weight = numbers(width), bias = numbers(width);
  const fineweb_embeddings embeddings = {words.data(), positions.data(), width, {weight.data(), bias.data(), 1e-12f}};
  const std::vector<std::int32_t> ids = {6, 0, 3, 3, 1, 2}, starts = {0, 5, 6};
  Numbers hidden(6 * width);
  succeed(fineweb_embed(kernels, &embeddings, ids.data(), starts.data(), 2, hidden.data(), width, 2));
  const Layer pooler(kernels, width, width), classifier(kernels, 1, width);
  Numbers scores(6);
  succeed(fineweb_score(pooler.packed.get(), classifier.packed.get(), hidden.data(), width, 6, scores.data(), 2));
  for (float score : scores) require(std::abs(score) <= static_cast<float>(width + 1), "a score leaves its range");
}

void check_refusals(fineweb_kernels* kernels) {
  fineweb_linear* linear = nullptr;
  const fineweb_error none = fineweb_linear_create(kernels, 0, 4, &linear);
  require(none != nullptr && linear == nullptr, "a layer without outputs was made");
  fineweb_error_free(none);
  const Layer layer(kernels, 3, 4);
  const fineweb_error beyond =
      fineweb_linear_fill(layer.packed.get(), 2, 2, layer.weights.data(), fineweb_f32, layer.bias.data(), fineweb_f32, 1);
  require(beyond != nullptr, "a row behind the last was filled");
  fineweb_error_free(beyond);
}

void check_memory() {
  for (const int64_t bytes : {1, 63, 2 << 20, (5 << 20) + 1}) {
    char* const memory = static_cast<char*>(fineweb_memory_allocate(bytes));
    require(memory != nullptr && reinterpret_cast<std::uintptr_t>(memory) % 64 == 0, "memory is not aligned");
    memory[0] = memory[bytes - 1] = 1;
    fineweb_memory_free(memory);
  }
  require(fineweb_memory_allocate(-1) == nullptr, "less than no memory was given");
}

}  // namespace

int main() {
  check_memory();
  int checked = 0;
  for (const char* name : {"generic", "avx2", "avx512", "avx512-bf16", "avx512-emulated", "avx512-bf16-emulated"}) {
    fineweb_kernels* const kernels = fineweb_kernels_find(name);
    if (kernels == nullptr) continue;
    const double tolerance = kernels->bf16 ? 0.5 : 1e-4;
    for (int i = 0; i < 12; ++i) {
      check_linear(kernels, tolerance);
      check_attention(kernels);
      check_layer(kernels);
      check_ends(kernels);
    }
    check_refusals(kernels);
    std::printf("%s\n", name);
    ++checked;
  }
  require(checked > 0, "no kernels run here");
}
