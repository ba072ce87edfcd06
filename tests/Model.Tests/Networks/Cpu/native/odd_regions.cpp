// Puts a thread pool through what callers may do to it: regions of any size, exceptions, callers inside and beside one
// another, more threads than work. Run under the sanitizers of threads, addresses and undefined behaviour.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#ifdef __linux__
#include <unistd.h>
#endif

#include "thread_pool.h"

namespace {

using fineweb::Index;
using fineweb::ThreadPool;

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

// 1 + 2 + … + pieces, each piece adding its part.
Index sum(ThreadPool& pool, Index pieces, int threads) {
  std::atomic<Index> total{0};
  pool.run(pieces, threads, [&](Index piece, int) { total += piece + 1; });
  return total;
}

Index expected(Index pieces) { return pieces * (pieces + 1) / 2; }

void each_piece_runs_once() {
  ThreadPool pool;
  for (const int threads : {-1, 0, 1, 2, 3, 9})
    for (const Index pieces : {0, 1, 2, 3, 8, 500}) {
      std::vector<int> runs(static_cast<std::size_t>(pieces));
      pool.run(pieces, threads, [&](Index piece, int) { ++runs[static_cast<std::size_t>(piece)]; });
      for (const int count : runs) require(count == 1, "a piece did not run once");
    }
}

// What the kernels rely on: scratch that goes by the thread's number needs no lock.
void one_number_is_one_thread() {
  ThreadPool pool;
  sum(pool, 100, 8);  // more threads than the regions below let in
  for (int round = 0; round < 200; ++round) {
    constexpr int kThreads = 3;
    std::vector<Index> counts(kThreads);
    pool.run(50, kThreads, [&](Index, int thread) {
      require(thread >= 0 && thread < kThreads, "a thread has a number beyond the last");
      ++counts[static_cast<std::size_t>(thread)];
      std::this_thread::yield();  // long enough for others to come
    });
    require(std::accumulate(counts.begin(), counts.end(), Index{0}) == 50, "two threads had one number");
  }
}

// As many threads as pieces, each of which waits for the others.
class Meeting {
 public:
  explicit Meeting(int threads) : threads_(threads) {}
  void wait() {
    ++there_;
    while (there_ < threads_) std::this_thread::yield();
  }

 private:
  int threads_;
  std::atomic<int> there_{0};
};

void all_threads_take_part_and_are_waited_for() {
  ThreadPool pool;
  for (int round = 0; round < 50; ++round) {
    Meeting meeting(3);
    std::vector<int> written(2000);
    pool.run(3, 3, [&](Index, int thread) {
      meeting.wait();
      if (thread == 2)
        for (int& one : written) one = round;
    });
    for (const int one : written) require(one == round, "a caller left before its helper");
  }
}

void an_exception_reaches_the_caller() {
  ThreadPool pool;
  for (const int threads : {1, 2, 5})
    for (const Index bad : {0, 1, 40}) {
      std::string caught;
      try {
        pool.run(41, threads, [&](Index piece, int) {
          if (piece >= bad) throw std::runtime_error("thrown on purpose");
        });
      } catch (const std::runtime_error& error) {
        caught = error.what();
      }
      require(caught == "thrown on purpose", "an exception got lost");
      require(sum(pool, 100, threads) == expected(100), "the pool does not work after an exception");
    }
}

void after_an_exception_no_piece_begins() {
  ThreadPool pool;
  Index begun = 0;
  try {
    pool.run(100, 1, [&](Index, int) { ++begun; throw 1; });
  } catch (int) {
  }
  require(begun == 1, "pieces ran on after an exception");
  Meeting meeting(3);
  try {
    // Would take hours if it went on.
    pool.run(Index{1} << 40, 3, [&](Index piece, int) {
      if (piece < 3) meeting.wait();
      if (piece == 0) throw 1;
    });
  } catch (int) {
  }
}

void callers_inside_one_another() {
  ThreadPool pool;
  std::atomic<Index> total{0};
  pool.run(20, 4, [&](Index, int) { total += sum(pool, 30, 4); });
  require(total == 20 * expected(30), "a region inside a region lost a piece");
}

void callers_beside_one_another() {
  ThreadPool pool;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&pool, caller] {
      for (int round = 0; round < 200; ++round)
        require(sum(pool, 1 + round % 17, 2 + caller) == expected(1 + round % 17), "a caller beside lost a piece");
    });
  for (std::thread& caller : callers) caller.join();
}

void threads_are_as_many_as_work_needs() {
  ThreadPool pool;
  require(sum(pool, 1, 8) == 1 && pool.workers() == 0, "a single piece started a thread");
  require(sum(pool, 2, 64) == 3 && pool.workers() == 1, "two pieces did not start one thread");
  require(sum(pool, 100, 4) == expected(100) && pool.workers() == 3, "the pool did not grow");
  require(sum(pool, 100, 2) == expected(100) && pool.workers() == 3, "the pool did not keep its threads");
}

void an_end_waits_for_nothing() {
  for (int round = 0; round < 50; ++round) {
    ThreadPool pool;  // its threads may be starting, spinning or asleep when it ends
    if (round % 3 > 0) require(sum(pool, 10, round % 3 + 1) == expected(10), "a short-lived pool lost a piece");
  }
}

#ifdef __linux__
// Whether a thread of this process waits in the system: state S in proc(5).
bool sleeps(const std::filesystem::path& task) {
  std::ifstream stat(task / "stat");
  std::string line;
  std::getline(stat, line);
  const auto name_end = line.rfind(')');
  return name_end != std::string::npos && line.compare(name_end, 3, ") S") == 0;
}

template <typename Condition>
void wait_for(Condition&& condition, const char* otherwise) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) require(std::chrono::steady_clock::now() < end, otherwise);
}

const std::filesystem::path kTasks = "/proc/self/task";

void idle_threads_sleep() {
  ThreadPool pool;
  require(sum(pool, 100, 4) == expected(100), "a piece got lost");
  const std::string main_thread = std::to_string(getpid());
  for (const auto& task : std::filesystem::directory_iterator(kTasks))
    if (task.path().filename() != main_thread)
      wait_for([&] { return sleeps(task.path()); }, "an idle pool keeps the processor busy");
  require(sum(pool, 100, 4) == expected(100), "a pool that slept lost a piece");
}

void a_caller_that_waits_long_sleeps_and_is_woken() {
  ThreadPool pool;
  Meeting meeting(2);
  pool.run(2, 2, [&](Index, int thread) {
    meeting.wait();
    if (thread == 1)
      wait_for([] { return sleeps(kTasks / std::to_string(getpid())); }, "a waiting caller keeps the processor busy");
  });
}
#endif

}  // namespace

int main() {
  each_piece_runs_once();
  one_number_is_one_thread();
  all_threads_take_part_and_are_waited_for();
  an_exception_reaches_the_caller();
  after_an_exception_no_piece_begins();
  callers_inside_one_another();
  callers_beside_one_another();
  threads_are_as_many_as_work_needs();
  an_end_waits_for_nothing();
#ifdef __linux__
  idle_threads_sleep();
  a_caller_that_waits_long_sleeps_and_is_woken();
#endif
  std::printf("the pool keeps its promises\n");
}
