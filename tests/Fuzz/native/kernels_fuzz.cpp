// Feeds every set of kernels that this machine runs with random shapes: odd lengths, one token, documents without any, no
// documents, whole panels and one more, strides beyond the width, weights of every type at odd addresses. Buffers end
// where their numbers end, so that the sanitizers see any step beyond; results are compared with plain loops in double
// precision.
//   kernels_fuzz PROGRESS SECONDS CASES SEED   until the time or the cases are over; PROGRESS as Engine/Progress.cs has it
//   kernels_fuzz CASE                          one case again
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <set>
#include <string>
#include <sys/mman.h>
#include <tuple>
#include <vector>

#include "api.h"

namespace {

using std::int64_t;
using std::uint64_t;
using Numbers = std::vector<float>;

// SplitMix64, https://prng.di.unimi.it/splitmix64.c
uint64_t state;

uint64_t draw() {
  uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

int64_t between(int64_t least, int64_t most) {
  return least + static_cast<int64_t>(draw() % static_cast<uint64_t>(most - least + 1));
}

// Mostly small, now and then at a border of panels and blocks.
int64_t size(int64_t most) {
  static constexpr int64_t kBorders[] = {1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 96, 192, 193, 384};
  const int64_t chosen = draw() % 2 == 0 ? kBorders[draw() % std::size(kBorders)] : between(1, 40);
  return chosen < most ? chosen : most;
}

float number() { return static_cast<float>(draw() >> 40) / 8388608.0f - 1.0f; }

Numbers numbers(int64_t count) {
  Numbers all(static_cast<std::size_t>(count));
  for (float& one : all) one = number();
  return all;
}

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

void succeed(fineweb_error error) {
  if (error != nullptr) fail(error);
}

void near(double expected, float found, double tolerance, const char* what) {
  if (!(std::abs(expected - found) <= tolerance * (1.0 + std::abs(expected))))
    fail(std::string(what) + ": " + std::to_string(found) + " instead of " + std::to_string(expected));
}

struct Kernels {
  const char* name;
  fineweb_kernels* table;
  double tolerance;  // of a product of numbers up to 1
};

std::vector<Kernels> kernels_of_this_machine() {
  std::vector<Kernels> found;
  for (const char* name : {"generic", "avx2", "avx512", "avx512-bf16", "avx512-emulated", "avx512-bf16-emulated"})
    if (fineweb_kernels* table = fineweb_kernels_find(name))
      found.push_back({name, table, std::strstr(name, "bf16") != nullptr ? 0.15 : 1e-4});
  return found;
}

// A matrix whose rows lie further apart than they are wide, and whose last row ends where its numbers end.
struct Matrix {
  int64_t rows, width, stride;
  Numbers all;
  Matrix(int64_t rows, int64_t width)
      : rows(rows), width(width), stride(width + (draw() % 2 == 0 ? between(0, 5) : 0)),
        all(numbers(rows > 0 ? (rows - 1) * stride + width : 0)) {}
  float* data() { return all.data(); }
  float* row(int64_t i) { return all.data() + i * stride; }
};

// Numbers in a weight file's type, at an odd address.
class Stored {
 public:
  explicit Stored(Numbers& values) : type_(static_cast<fineweb_type>(draw() % 3)), shift_(draw() % 2) {
    bytes_.resize(shift_ + values.size() * (type_ == fineweb_f32 ? 4 : 2));
    for (std::size_t i = 0; i < values.size(); ++i) put(i, values[i]);
  }
  const void* from(int64_t first) const { return bytes_.data() + shift_ + first * (type_ == fineweb_f32 ? 4 : 2); }
  fineweb_type type() const { return type_; }

 private:
  // A value that the type can hold takes the place of the one that was drawn.
  void put(std::size_t i, float& value) {
    if (type_ == fineweb_f32) {
      std::memcpy(&bytes_[shift_ + 4 * i], &value, 4);
      return;
    }
    std::uint16_t half;
    if (type_ == fineweb_bf16) {
      half = static_cast<std::uint16_t>(fineweb::bf16_bits(value));
      const std::uint32_t bits = static_cast<std::uint32_t>(half) << 16;
      std::memcpy(&value, &bits, 4);
    } else {
      const int tenths = static_cast<int>(value * 8);  // sign, and one of 0, 1/8 … 7/8
      value = static_cast<float>(tenths) / 8;
      const int magnitude = std::abs(tenths);
      const int shift = magnitude >= 4 ? 2 : magnitude >= 2 ? 1 : 0;
      half = magnitude == 0 ? 0 : static_cast<std::uint16_t>((12 + shift) << 10 | (magnitude - (1 << shift)) << (10 - shift));
      if (tenths < 0) half |= 0x8000;
    }
    std::memcpy(&bytes_[shift_ + 2 * i], &half, 2);
  }

  fineweb_type type_;
  std::size_t shift_;
  std::vector<char> bytes_;
};

struct Layer {
  int64_t outputs, inputs;
  Numbers weights, bias;
  fineweb_linear* packed = nullptr;

  Layer(fineweb_kernels* table, int64_t outputs, int64_t inputs)
      : outputs(outputs), inputs(inputs), weights(numbers(outputs * inputs)), bias(numbers(outputs)) {
    for (float& weight : weights) weight /= std::sqrt(static_cast<float>(inputs));
    const Stored stored(weights), biases(bias);
    succeed(fineweb_linear_create(table, outputs, inputs, &packed));
    for (int64_t first = 0; first < outputs;) {  // in pieces, as row blocks of a fused matrix come
      const int64_t count = between(0, outputs - first);
      succeed(fineweb_linear_fill(packed, first, count, stored.from(first * inputs), stored.type(), biases.from(first),
                                  biases.type(), static_cast<int>(between(1, 3))));
      first += count;
    }
  }
  Layer(const Layer&) = delete;
  ~Layer() { fineweb_linear_free(packed); }

  double of(const float* x, int64_t output) const {
    double sum = bias[output];
    for (int64_t i = 0; i < inputs; ++i) sum += static_cast<double>(x[i]) * weights[output * inputs + i];
    return sum;
  }
  Numbers of(const float* x) const {
    Numbers y(outputs);
    for (int64_t o = 0; o < outputs; ++o) y[o] = static_cast<float>(of(x, o));
    return y;
  }
};

double gelu(double x) { return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0))); }

