#include "packed_linear.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "guard.h"
#include "thread_pool.h"

using namespace fineweb;

fineweb_linear::fineweb_linear(fineweb_kernels& kernels, Index outputs, Index inputs)
    : kernels(kernels),
      outputs(outputs),
      inputs(inputs),
      weights(allocate<float>(panels() * units() * kernels.panel_columns)),
      bias(allocate<float>(panels() * kernels.panel_columns)) {
  // The columns missing in the last panel are zeros; the others are left to fineweb_linear_fill.
  const Index panel = units() * kernels.panel_columns;
  std::fill_n(weights.get() + (panels() - 1) * panel, panel, 0.0f);
  std::fill_n(bias.get(), panels() * kernels.panel_columns, 0.0f);
}

void fineweb_linear::run(const float* x, Index x_stride, Index rows, bool gelu, const float* residual,
                     Index residual_stride, float* y, Index y_stride, void* scratch) const {
  LinearBlock block = {};
  block.x = x;
  block.x_stride = x_stride;
  block.rows = rows;
  block.inputs = inputs;
  block.weights = weights.get();
  block.bias = bias.get();
  block.outputs = outputs;
  block.residual = residual;
  block.residual_stride = residual_stride;
  block.gelu = gelu;
  block.y = y;
  block.y_stride = y_stride;
  block.scratch = scratch;
  kernels.linear(block);
}

namespace {

// IEEE 754 binary16; subnormals are a fraction of 2^-14.
float from_f16(std::uint16_t half) {
  const float sign = (half & 0x8000) != 0 ? -1.0f : 1.0f;
  const int exponent = (half >> 10) & 31;
  const int mantissa = half & 1023;
  if (exponent == 0) return sign * static_cast<float>(mantissa) * 0x1p-24f;
  const std::uint32_t wide = exponent == 31 ? 255u : static_cast<std::uint32_t>(exponent + 112);
  const std::uint32_t bits =
      static_cast<std::uint32_t>(half & 0x8000) << 16 | wide << 23 | static_cast<std::uint32_t>(mantissa) << 13;
  float number;
  std::memcpy(&number, &bits, sizeof number);
  return number;
}

float from_bf16(std::uint16_t upper) {
  const std::uint32_t bits = static_cast<std::uint32_t>(upper) << 16;
  float number;
  std::memcpy(&number, &bits, sizeof number);
  return number;
}

// Numbers of a weight file, read as fp32 whatever their type and alignment.
class Numbers {
 public:
  Numbers(const void* bytes, fineweb_type type) : bytes_(static_cast<const char*>(bytes)), type_(type) {}

  Numbers from(Index first) const { return Numbers(bytes_ + first * (type_ == fineweb_f32 ? 4 : 2), type_); }

  float operator[](Index i) const {
    if (type_ == fineweb_f32) return read<float>(i);
    const std::uint16_t bits = read<std::uint16_t>(i);
    return type_ == fineweb_f16 ? from_f16(bits) : from_bf16(bits);
  }

 private:
  template <typename Stored>
  Stored read(Index i) const {
    Stored value;
    std::memcpy(&value, bytes_ + i * static_cast<Index>(sizeof value), sizeof value);
    return value;
  }

  const char* bytes_;
  fineweb_type type_;
};

void pack_row(fineweb_linear& linear, Index output, Numbers row) {
  const Index columns = linear.kernels.panel_columns;
  float* const to = linear.weights.get() + output / columns * columns * linear.units() + output % columns;
  if (!linear.kernels.bf16) {
    for (Index i = 0; i < linear.inputs; ++i) to[i * columns] = row[i];
    return;
  }
  for (Index i = 0; i < linear.inputs; i += 2) {
    const std::uint32_t second = i + 1 < linear.inputs ? bf16_bits(row[i + 1]) : 0;
    const std::uint32_t pair = bf16_bits(row[i]) | second << 16;
    std::memcpy(to + i / 2 * columns, &pair, sizeof pair);
  }
}

}  // namespace

FINEWEB_API(fineweb_error)
fineweb_linear_create(fineweb_kernels* kernels, std::int64_t outputs, std::int64_t inputs, fineweb_linear** result) {
  *result = nullptr;
  return guarded([&] {
    if (outputs < 1 || inputs < 1) throw std::invalid_argument("a linear layer has inputs and outputs");
    *result = new fineweb_linear(*kernels, outputs, inputs);
  });
}

FINEWEB_API(void) fineweb_linear_free(fineweb_linear* linear) { delete linear; }

FINEWEB_API(fineweb_error)
fineweb_linear_fill(fineweb_linear* linear, std::int64_t first_output, std::int64_t count, const void* weights,
                    fineweb_type weights_type, const void* biases, fineweb_type biases_type, std::int32_t threads) {
  return guarded([&] {
    if (first_output < 0 || count < 0 || first_output > linear->outputs - count)
      throw std::invalid_argument("these rows are not the layer's");
    const Numbers from(weights, weights_type), bias(biases, biases_type);
    for (Index i = 0; i < count; ++i) linear->bias[first_output + i] = bias[i];
    // A panel's rows together, since they lie in the same cache lines.
    const Index columns = linear->kernels.panel_columns;
    const Index first_panel = first_output / columns;
    const Index panels = (first_output + count - 1) / columns - first_panel + 1;
    in_parallel(count > 0 ? panels : 0, threads, [&](Index panel, int) {
      const Index begin = std::max(first_output, (first_panel + panel) * columns);
      const Index end = std::min(first_output + count, (first_panel + panel + 1) * columns);
      for (Index output = begin; output < end; ++output)
        pack_row(*linear, output, from.from((output - first_output) * linear->inputs));
    });
  });
}

FINEWEB_API(fineweb_error)
fineweb_linear_run(const fineweb_linear* linear, const float* x, std::int64_t x_stride, std::int64_t rows,
                   std::int32_t gelu, float* y, std::int64_t y_stride, std::int32_t threads) {
  return guarded([&] {
    const Scratch scratch(linear->kernels.linear_scratch, threads);
    const RowBlocks blocks(rows, linear->kernels.tile_rows, threads);
    in_parallel(blocks.count, threads, [&](Index block, int thread) {
      const Index row = blocks.first(block);
      linear->run(x + row * x_stride, x_stride, blocks.rows(block), gelu != 0, nullptr, 0, y + row * y_stride, y_stride,
                  scratch.of(thread));
    });
  });
}
