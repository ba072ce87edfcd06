#include "memory.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

#include "guard.h"

namespace fineweb {

char no_memory_for_message[] = "out of memory";

void* allocate_bytes(Index bytes) {
  constexpr std::size_t kLine = 64, kHugePage = std::size_t{2} << 20;
  const std::size_t size = static_cast<std::size_t>(bytes), alignment = size < kHugePage ? kLine : kHugePage;
  void* memory = nullptr;
  if (posix_memalign(&memory, alignment, size > 0 ? size : 1) != 0) return nullptr;
#ifdef MADV_HUGEPAGE
  // Whole pages alone, lest the last one cost more memory than asked for. A refusal costs nothing but speed.
  if (size >= kHugePage) madvise(memory, size / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
  return memory;
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

FWK_EXPORT void* fwk_memory_allocate(std::int64_t bytes) {
  return bytes < 0 ? nullptr : fineweb::allocate_bytes(bytes);
}

FWK_EXPORT void fwk_memory_free(void* memory) { std::free(memory); }

FWK_EXPORT void fwk_error_free(fwk_error error) {
  if (error != fineweb::no_memory_for_message) std::free(error);
}
