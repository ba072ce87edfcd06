#include "boundary.h"

#include <algorithm>

using namespace fineweb;

struct fwt_description {
  int64_t elements;
  int32_t dimensions;
  int32_t element_size;  // bytes
  int32_t dtype;
  int32_t device_type;
  int32_t device_index;  // -1 on the CPU
  int32_t contiguous;
  int32_t requires_grad;
  int32_t reserved;
};

FWT_EXPORT fwt_error fwt_describe(const at::Tensor* self, fwt_description* result) {
  *result = {};
  return guarded([&] {
    result->elements = self->numel();
    result->dimensions = static_cast<int32_t>(self->dim());
    result->element_size = static_cast<int32_t>(self->element_size());
    result->dtype = static_cast<int32_t>(self->scalar_type());
    result->device_type = static_cast<int32_t>(self->device().type());
    result->device_index = self->device().index();
    result->contiguous = self->is_contiguous();
    result->requires_grad = self->requires_grad();
  });
}

FWT_EXPORT fwt_error fwt_sizes(const at::Tensor* self, int64_t* sizes, int32_t count) {
  return guarded([&] {
    TORCH_CHECK(self->dim() == count, "the tensor has ", self->dim(), " dimensions, not ", count);
    std::copy(self->sizes().begin(), self->sizes().end(), sizes);
  });
}

FWT_EXPORT fwt_error fwt_strides(const at::Tensor* self, int64_t* strides, int32_t count) {
  return guarded([&] {
    TORCH_CHECK(self->dim() == count, "the tensor has ", self->dim(), " dimensions, not ", count);
    std::copy(self->strides().begin(), self->strides().end(), strides);
  });
}

FWT_EXPORT fwt_error fwt_data(const at::Tensor* self, void** result) {
  *result = nullptr;
  return guarded([&] { *result = self->data_ptr(); });
}

FWT_EXPORT fwt_error fwt_storage_offset(const at::Tensor* self, int64_t* result) {
  *result = 0;
  return guarded([&] { *result = self->storage_offset(); });
}

FWT_EXPORT fwt_error fwt_item(const at::Tensor* self, fwt_scalar* result) {
  *result = {};
  return guarded([&] { *result = scalar(self->item()); });
}

FWT_EXPORT fwt_error fwt_set_requires_grad(at::Tensor* self, int32_t value) {
  return guarded([&] { self->set_requires_grad(value != 0); });
}

// dtype or device_type -1: as it is.
FWT_EXPORT fwt_error fwt_to(const at::Tensor* self, int32_t dtype, int32_t device_type, int32_t device_index,
                            int32_t copy, int32_t non_blocking, at::Tensor** result) {
  return returns(result, [&] {
    const auto type = dtype < 0 ? self->scalar_type() : static_cast<at::ScalarType>(dtype);
    const auto device = device_type < 0 ? self->device()
                                        : at::Device(static_cast<at::DeviceType>(device_type),
                                                     static_cast<at::DeviceIndex>(device_index));
    return self->to(device, type, non_blocking != 0, copy != 0);
  });
}

FWT_EXPORT fwt_error fwt_copy_(at::Tensor* self, const at::Tensor* source, int32_t non_blocking) {
  return guarded([&] { self->copy_(*source, non_blocking != 0); });
}

FWT_EXPORT fwt_error fwt_fill_(at::Tensor* self, const fwt_scalar* value) {
  return guarded([&] { self->fill_(scalar(*value)); });
}

FWT_EXPORT fwt_error fwt_pin_memory(const at::Tensor* self, at::Tensor** result) {
  return returns(result, [&] { return self->pin_memory(); });
}

FWT_EXPORT fwt_error fwt_is_pinned(const at::Tensor* self, int32_t* result) {
  *result = 0;
  // Asking a libtorch without CUDA is an error there, not "no".
  return guarded([&] { *result = at::hasCUDA() && self->is_pinned(); });
}

FWT_EXPORT fwt_error fwt_alias(const at::Tensor* self, at::Tensor** result) {
  return returns(result, [&] { return at::Tensor(*self); });
}

FWT_EXPORT fwt_error fwt_clone(const at::Tensor* self, at::Tensor** result) {
  return returns(result, [&] { return self->clone(); });
}

FWT_EXPORT fwt_error fwt_detach(const at::Tensor* self, at::Tensor** result) {
  return returns(result, [&] { return self->detach(); });
}

FWT_EXPORT fwt_error fwt_contiguous(const at::Tensor* self, at::Tensor** result) {
  return returns(result, [&] { return self->contiguous(); });
}