struct Norm {
  Numbers weight, bias;
  explicit Norm(int64_t width) : weight(numbers(width)), bias(numbers(width)) {}
  fineweb_norm get() const { return {weight.data(), bias.data(), 1e-5f}; }
  void apply(Numbers& row) const {
    double mean = 0, variance = 0;
    for (const float x : row) mean += x;
    mean /= row.size();
    for (const float x : row) variance += (x - mean) * (x - mean);
    const double scale = 1.0 / std::sqrt(variance / row.size() + 1e-5);
    for (std::size_t i = 0; i < row.size(); ++i)
      row[i] = static_cast<float>((row[i] - mean) * scale * weight[i] + bias[i]);
  }
};

std::vector<std::int32_t> documents(int64_t most_tokens, bool may_be_empty) {
  std::vector<std::int32_t> starts = {0};
  for (int64_t left = between(may_be_empty ? 0 : 1, 5); left > 0; --left) {
    const int64_t length = may_be_empty && draw() % 6 == 0 ? 0 : draw() % 40 == 0 ? most_tokens : size(most_tokens);
    starts.push_back(starts.back() + static_cast<std::int32_t>(length));
  }
  return starts;
}

int64_t check_linear(const Kernels& kernels) {
  const Layer layer(kernels.table, size(200), draw() % 30 == 0 ? between(700, 1600) : size(400));
  Matrix x(draw() % 12 == 0 ? 0 : size(400), layer.inputs), y(x.rows, layer.outputs);
  const bool with_gelu = draw() % 2 == 0;
  succeed(fineweb_linear_run(layer.packed, x.data(), x.stride, x.rows, with_gelu, y.data(), y.stride,
                             static_cast<int>(between(1, 3))));
  for (int64_t row = 0; row < x.rows; row += between(1, 9))
    for (int64_t o = 0; o < layer.outputs; ++o) {
      const double sum = layer.of(x.row(row), o);
      near(with_gelu ? gelu(sum) : sum, y.row(row)[o], kernels.tolerance, "a product");
    }
  return x.rows % 16 * 64 + layer.outputs % 64;
}

