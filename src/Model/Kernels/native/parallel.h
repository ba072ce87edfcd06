// Work in pieces on OpenMP's threads, the pool that libtorch uses too: a second one beside it would fight for cores.
#pragma once

#include <omp.h>

#include <algorithm>

#include "kernel_table.h"

namespace fineweb {

// Each piece once, in any order, by whichever thread is free; `action` must not throw.
template <typename Action>
void in_parallel(Index pieces, int threads, Action&& action) {
  if (threads <= 1 || pieces <= 1) {
    for (Index piece = 0; piece < pieces; ++piece) action(piece, 0);
    return;
  }
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (Index piece = 0; piece < pieces; ++piece) action(piece, omp_get_thread_num());
}

// Cuts rows into blocks of whole tiles, at most kBlockRows, as many for each thread.
struct RowBlocks {
  Index all, size, count;

  RowBlocks(Index rows, Index tile_rows, int threads) : all(rows) {
    const Index fewest = (rows + kBlockRows - 1) / kBlockRows;
    const Index even = (fewest + threads - 1) / threads * threads;
    size = std::max<Index>(1, (rows + even - 1) / std::max<Index>(even, 1));
    size = std::min(kBlockRows, (size + tile_rows - 1) / tile_rows * tile_rows);
    count = (rows + size - 1) / size;
  }

  Index first(Index block) const { return block * size; }
  Index rows(Index block) const { return std::min(size, all - block * size); }
};

}  // namespace fineweb
