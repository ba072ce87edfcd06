// The functions of kernels.cu, wherever they run.
#pragma once

#include <ATen/ATen.h>

#include <string>

namespace fineweb {

class Kernels {
 public:
  static constexpr int kThreads = 128;
  static constexpr int kLongestRow = 1024;

  virtual ~Kernels() = default;

  // Where the tensors have to be.
  virtual at::Device place() const = 0;

  // Runs a function once a row; `arguments` points to each of its arguments. May return before it has run.
  virtual void launch(const std::string& function, unsigned rows, void** arguments) = 0;
};

}  // namespace fineweb
