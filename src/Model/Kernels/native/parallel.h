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
