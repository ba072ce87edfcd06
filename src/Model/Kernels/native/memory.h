// Memory aligned to cache lines.
#pragma once

#include <cstdlib>
#include <memory>
#include <new>

#include "kernel_table.h"

namespace fineweb {

struct Free {
  void operator()(void* memory) const noexcept { std::free(memory); }
};

template <typename Number>
using Buffer = std::unique_ptr<Number[], Free>;

// Not initialised.
template <typename Number>
Buffer<Number> allocate(Index count) {
  constexpr std::size_t kLine = 64;
  const std::size_t bytes = (static_cast<std::size_t>(count) * sizeof(Number) + kLine) / kLine * kLine;
  void* const memory = std::aligned_alloc(kLine, bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return Buffer<Number>(static_cast<Number*>(memory));
}

// Scratch of the calling thread, kept for its next call: `each` bytes for each of its `threads` helpers.
class Scratch {
 public:
  Scratch(Index each, int threads);
  void* of(int thread) const { return memory_ + thread * each_; }

 private:
  Index each_;
  char* memory_;
};

}  // namespace fineweb