int64_t check_attention(const Kernels& kernels) {
  const int64_t heads = between(1, 3), head_size = size(70), width = heads * head_size;
  const bool first_only = draw() % 3 == 0;
  const std::vector<std::int32_t> starts = documents(512, !first_only);
  const int64_t count = static_cast<int64_t>(starts.size()) - 1, tokens = starts.back();
  Matrix kv(tokens, 2 * width), q(first_only ? count : tokens, width), out(q.rows, width);
  const fineweb_attention attention = {q.data(), q.stride, kv.data(), kv.data() + width, kv.stride, heads, head_size,
                                       first_only, out.data(), out.stride};
  succeed(fineweb_attend(kernels.table, &attention, starts.data(), count, static_cast<int>(between(1, 3))));
  for (int64_t document = 0; document < count; ++document) {
    const int64_t first = starts[document], end = starts[document + 1];
    if (first == end) continue;
    const int64_t row = first_only ? document : between(first, end - 1), column = between(0, heads - 1) * head_size;
    std::vector<double> shares;
    double largest = -1e300, sum = 0;
    for (int64_t key = first; key < end; ++key) {
      double score = 0;
      for (int64_t i = 0; i < head_size; ++i)
        score += static_cast<double>(q.row(row)[column + i]) * kv.row(key)[column + i];
      shares.push_back(score / std::sqrt(static_cast<double>(head_size)));
      largest = std::max(largest, shares.back());
    }
    for (double& share : shares) sum += share = std::exp(share - largest);
    for (int64_t i = 0; i < head_size; ++i) {
      double expected = 0;
      for (int64_t key = first; key < end; ++key) expected += shares[key - first] / sum * kv.row(key)[width + column + i];
      near(expected, out.row(row)[column + i], 1e-4, "attention");
    }
  }
  return tokens % 32 * 64 + head_size % 64;
}

int64_t check_embeddings(const Kernels& kernels) {
  const int64_t width = size(200), vocabulary = size(100);
  const std::vector<std::int32_t> starts = documents(64, true);
  const Numbers words = numbers(vocabulary * width), positions = numbers(64 * width);
  const Norm norm(width);
  std::vector<std::int32_t> ids;
  for (int i = 0; i < starts.back(); ++i) ids.push_back(static_cast<std::int32_t>(between(0, vocabulary - 1)));
  Matrix hidden(starts.back(), width);
  const fineweb_embeddings embeddings = {words.data(), positions.data(), width, norm.get()};
  const int64_t count = static_cast<int64_t>(starts.size()) - 1;
  succeed(fineweb_embed(kernels.table, &embeddings, ids.data(), starts.data(), count, hidden.data(), hidden.stride, 2));
  for (int64_t document = 0; document < count; ++document)
    for (int64_t token = starts[document]; token < starts[document + 1]; ++token) {
      Numbers row(width);
      for (int64_t i = 0; i < width; ++i)
        row[i] = words[ids[token] * width + i] + positions[(token - starts[document]) * width + i];
      norm.apply(row);
      for (int64_t i = 0; i < width; ++i) near(row[i], hidden.row(token)[i], 2e-3, "an embedding");
    }
  return starts.back() % 64 * 64 + width % 64;
}

