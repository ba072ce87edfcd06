#include "thread_pool.h"

#include <chrono>
#include <system_error>

namespace fineweb {

namespace {

using Clock = std::chrono::steady_clock;

// Longer than from one operator of a network to the next, shorter than what a neighbour on the core would notice.
constexpr std::chrono::microseconds kSpin{50};

inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Whether the condition came true within kSpin.
template <typename Condition>
bool spin_until(Condition&& condition) {
  if (condition()) return true;
  const Clock::time_point end = Clock::now() + kSpin;
  do {
    for (int i = 0; i < 16; ++i) {
      pause();
      if (condition()) return true;
    }
  } while (Clock::now() < end);
  return false;
}

}  // namespace

ThreadPool& ThreadPool::shared() {
  static ThreadPool* const pool = new ThreadPool;
  return *pool;
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    openings_.fetch_add(1, std::memory_order_relaxed);
  }
  opened_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

int ThreadPool::workers() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return static_cast<int>(workers_.size());
}

void ThreadPool::run(Region& region) {
  open(region);
  work(region, 0);
  close(region);
  if (region.error != nullptr) std::rethrow_exception(region.error);
}

void ThreadPool::work(Region& region, int thread) {
  try {
    Index piece;
    while ((piece = region.next.fetch_add(1, std::memory_order_relaxed)) < region.pieces)
      region.call(region.action, piece, thread);
  } catch (...) {
    region.next.store(region.pieces, std::memory_order_relaxed);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (region.error == nullptr) region.error = std::current_exception();
  }
}

void ThreadPool::open(Region& region) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    start_workers(region.seats - 1);
    regions_.push_back(&region);
    openings_.fetch_add(1, std::memory_order_relaxed);
  }
  for (int helper = 1; helper < region.seats; ++helper) opened_.notify_one();
}

// After this nobody else touches the region: helpers leave it with the mutex held, before which they are counted.
void ThreadPool::close(Region& region) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    forget(region);
  }
  const auto left = [&region] { return region.helpers.load(std::memory_order_acquire) == 0; };
  if (spin_until(left)) return;
  std::unique_lock<std::mutex> lock(mutex_);
  left_.wait(lock, left);
}

// Where the system gives no more threads, those there are do the work.
void ThreadPool::start_workers(int needed) {
  try {
    while (static_cast<int>(workers_.size()) < needed) workers_.emplace_back([this] { help(); });
  } catch (const std::system_error&) {
  }
}

void ThreadPool::help() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    if (Region* const region = next_region()) {
      const int thread = region->taken++;
      if (region->taken == region->seats) forget(*region);
      region->helpers.fetch_add(1, std::memory_order_relaxed);
      lock.unlock();
      work(*region, thread);
      lock.lock();
      if (region->helpers.fetch_sub(1, std::memory_order_release) == 1) left_.notify_all();
      continue;
    }
    const unsigned seen = openings_.load(std::memory_order_relaxed);
    lock.unlock();
    const bool came = spin_until([&] { return openings_.load(std::memory_order_relaxed) != seen; });
    lock.lock();
    if (!came) opened_.wait(lock, [&] { return openings_.load(std::memory_order_relaxed) != seen; });
  }
}

// The oldest that has work left.
ThreadPool::Region* ThreadPool::next_region() {
  for (Region* const region : regions_)
    if (region->next.load(std::memory_order_relaxed) < region->pieces) return region;
  return nullptr;
}

void ThreadPool::forget(Region& region) {
  const auto found = std::find(regions_.begin(), regions_.end(), &region);
  if (found != regions_.end()) regions_.erase(found);
}

}  // namespace fineweb
