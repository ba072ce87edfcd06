#include "boundary.h"
#include "libtorch_version.h"

using namespace fineweb;

namespace {

optional<at::Tensor> maybe(const at::Tensor* tensor) {
  optional<at::Tensor> value;
  if (tensor != nullptr) value = *tensor;
  return value;
}

}  // namespace

FWT_EXPORT fwt_error fwt_mm(const at::Tensor* self, const at::Tensor* other, at::Tensor** result) {
  return returns(result, [&] { return self->mm(*other); });
}

FWT_EXPORT fwt_error fwt_bmm(const at::Tensor* self, const at::Tensor* other, at::Tensor** result) {
  return returns(result, [&] { return self->bmm(*other); });
}

FWT_EXPORT fwt_error fwt_addmm(const at::Tensor* self, const at::Tensor* first, const at::Tensor* second, float beta,
                               float alpha, at::Tensor** result) {
  return returns(result, [&] { return self->addmm(*first, *second, beta, alpha); });
}

FWT_EXPORT fwt_error fwt_linear(const at::Tensor* input, const at::Tensor* weight, const at::Tensor* bias,
                                at::Tensor** result) {
  return returns(result, [&] { return at::linear(*input, *weight, maybe(bias)); });
}

FWT_EXPORT fwt_error fwt_layer_norm(const at::Tensor* input, const int64_t* shape, int32_t count,
                                    const at::Tensor* weight, const at::Tensor* bias, double epsilon,
                                    at::Tensor** result) {
  return returns(result, [&] {
    return at::layer_norm(*input, list(shape, count), maybe(weight), maybe(bias), epsilon);
  });
}

// dtype -1: as the input's.
FWT_EXPORT fwt_error fwt_softmax(const at::Tensor* self, int64_t dim, int32_t dtype, at::Tensor** result) {
  return returns(result, [&] {
    optional<at::ScalarType> type;
    if (dtype >= 0) type = static_cast<at::ScalarType>(dtype);
    return at::softmax(*self, dim, type);
  });
}

FWT_EXPORT fwt_error fwt_scaled_dot_product_attention(const at::Tensor* query, const at::Tensor* key,
                                                      const at::Tensor* value, const at::Tensor* mask, double dropout,
                                                      int32_t causal, at::Tensor** result) {
  return returns(result, [&] { return attention(*query, *key, *value, maybe(mask), dropout, causal != 0); });
}
