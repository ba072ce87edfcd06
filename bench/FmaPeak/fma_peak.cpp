// fma-peak THREADS [SECONDS]: the rate of independent multiply-adds in registers, the most that a processor can do.
// Prints one JSON line, GFLOP/s for each instruction set that the processor has: {"avx2": 178.1, "avx512": 180.3}.
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRepeats = 4096;

// A latency of 4 to 5 cycles and two units ask for 8 to 10 sums in flight; each loop has as many as fit beside its
// two operands. The empty asm hides from the compiler that the sums are equal, and what the operands are.

__attribute__((target("avx2,fma"))) double avx2() {
  constexpr int sums = 12;
  __m256 a = _mm256_set1_ps(1.0f), b = _mm256_set1_ps(1e-9f), sum[sums];
#pragma GCC unroll 12
  for (int i = 0; i < sums; i++) {
    sum[i] = _mm256_setzero_ps();
    asm volatile("" : "+x"(sum[i]));
  }
  for (int repeat = 0; repeat < kRepeats; repeat++) {
    asm volatile("" : "+x"(a), "+x"(b));
#pragma GCC unroll 12
    for (int i = 0; i < sums; i++) sum[i] = _mm256_fmadd_ps(a, b, sum[i]);
  }
#pragma GCC unroll 12
  for (int i = 0; i < sums; i++) asm volatile("" : : "x"(sum[i]));
  return 2.0 * 8 * sums * kRepeats;
}

__attribute__((target("avx512f"))) double avx512() {
  constexpr int sums = 24;
  __m512 a = _mm512_set1_ps(1.0f), b = _mm512_set1_ps(1e-9f), sum[sums];
#pragma GCC unroll 24
  for (int i = 0; i < sums; i++) {
    sum[i] = _mm512_setzero_ps();
    asm volatile("" : "+v"(sum[i]));
  }
  for (int repeat = 0; repeat < kRepeats; repeat++) {
    asm volatile("" : "+v"(a), "+v"(b));
#pragma GCC unroll 24
    for (int i = 0; i < sums; i++) sum[i] = _mm512_fmadd_ps(a, b, sum[i]);
  }
#pragma GCC unroll 24
  for (int i = 0; i < sums; i++) asm volatile("" : : "v"(sum[i]));
  return 2.0 * 16 * sums * kRepeats;
}

__attribute__((target("avx512f,avx512bf16"))) double avx512_bf16() {
  constexpr int sums = 24;
  __m512i a = _mm512_setzero_si512(), b = _mm512_setzero_si512();
  __m512 sum[sums];
#pragma GCC unroll 24
  for (int i = 0; i < sums; i++) {
    sum[i] = _mm512_setzero_ps();
    asm volatile("" : "+v"(sum[i]));
  }
  for (int repeat = 0; repeat < kRepeats; repeat++) {
    asm volatile("" : "+v"(a), "+v"(b));
#pragma GCC unroll 24
    for (int i = 0; i < sums; i++) sum[i] = _mm512_dpbf16_ps(sum[i], (__m512bh)a, (__m512bh)b);
  }
#pragma GCC unroll 24
  for (int i = 0; i < sums; i++) asm volatile("" : : "v"(sum[i]));
  return 2.0 * 32 * sums * kRepeats;
}

// Intel SDM, volume 1, chapter 18: palette 1, rows of 64 bytes, 16 rows a tile; four sums of 16 x 16.
struct alignas(64) TileConfig {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

__attribute__((target("amx-tile,amx-bf16"))) double amx_bf16() {
  constexpr int tiles = 4;
  const TileConfig config;
  _tile_loadconfig(&config);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_zero(4);
  _tile_zero(5);
  _tile_zero(6);
  _tile_zero(7);
  for (int repeat = 0; repeat < kRepeats; repeat++) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
  return 2.0 * 16 * 16 * 32 * tiles * kRepeats;
}

// Linux lends the tiles only to processes that ask (arch_prctl ARCH_REQ_XCOMP_PERM, feature 18).
bool may_use_tiles() { return syscall(SYS_arch_prctl, 0x1023, 18) == 0; }

// From /proc/cpuinfo: the compiler's own check knows nothing of AMX.
bool has(const char* flag) {
  static const std::vector<char> text = [] {
    std::vector<char> read(1 << 16, ' ');
    if (FILE* file = std::fopen("/proc/cpuinfo", "r")) {
      read.resize(std::fread(read.data(), 1, read.size() - 2, file));
      std::fclose(file);
    }
    read.push_back('\0');
    return read;
  }();
  const size_t length = std::strlen(flag);
  for (const char* at = text.data(); (at = std::strstr(at, flag)) != nullptr; at += length)
    if (at[-1] == ' ' && (at[length] == ' ' || at[length] == '\n')) return true;
  return false;
}

// GFLOP/s of all threads together: each counts what it has done until the time is over.
double rate(double (*loop)(), int threads, double seconds) {
  std::atomic<int> ready{0};
  std::vector<double> rates(threads);
  std::vector<std::thread> crew;
  for (int i = 0; i < threads; i++)
    crew.emplace_back([&, i] {
      loop();
      for (ready++; ready < threads;) std::this_thread::yield();
      const auto start = Clock::now();
      double flop = 0, elapsed = 0;
      while (elapsed < seconds) {
        flop += loop();
        elapsed = std::chrono::duration<double>(Clock::now() - start).count();
      }
      rates[i] = flop / elapsed;
    });
  double sum = 0;
  for (int i = 0; i < threads; i++) {
    crew[i].join();
    sum += rates[i];
  }
  return sum / 1e9;
}

}  // namespace

int main(int count, char** arguments) {
  const int threads = count > 1 ? std::atoi(arguments[1]) : 0;
  const double seconds = count > 2 ? std::atof(arguments[2]) : 0.3;
  if (threads < 1 || seconds <= 0) {
    std::fprintf(stderr, "usage: fma-peak THREADS [SECONDS]\n");
    return 2;
  }
  const char* comma = "";
  auto report = [&](const char* name, bool present, double (*loop)()) {
    if (!present) return;
    std::printf("%s\"%s\": %.1f", comma, name, rate(loop, threads, seconds));
    comma = ", ";
  };
  std::printf("{");
  report("avx2", has("avx2") && has("fma"), avx2);
  report("avx512", has("avx512f"), avx512);
  report("avx512_bf16", has("avx512_bf16"), avx512_bf16);
  report("amx_bf16", has("amx_bf16") && may_use_tiles(), amx_bf16);
  std::printf("}\n");
  return 0;
}
