// Checks tensors and gives their memory to the kernels.
#include "boundary.h"
#include "kernels.h"

#include <cstdint>

using namespace fineweb;

namespace {

const char* suffix(at::ScalarType type) {
  switch (type) {
    case at::kFloat: return "fp32";
    case at::kHalf: return "fp16";
    case at::kBFloat16: return "bf16";
    default: TORCH_CHECK(false, "there is no kernel for ", type);
  }
}

void check(const Kernels& kernels, const at::Tensor& tensor, at::ScalarType type, at::IntArrayRef shape,
           const char* name) {
  TORCH_CHECK(tensor.device() == kernels.place(), name, " is on ", tensor.device(), ", not on ", kernels.place());
  TORCH_CHECK(tensor.scalar_type() == type, name, " is ", tensor.scalar_type(), ", not ", type);
  TORCH_CHECK(tensor.sizes() == shape, name, " is ", tensor.sizes(), ", not ", shape);
  TORCH_CHECK(tensor.is_contiguous(), name, " is not contiguous");
}

// What both functions end with.
struct Normalized {
  Normalized(const Kernels& kernels, int64_t rows, int64_t hidden, const at::Tensor& weight, const at::Tensor& bias,
             at::Tensor& result, at::Tensor* rounded)
      : rows(static_cast<unsigned>(rows)), hidden(static_cast<int>(hidden)) {
    TORCH_CHECK(hidden >= 1 && hidden <= Kernels::kLongestRow, "rows of ", hidden, " numbers are too long");
    TORCH_CHECK(rows <= INT32_MAX, rows, " rows are too many");
    check(kernels, weight, at::kFloat, {hidden}, "weight");
    check(kernels, bias, at::kFloat, {hidden}, "bias");
    check(kernels, result, at::kFloat, {rows, hidden}, "result");
    if (rounded != nullptr) check(kernels, *rounded, rounded->scalar_type(), {rows, hidden}, "rounded");
    type = rounded != nullptr ? rounded->scalar_type() : at::kFloat;
    this->weight = weight.data_ptr();
    this->bias = bias.data_ptr();
    this->result = result.data_ptr();
    this->rounded = rounded != nullptr ? rounded->data_ptr() : nullptr;
  }

  unsigned rows;
  int hidden;
  at::ScalarType type;
  void* weight;
  void* bias;
  void* result;
  void* rounded;
};

}  // namespace

// residual and result [rows, hidden] in fp32; addend [rows, hidden], of rounded's type, which may be null in fp32.
FWC_EXPORT fwc_error fwc_add_normalize(Kernels* kernels, const at::Tensor* residual, const at::Tensor* addend,
                                       const at::Tensor* weight, const at::Tensor* bias, float epsilon,
                                       at::Tensor* result, at::Tensor* rounded) {
  return guarded([&] {
    TORCH_CHECK(residual->dim() == 2, "residual is no matrix");
    Normalized to(*kernels, residual->size(0), residual->size(1), *weight, *bias, *result, rounded);
    check(*kernels, *residual, at::kFloat, residual->sizes(), "residual");
    check(*kernels, *addend, to.type, residual->sizes(), "addend");
    if (to.rows == 0) return;
    void* from = residual->data_ptr();
    void* more = addend->data_ptr();
    void* arguments[] = {&from, &more, &to.weight, &to.bias, &epsilon, &to.hidden, &to.result, &to.rounded};
    kernels->launch(std::string("add_normalize_") + suffix(to.type), to.rows, arguments);
  });
}

// words and positions [n, hidden] in fp32; ids and places [rows], int64, within them.
FWC_EXPORT fwc_error fwc_embed(Kernels* kernels, const at::Tensor* words, const at::Tensor* positions,
                               const at::Tensor* ids, const at::Tensor* places, const at::Tensor* weight,
                               const at::Tensor* bias, float epsilon, at::Tensor* result, at::Tensor* rounded) {
  return guarded([&] {
    TORCH_CHECK(words->dim() == 2 && positions->dim() == 2 && ids->dim() == 1, "tables or ids have other dimensions");
    const auto hidden = words->size(1);
    Normalized to(*kernels, ids->size(0), hidden, *weight, *bias, *result, rounded);
    check(*kernels, *words, at::kFloat, words->sizes(), "words");
    check(*kernels, *positions, at::kFloat, {positions->size(0), hidden}, "positions");
    check(*kernels, *ids, at::kLong, ids->sizes(), "ids");
    check(*kernels, *places, at::kLong, ids->sizes(), "places");
    if (to.rows == 0) return;
    void* word_table = words->data_ptr();
    void* position_table = positions->data_ptr();
    void* id = ids->data_ptr();
    void* place = places->data_ptr();
    void* arguments[] = {&word_table, &position_table, &id,        &place,     &to.weight,
                         &to.bias,    &epsilon,        &to.hidden, &to.result, &to.rounded};
    kernels->launch(std::string("embed_") + suffix(to.type), to.rows, arguments);
  });
}