int64_t check_layer(const Kernels& kernels) {
  const int64_t width = size(130), wide = size(200);
  const Layer output(kernels.table, width, width), intermediate(kernels.table, wide, width),
      down(kernels.table, width, wide);
  const Norm first(width), second(width);
  const fineweb_layer layer = {output.packed, intermediate.packed, down.packed, first.get(), second.get()};
  Matrix context(draw() % 12 == 0 ? 0 : size(400), width), hidden(context.rows, width);
  Matrix before = hidden;
  succeed(fineweb_after_attention(&layer, context.data(), context.stride, hidden.data(), hidden.stride, context.rows,
                                  static_cast<int>(between(1, 3))));
  for (int64_t row = 0; row < context.rows && width > 2; row += between(1, 40)) {
    Numbers h = output.of(context.row(row));
    for (int64_t i = 0; i < width; ++i) h[i] += before.row(row)[i];
    first.apply(h);
    Numbers middle = intermediate.of(h.data());
    for (float& x : middle) x = static_cast<float>(gelu(x));
    Numbers result = down.of(middle.data());
    for (int64_t i = 0; i < width; ++i) result[i] += h[i];
    second.apply(result);
    // Of few numbers the deviation may be next to nothing, and dividing by it makes any error large.
    for (int64_t i = 0; i < width && width >= 16; ++i)
      near(result[i], hidden.row(row)[i], kernels.tolerance > 0.01 ? 0.5 : 1e-2, "a layer");
  }
  return context.rows % 64 * 64 + width % 64;
}

int64_t check_scores(const Kernels& kernels) {
  const int64_t width = size(200);
  const Layer pooler(kernels.table, width, width), classifier(kernels.table, 1, width);
  Matrix rows(draw() % 12 == 0 ? 0 : size(400), width);
  Numbers scores(rows.rows);
  succeed(fineweb_score(pooler.packed, classifier.packed, rows.data(), rows.stride, rows.rows, scores.data(),
                        static_cast<int>(between(1, 3))));
  for (int64_t row = 0; row < rows.rows; row += between(1, 9)) {
    Numbers pooled = pooler.of(rows.row(row));
    for (float& x : pooled) x = std::tanh(x);
    near(classifier.of(pooled.data(), 0), scores[row], kernels.tolerance, "a score");
  }
  return rows.rows % 64 * 64 + width % 64;
}

constexpr int64_t (*kChecks[])(const Kernels&) = {
    check_linear, check_attention, check_embeddings, check_layer, check_scores};

// Returns what tells the case from others.
std::tuple<std::size_t, std::size_t, int64_t> run(uint64_t seed, const std::vector<Kernels>& all) {
  state = seed;
  const std::size_t chosen = draw() % all.size(), check = draw() % std::size(kChecks);
  return {chosen, check, kChecks[check](all[chosen])};
}

int64_t* progress_of(const char* path) {
  const int file = open(path, O_RDWR);
  void* const memory = file < 0 ? MAP_FAILED : mmap(nullptr, 64 + 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) fail(std::string(path) + ": cannot be mapped");
  return static_cast<int64_t*>(memory);
}

}  // namespace

int main(int count, char** words) {
  using Clock = std::chrono::steady_clock;
  const std::vector<Kernels> all = kernels_of_this_machine();
  if (count == 2) {
    const uint64_t seed = std::strtoull(words[1], nullptr, 10);
    run(seed, all);
    return 0;
  }
  if (count != 5) fail("give PROGRESS SECONDS CASES SEED, or one CASE");
  int64_t* const progress = progress_of(words[1]);
  const auto end = Clock::now() + std::chrono::duration<double>(std::atof(words[2]));
  const int64_t cases = std::atoll(words[3]);
  std::set<std::tuple<std::size_t, std::size_t, int64_t>> seen;
  for (uint64_t seed = std::strtoull(words[4], nullptr, 10) << 32; Clock::now() < end && progress[0] < cases; ++seed) {
    std::memcpy(progress + 8, &seed, 8);
    std::memcpy(progress + 5, "\x08\0\0\0", 4);
    const auto began = Clock::now();
    seen.insert(run(seed, all));
    ++progress[0];
    progress[1] = static_cast<int64_t>(seen.size());
    const int64_t took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began).count();
    if (took > progress[2]) progress[2] = took;
  }
}
