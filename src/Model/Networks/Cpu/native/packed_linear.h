// A linear layer in memory: its weights in panels of output columns, each input by input, as the tiles read them.
#pragma once

#include "api.h"
#include "memory.h"

struct fineweb_linear {
  fineweb_kernels& kernels;
  const fineweb::Index outputs, inputs;
  fineweb::Buffer<float> weights;  // [panels, units, panel columns]
  fineweb::Buffer<float> bias;     // [panels · panel columns]

  fineweb_linear(fineweb_kernels& kernels, fineweb::Index outputs, fineweb::Index inputs);

  fineweb::Index panels() const { return (outputs + kernels.panel_columns - 1) / kernels.panel_columns; }
  // A unit is one input, or a pair of them in bf16.
  fineweb::Index units() const { return kernels.bf16 ? (inputs + 1) / 2 : inputs; }

  // All columns of a block of rows; scratch for kernels.linear_scratch bytes.
  void run(const float* x, fineweb::Index x_stride, fineweb::Index rows, bool gelu, const float* residual,
           fineweb::Index residual_stride, float* y, fineweb::Index y_stride, void* scratch) const;
};
