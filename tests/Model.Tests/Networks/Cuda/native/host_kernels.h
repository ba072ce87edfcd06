// kernels.cu on the CPU: the threads of a block take turns, each until the next barrier.
#pragma once

#include <ucontext.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace {

struct Index {
  unsigned x;
};

Index threadIdx{};
Index blockIdx{};
ucontext_t scheduler;
ucontext_t* running = nullptr;

// Lets the other threads of the block come as far.
void __syncthreads() {
  const auto thread = threadIdx, block = blockIdx;
  swapcontext(running, &scheduler);
  threadIdx = thread;
  blockIdx = block;
}

template <typename To, typename From>
To bits_as(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

uint16_t fp16_of(float value) { return bits_as<uint16_t>(static_cast<_Float16>(value)); }
float float_of_fp16(uint16_t bits) { return static_cast<float>(bits_as<_Float16>(bits)); }
unsigned bits_of(float value) { return bits_as<unsigned>(value); }
float float_of_bits(unsigned bits) { return bits_as<float>(bits); }

#define FINEWEB_HOST
#define FINEWEB_KERNEL
#define FINEWEB_DEVICE inline
#define __shared__ static
#include "kernels.cu"

template <typename... Arguments, size_t... index>
void call(void (*function)(Arguments...), void** values, std::index_sequence<index...>) {
  function(*static_cast<Arguments*>(values[index])...);
}

// Takes the arguments through pointers to each, as cuLaunchKernel does.
template <typename... Arguments>
std::function<void(void**)> boxed(void (*function)(Arguments...)) {
  return [function](void** values) { call(function, values, std::index_sequence_for<Arguments...>{}); };
}

class HostKernels {
 public:
  // Whether there is such a function.
  bool launch(const std::string& function, unsigned rows, void** arguments) {
    const std::lock_guard<std::mutex> one_at_a_time(mutex_);
    const auto body = functions_.find(function);
    if (body == functions_.end()) return false;
    work_ = [&] {
      for (unsigned row = 0; row < rows; ++row) {
        blockIdx.x = row;
        body->second(arguments);
      }
    };
    std::vector<Fiber> fibers(kThreads);
    for (auto& fiber : fibers) fiber.start();
    // All of them meet the same barriers, so all are done in the same round.
    while (!fibers.back().done) {
      for (unsigned thread = 0; thread < kThreads; ++thread) {
        threadIdx.x = thread;
        fibers[thread].resume();
      }
    }
    return true;
  }

 private:
  struct Fiber {
    static constexpr size_t kStack = 64 << 10;

    void start() {
      getcontext(&context);
      context.uc_stack.ss_sp = stack.get();
      context.uc_stack.ss_size = kStack;
      context.uc_link = &scheduler;
      makecontext(&context, [] { work_(); current_->done = true; }, 0);
    }

    void resume() {
      if (done) return;
      current_ = this;
      running = &context;
      swapcontext(&scheduler, &context);
    }

    ucontext_t context;
    std::unique_ptr<char[]> stack{new char[kStack]};
    bool done = false;
  };

  // The blocks of all launches share the same "shared" memory.
  static inline std::mutex mutex_;
  static inline std::function<void()> work_;
  static inline Fiber* current_ = nullptr;
  const std::map<std::string, std::function<void(void**)>> functions_{
      {"add_normalize_fp32", boxed(&add_normalize_fp32)}, {"add_normalize_fp16", boxed(&add_normalize_fp16)},
      {"add_normalize_bf16", boxed(&add_normalize_bf16)}, {"embed_fp32", boxed(&embed_fp32)},
      {"embed_fp16", boxed(&embed_fp16)},                 {"embed_bf16", boxed(&embed_bf16)}};
};

HostKernels kernels;

}  // namespace
