// What stands between the matrix products of the encoder, each row by one block of threads. NVRTC compiles this text for
// the GPU it finds; tests compile it for the CPU, too, and compare its arithmetic there.
#ifndef FINEWEB_HOST
#define FINEWEB_KERNEL extern "C" __global__
#define FINEWEB_DEVICE __device__ __forceinline__

FINEWEB_DEVICE unsigned short fp16_of(float value) {
  unsigned short bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  return bits;
}

FINEWEB_DEVICE float float_of_fp16(unsigned short bits) {
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
  return value;
}

FINEWEB_DEVICE unsigned bits_of(float value) { return __float_as_uint(value); }
FINEWEB_DEVICE float float_of_bits(unsigned bits) { return __uint_as_float(bits); }
#endif

constexpr int kThreads = 128;      // of a block
constexpr int kMostPerThread = 8;  // numbers of a row: rows have at most kThreads * kMostPerThread

struct Float16 {
  unsigned short bits;
};

struct BFloat16 {
  unsigned short bits;
};

FINEWEB_DEVICE float read(float value) { return value; }
FINEWEB_DEVICE float read(Float16 value) { return float_of_fp16(value.bits); }
FINEWEB_DEVICE float read(BFloat16 value) { return float_of_bits(static_cast<unsigned>(value.bits) << 16); }

FINEWEB_DEVICE void write(float* place, float value) { *place = value; }
FINEWEB_DEVICE void write(Float16* place, float value) { place->bits = fp16_of(value); }
FINEWEB_DEVICE void write(BFloat16* place, float value) {
  // To the nearest, ties to even; a NaN stays one.
  const unsigned bits = bits_of(value);
  place->bits = value == value ? static_cast<unsigned short>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16) : 0x7FC0;
}

// The sum over all threads of the block, for each of them.
FINEWEB_DEVICE float sum_of_block(float value) {
  __shared__ float sums[kThreads];
  const int thread = static_cast<int>(threadIdx.x);
  sums[thread] = value;
  __syncthreads();
  for (int width = kThreads / 2; width > 0; width /= 2) {
    if (thread < width) sums[thread] += sums[thread + width];
    __syncthreads();
  }
  const float total = sums[0];
  __syncthreads();
  return total;
}

// LayerNorm of a row whose numbers the threads hold, in fp32 with the variance around the mean. `rounded` may be null.
template <typename Rounded>
FINEWEB_DEVICE void normalize(const float (&values)[kMostPerThread], int hidden, const float* weight, const float* bias,
                              float epsilon, float* result, Rounded* rounded) {
  float sum = 0.0f;
#pragma unroll
  for (int i = 0; i < kMostPerThread; ++i) sum += values[i];
  const float mean = sum_of_block(sum) / hidden;
  float squares = 0.0f;
#pragma unroll
  for (int i = 0; i < kMostPerThread; ++i) {
    const int column = static_cast<int>(threadIdx.x) + i * kThreads;
    const float deviation = column < hidden ? values[i] - mean : 0.0f;
    squares += deviation * deviation;
  }
  const float scale = 1.0f / sqrtf(sum_of_block(squares) / hidden + epsilon);
#pragma unroll
  for (int i = 0; i < kMostPerThread; ++i) {
    const int column = static_cast<int>(threadIdx.x) + i * kThreads;
    if (column >= hidden) continue;
    const float value = (values[i] - mean) * scale * weight[column] + bias[column];
    result[column] = value;
    if (rounded != nullptr) write(rounded + column, value);
  }
}

// result = LayerNorm(residual + addend), [rows, hidden]; result may be residual.
template <typename Rounded>
FINEWEB_DEVICE void add_normalize(const float* residual, const Rounded* addend, const float* weight, const float* bias,
                                  float epsilon, int hidden, float* result, Rounded* rounded) {
  const long long row = static_cast<long long>(blockIdx.x) * hidden;
  float values[kMostPerThread];
#pragma unroll
  for (int i = 0; i < kMostPerThread; ++i) {
    const int column = static_cast<int>(threadIdx.x) + i * kThreads;
    values[i] = column < hidden ? residual[row + column] + read(addend[row + column]) : 0.0f;
  }
  normalize(values, hidden, weight, bias, epsilon, result + row, rounded == nullptr ? rounded : rounded + row);
}

// result = LayerNorm(words[ids] + positions[places]), [rows, hidden].
template <typename Rounded>
FINEWEB_DEVICE void embed(const float* words, const float* positions, const long long* ids, const long long* places,
                          const float* weight, const float* bias, float epsilon, int hidden, float* result,
                          Rounded* rounded) {
  const long long row = static_cast<long long>(blockIdx.x) * hidden;
  const float* const word = words + ids[blockIdx.x] * hidden;
  const float* const position = positions + places[blockIdx.x] * hidden;
  float values[kMostPerThread];
#pragma unroll
  for (int i = 0; i < kMostPerThread; ++i) {
    const int column = static_cast<int>(threadIdx.x) + i * kThreads;
    values[i] = column < hidden ? word[column] + position[column] : 0.0f;
  }
  normalize(values, hidden, weight, bias, epsilon, result + row, rounded == nullptr ? rounded : rounded + row);
}

#define FINEWEB_KERNELS(suffix, Rounded)                                                                            \
  FINEWEB_KERNEL void add_normalize_##suffix(const float* residual, const Rounded* addend, const float* weight,     \
                                             const float* bias, float epsilon, int hidden, float* result,           \
                                             Rounded* rounded) {                                                    \
    add_normalize(residual, addend, weight, bias, epsilon, hidden, result, rounded);                                \
  }                                                                                                                 \
  FINEWEB_KERNEL void embed_##suffix(const float* words, const float* positions, const long long* ids,              \
                                     const long long* places, const float* weight, const float* bias,               \
                                     float epsilon, int hidden, float* result, Rounded* rounded) {                  \
    embed(words, positions, ids, places, weight, bias, epsilon, hidden, result, rounded);                           \
  }

FINEWEB_KERNELS(fp32, float)
FINEWEB_KERNELS(fp16, Float16)
FINEWEB_KERNELS(bf16, BFloat16)
