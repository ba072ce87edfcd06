// What CUDA's headers define and kernels.cu uses, so that clang compiles it to PTX where no CUDA is installed.
#pragma once

#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define __forceinline__ inline __attribute__((always_inline))

struct ThreadIndex {
  struct X {
    __device__ operator unsigned() const { return __nvvm_read_ptx_sreg_tid_x(); }
  } x;
};

struct BlockIndex {
  struct X {
    __device__ operator unsigned() const { return __nvvm_read_ptx_sreg_ctaid_x(); }
  } x;
};

#define threadIdx (ThreadIndex{})
#define blockIdx (BlockIndex{})

__device__ inline float sqrtf(float value) { return __builtin_sqrtf(value); }
__device__ inline unsigned __float_as_uint(float value) { return __builtin_bit_cast(unsigned, value); }
__device__ inline float __uint_as_float(unsigned bits) { return __builtin_bit_cast(float, bits); }
