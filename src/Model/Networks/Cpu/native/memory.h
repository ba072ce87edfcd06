// Memory aligned to cache lines, in pages as large as the system gives: the kernels walk through more of it at a time
// than the processor knows small pages.
#pragma once

#include <memory>
#include <new>

#include "kernel_table.h"

namespace fineweb {

// Not initialised; null where there is no memory or `bytes` is negative.
void* allocate_bytes(Index bytes) noexcept;
void free_bytes(void* memory) noexcept;

struct Free {
  void operator()(void* memory) const noexcept { free_bytes(memory); }
};

template <typename Number>
using Buffer = std::unique_ptr<Number[], Free>;

template <typename Number>
Buffer<Number> allocate(Index count) {
  void* const memory = allocate_bytes(count * static_cast<Index>(sizeof(Number)));
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
