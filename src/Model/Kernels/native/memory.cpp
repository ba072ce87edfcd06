#include "memory.h"

#include "guard.h"

namespace fineweb {

char no_memory_for_message[] = "out of memory";

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

FWK_EXPORT void fwk_error_free(fwk_error error) {
  if (error != fineweb::no_memory_for_message) std::free(error);
}
