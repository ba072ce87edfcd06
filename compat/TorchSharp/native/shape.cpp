#include "boundary.h"

#include <vector>

using namespace fineweb;

#define WITH_LIST(name) \
  FWT_EXPORT fwt_error fwt_##name(const at::Tensor* self, const int64_t* values, int32_t count, at::Tensor** result) { \
    return returns(result, [&] { return self->name(list(values, count)); }); \
  }

WITH_LIST(view)
WITH_LIST(reshape)
WITH_LIST(permute)
WITH_LIST(expand)

FWT_EXPORT fwt_error fwt_transpose(const at::Tensor* self, int64_t first, int64_t second, at::Tensor** result) {
  return returns(result, [&] { return self->transpose(first, second); });
}

FWT_EXPORT fwt_error fwt_unsqueeze(const at::Tensor* self, int64_t dim, at::Tensor** result) {
  return returns(result, [&] { return self->unsqueeze(dim); });
}

FWT_EXPORT fwt_error fwt_squeeze(const at::Tensor* self, at::Tensor** result) {
  return returns(result, [&] { return self->squeeze(); });
}

FWT_EXPORT fwt_error fwt_squeeze_dim(const at::Tensor* self, int64_t dim, at::Tensor** result) {
  return returns(result, [&] { return self->squeeze(dim); });
}

FWT_EXPORT fwt_error fwt_flatten(const at::Tensor* self, int64_t first, int64_t last, at::Tensor** result) {
  return returns(result, [&] { return self->flatten(first, last); });
}

FWT_EXPORT fwt_error fwt_select(const at::Tensor* self, int64_t dim, int64_t index, at::Tensor** result) {
  return returns(result, [&] { return self->select(dim, index); });
}

FWT_EXPORT fwt_error fwt_narrow(const at::Tensor* self, int64_t dim, int64_t start, int64_t length,
                                at::Tensor** result) {
  return returns(result, [&] { return self->narrow(dim, start, length); });
}

FWT_EXPORT fwt_error fwt_slice(const at::Tensor* self, int64_t dim, int64_t start, int64_t stop, int64_t step,
                               at::Tensor** result) {
  return returns(result, [&] { return self->slice(dim, start, stop, step); });
}

FWT_EXPORT fwt_error fwt_index_select(const at::Tensor* self, int64_t dim, const at::Tensor* index,
                                      at::Tensor** result) {
  return returns(result, [&] { return self->index_select(dim, *index); });
}

static std::vector<at::Tensor> tensors(at::Tensor* const* handles, int32_t count) {
  std::vector<at::Tensor> all;
  all.reserve(static_cast<size_t>(count));
  for (int32_t i = 0; i < count; i++) all.push_back(*handles[i]);
  return all;
}

FWT_EXPORT fwt_error fwt_cat(at::Tensor* const* handles, int32_t count, int64_t dim, at::Tensor** result) {
  return returns(result, [&] { return at::cat(tensors(handles, count), dim); });
}

FWT_EXPORT fwt_error fwt_stack(at::Tensor* const* handles, int32_t count, int64_t dim, at::Tensor** result) {
  return returns(result, [&] { return at::stack(tensors(handles, count), dim); });
}
