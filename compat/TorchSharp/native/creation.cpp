#include "boundary.h"

#include <memory>

using namespace fineweb;

namespace {

// The factories of ATen pass over requires_grad.
template <typename Factory>
fwt_error creates(const fwt_options& how, at::Tensor** result, Factory&& factory) {
  return returns(result, [&] {
    at::Tensor tensor = factory(options(how));
    return how.requires_grad != 0 ? tensor.set_requires_grad(true) : tensor;
  });
}

}  // namespace

FWT_EXPORT fwt_error fwt_empty(const int64_t* sizes, int32_t count, fwt_options how, at::Tensor** result) {
  return creates(how, result, [&](const auto& o) { return at::empty(list(sizes, count), o); });
}

FWT_EXPORT fwt_error fwt_zeros(const int64_t* sizes, int32_t count, fwt_options how, at::Tensor** result) {
  return creates(how, result, [&](const auto& o) { return at::zeros(list(sizes, count), o); });
}

FWT_EXPORT fwt_error fwt_ones(const int64_t* sizes, int32_t count, fwt_options how, at::Tensor** result) {
  return creates(how, result, [&](const auto& o) { return at::ones(list(sizes, count), o); });
}

FWT_EXPORT fwt_error fwt_full(const int64_t* sizes, int32_t count, const fwt_scalar* value, fwt_options how,
                              at::Tensor** result) {
  return creates(how, result, [&](const auto& o) { return at::full(list(sizes, count), scalar(*value), o); });
}

FWT_EXPORT fwt_error fwt_arange(const fwt_scalar* start, const fwt_scalar* stop, const fwt_scalar* step,
                                fwt_options how, at::Tensor** result) {
  return creates(how, result,
                 [&](const auto& o) { return at::arange(scalar(*start), scalar(*stop), scalar(*step), o); });
}

FWT_EXPORT fwt_error fwt_empty_like(const at::Tensor* self, fwt_options how, at::Tensor** result) {
  return creates(how, result, [&](const auto& o) { return at::empty_like(*self, o); });
}

FWT_EXPORT fwt_error fwt_zeros_like(const at::Tensor* self, fwt_options how, at::Tensor** result) {
  return creates(how, result, [&](const auto& o) { return at::zeros_like(*self, o); });
}

// A CPU tensor on memory of the caller's, which stays the caller's until `release(context)` is called: once, on any
// thread, when the last tensor on that memory dies, or before this function returns an error.
FWT_EXPORT fwt_error fwt_from_blob(void* data, const int64_t* sizes, int32_t count, int32_t dtype, void* context,
                                   void (*release)(void*), at::Tensor** result) {
  return returns(result, [&] {
    std::shared_ptr<void> owner(context, release);
    return at::from_blob(data, list(sizes, count), [owner](void*) mutable { owner.reset(); },
                         at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)));
  });
}
