#include "memory.h"

#include <cstdlib>

#ifdef _WIN32
#include <malloc.h>
#elif defined(__linux__)
#include <sys/mman.h>
#endif

namespace fineweb {

namespace {

void* allocate_aligned(std::size_t size, std::size_t alignment) noexcept {
#ifdef _WIN32
  return _aligned_malloc(size, alignment);
#else
  void* memory = nullptr;
  return posix_memalign(&memory, alignment, size) == 0 ? memory : nullptr;
#endif
}

}  // namespace

void* allocate_bytes(Index bytes) noexcept {
  constexpr std::size_t kLine = 64, kHugePage = std::size_t{2} << 20;
  if (bytes < 0) return nullptr;
  const std::size_t size = static_cast<std::size_t>(bytes);
  void* const memory = allocate_aligned(size > 0 ? size : 1, size < kHugePage ? kLine : kHugePage);
#ifdef MADV_HUGEPAGE
  // Whole pages alone, lest the last one cost more memory than asked for. A refusal costs nothing but speed.
  if (memory != nullptr && size >= kHugePage) madvise(memory, size / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
  return memory;
}

void free_bytes(void* memory) noexcept {
#ifdef _WIN32
  _aligned_free(memory);
#else
  std::free(memory);
#endif
}

Scratch::Scratch(Index each, int threads) : each_((each + 127) / 64 * 64) {
  static thread_local Buffer<char> kept;
  static thread_local Index size = 0;
  const Index needed = each_ * threads;
  if (size < needed) {
    kept.reset();
    size = 0;
    kept = allocate<char>(needed);
    size = needed;
  }
  memory_ = kept.get();
}

}  // namespace fineweb
