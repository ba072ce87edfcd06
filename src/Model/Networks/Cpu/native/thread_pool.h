// Work in pieces on threads that are kept for the next call. They spin for a moment when they run out of work, so that
// a region that follows soon costs no wake-up, and then sleep: an idle pool takes no time from anybody.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include "kernel_table.h"

namespace fineweb {

class ThreadPool {
 public:
  ThreadPool() = default;
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  // No call may be running.
  ~ThreadPool();

  // The process's own. It is never destroyed: at exit its threads may still be computing for somebody.
  static ThreadPool& shared();

  // action(piece, thread) once for each piece, in any order, on the caller and up to threads - 1 others; threads are
  // numbered from 0, the caller, and no two of them with one number run at a time. Several callers at once share the
  // workers, and a piece may call run itself: a caller waits for nothing but pieces that have been begun.
  // Of exceptions that pieces throw, one is thrown here, after which no further piece begins.
  template <typename Action>
  void run(Index pieces, int threads, Action&& action) {
    if (threads <= 1 || pieces <= 1) {
      for (Index piece = 0; piece < pieces; ++piece) action(piece, 0);
      return;
    }
    using Held = std::remove_reference_t<Action>;
    const auto call = [](void* held, Index piece, int thread) { (*static_cast<Held*>(held))(piece, thread); };
    Region region = {call, const_cast<void*>(static_cast<const void*>(&action)), pieces,
                     static_cast<int>(std::min<Index>(threads, pieces))};
    run(region);
  }

  // Those that have been started so far.
  int workers() const;

 private:
  // One call of run; it lives on the caller's stack.
  struct Region {
    void (*call)(void* action, Index piece, int thread);
    void* action;
    Index pieces;
    int seats;                   // threads that may take part; one is the caller's
    int taken = 1;               // guarded by mutex_
    std::exception_ptr error{};  // guarded by mutex_
    std::atomic<int> helpers{0};
    std::atomic<Index> next{0};
  };

  void run(Region& region);
  void work(Region& region, int thread);
  void open(Region& region);
  void close(Region& region);
  void start_workers(int needed);
  void help();
  // Both with mutex_ held.
  Region* next_region();
  void forget(Region& region);

  mutable std::mutex mutex_;
  std::condition_variable opened_, left_;
  std::vector<Region*> regions_;       // those with free seats
  std::vector<std::thread> workers_;
  std::atomic<unsigned> openings_{0};  // counts regions, for those who spin
  bool stopping_ = false;
};

// On the process's own pool.
template <typename Action>
void in_parallel(Index pieces, int threads, Action&& action) {
  ThreadPool::shared().run(pieces, threads, std::forward<Action>(action));
}

// Cuts rows into blocks of whole tiles, at most kBlockRows: as many for each thread, and of even sizes.
struct RowBlocks {
  Index all, tile_rows, tiles, count;

  RowBlocks(Index rows, Index tile_rows, Index threads) : all(rows), tile_rows(tile_rows) {
    tiles = (rows + tile_rows - 1) / tile_rows;
    const Index most = kBlockRows / tile_rows, fewest = (tiles + most - 1) / most;
    count = std::min(tiles, (fewest + threads - 1) / threads * threads);
  }

  Index first(Index block) const { return tiles * block / count * tile_rows; }
  Index rows(Index block) const { return std::min(first(block + 1), all) - first(block); }
};

}  // namespace fineweb
