#include "boundary.h"
#include "libtorch_version.h"

using namespace fineweb;

#define UNARY(name) \
  FWT_EXPORT fwt_error fwt_##name(const at::Tensor* self, at::Tensor** result) { \
    return returns(result, [&] { return at::name(*self); }); \
  }

#define UNARY_IN_PLACE(name) \
  FWT_EXPORT fwt_error fwt_##name(at::Tensor* self) { \
    return guarded([&] { at::name(*self); }); \
  }

#define COMPARISON(name) \
  FWT_EXPORT fwt_error fwt_##name(const at::Tensor* self, const at::Tensor* other, at::Tensor** result) { \
    return returns(result, [&] { return at::name(*self, *other); }); \
  } \
  FWT_EXPORT fwt_error fwt_##name##_scalar(const at::Tensor* self, const fwt_scalar* other, at::Tensor** result) { \
    return returns(result, [&] { return at::name(*self, scalar(*other)); }); \
  }

#define BINARY(name) \
  COMPARISON(name) \
  FWT_EXPORT fwt_error fwt_##name##_(at::Tensor* self, const at::Tensor* other) { \
    return guarded([&] { self->name##_(*other); }); \
  } \
  FWT_EXPORT fwt_error fwt_##name##_scalar_(at::Tensor* self, const fwt_scalar* other) { \
    return guarded([&] { self->name##_(scalar(*other)); }); \
  }

#define SUM(name) \
  FWT_EXPORT fwt_error fwt_##name(const at::Tensor* self, const at::Tensor* other, const fwt_scalar* alpha, \
                                  at::Tensor** result) { \
    return returns(result, [&] { return at::name(*self, *other, scalar(*alpha)); }); \
  } \
  FWT_EXPORT fwt_error fwt_##name##_(at::Tensor* self, const at::Tensor* other, const fwt_scalar* alpha) { \
    return guarded([&] { self->name##_(*other, scalar(*alpha)); }); \
  } \
  FWT_EXPORT fwt_error fwt_##name##_scalar(const at::Tensor* self, const fwt_scalar* other, const fwt_scalar* alpha, \
                                           at::Tensor** result) { \
    return returns(result, [&] { return at::name(*self, scalar(*other), scalar(*alpha)); }); \
  } \
  FWT_EXPORT fwt_error fwt_##name##_scalar_(at::Tensor* self, const fwt_scalar* other, const fwt_scalar* alpha) { \
    return guarded([&] { self->name##_(scalar(*other), scalar(*alpha)); }); \
  }

SUM(add)
SUM(sub)
BINARY(mul)
BINARY(div)

COMPARISON(eq)
COMPARISON(ne)
COMPARISON(lt)
COMPARISON(le)
COMPARISON(gt)
COMPARISON(ge)

UNARY(abs)
UNARY(neg)
UNARY(exp)
UNARY(sqrt)
UNARY(erf)
UNARY(tanh)
UNARY(gelu)
UNARY(isfinite)
UNARY(isnan)
UNARY(logical_not)
UNARY(mean)
UNARY(max)
UNARY(min)
UNARY(any)
UNARY(all)
UNARY_IN_PLACE(tanh_)
UNARY_IN_PLACE(gelu_)
UNARY_IN_PLACE(zero_)

FWT_EXPORT fwt_error fwt_clamp(const at::Tensor* self, const fwt_scalar* min, const fwt_scalar* max,
                               at::Tensor** result) {
  return returns(result, [&] {
    optional<at::Scalar> low, high;
    if (min != nullptr) low = scalar(*min);
    if (max != nullptr) high = scalar(*max);
    return at::clamp(*self, low, high);
  });
}

FWT_EXPORT fwt_error fwt_masked_fill(const at::Tensor* self, const at::Tensor* mask, const fwt_scalar* value,
                                     at::Tensor** result) {
  return returns(result, [&] { return self->masked_fill(*mask, scalar(*value)); });
}

FWT_EXPORT fwt_error fwt_masked_fill_(at::Tensor* self, const at::Tensor* mask, const fwt_scalar* value) {
  return guarded([&] { self->masked_fill_(*mask, scalar(*value)); });
}

FWT_EXPORT fwt_error fwt_where(const at::Tensor* condition, const at::Tensor* yes, const at::Tensor* no,
                               at::Tensor** result) {
  return returns(result, [&] { return at::where(*condition, *yes, *no); });
}

// dtype -1: libtorch's choice.
FWT_EXPORT fwt_error fwt_sum(const at::Tensor* self, const int64_t* dims, int32_t count, int32_t keep, int32_t dtype,
                             at::Tensor** result) {
  return returns(result, [&] {
    optional<at::ScalarType> type;
    if (dtype >= 0) type = static_cast<at::ScalarType>(dtype);
    return count == 0 ? at::sum(*self, type) : at::sum(*self, list(dims, count), keep != 0, type);
  });
}

FWT_EXPORT fwt_error fwt_allclose(const at::Tensor* self, const at::Tensor* other, double relative, double absolute,
                                  int32_t equal_nan, int32_t* result) {
  *result = 0;
  return guarded([&] { *result = at::allclose(*self, *other, relative, absolute, equal_nan != 0); });
}
