// All that differs between the versions of libtorch this library builds against (1.13 to 2.x).
#pragma once

#include <ATen/ATen.h>
#include <torch/version.h>

#include <cmath>
#include <limits>
#include <optional>
#include <type_traits>

#define FWT_TORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

namespace fineweb {

#if FWT_TORCH_AT_LEAST(2, 5)
template <typename Value>
using optional = std::optional<Value>;
#else
template <typename Value>
using optional = c10::optional<Value>;
#endif

#if FWT_TORCH_AT_LEAST(2, 0)
inline at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                            const optional<at::Tensor>& mask, double dropout, bool causal) {
  return at::scaled_dot_product_attention(query, key, value, mask, dropout, causal);
}
#else
// 1.13 has the operator only under a private name, with another meaning of boolean masks: composed as 2.x defines it.
inline at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                            const optional<at::Tensor>& mask, double dropout, bool causal) {
  const double scale = 1.0 / std::sqrt(static_cast<double>(query.size(-1)));
  auto scores = at::matmul(query.mul(scale), key.transpose(-2, -1));
  const double minus_infinity = -std::numeric_limits<double>::infinity();
  if (causal) {
    TORCH_CHECK(!mask.has_value(), "attention is either causal or masked, not both");
    const auto keep = at::ones({query.size(-2), key.size(-2)}, query.options().dtype(at::kBool)).tril();
    scores = scores.masked_fill(keep.logical_not(), minus_infinity);
  } else if (mask.has_value()) {
    scores = mask->scalar_type() == at::kBool ? scores.masked_fill(mask->logical_not(), minus_infinity)
                                              : scores + *mask;
  }
  return at::matmul(at::dropout(scores.softmax(-1), dropout, dropout > 0.0), value);
}
#endif

// A boolean up to 2.8; from then on an enumeration whose first value is the permission.
template <typename Answer>
bool permitted(Answer answer) {
  if constexpr (std::is_same_v<Answer, bool>) {
    return answer;
  } else {
    return static_cast<int>(answer) == 0;
  }
}

// The CUDA hooks wait for a whole device; a libtorch that moved this to the device guard is served by the fallback.
template <typename Hooks>
auto synchronize(const Hooks& hooks, const c10::impl::DeviceGuardImplInterface&, c10::DeviceIndex index, int)
    -> decltype(hooks.deviceSynchronize(index)) {
  return hooks.deviceSynchronize(index);
}

template <typename Hooks, typename Guard>
auto synchronize(const Hooks&, const Guard& guard, c10::DeviceIndex index, ...)
    -> decltype(guard.synchronizeDevice(index)) {
  return guard.synchronizeDevice(index);
}

}  // namespace fineweb
