// libtorch's private attention operators, for the CPU and by their definition: flash attention as libtorch 2.13 declares
// it, memory-efficient attention as 2.1 does. The libtorch of these tests (1.13) has neither.
#include <ATen/ATen.h>
#include <torch/library.h>

#include <cmath>

namespace {

// query [queries, heads, size]; key, value [tokens, heads, size]
at::Tensor attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, const at::Tensor& starts_q,
                  const at::Tensor& starts_k, int64_t longest_q, int64_t longest_k) {
  TORCH_CHECK(starts_q.scalar_type() == at::kInt && starts_k.scalar_type() == at::kInt, "starts must be int32");
  auto result = at::empty(query.sizes(), query.options());
  for (int64_t i = 0; i + 1 < starts_q.size(0); ++i) {
    const auto from_q = starts_q[i].item<int64_t>(), to_q = starts_q[i + 1].item<int64_t>();
    const auto from_k = starts_k[i].item<int64_t>(), to_k = starts_k[i + 1].item<int64_t>();
    TORCH_CHECK(to_q - from_q <= longest_q && to_k - from_k <= longest_k, "a document is longer than the longest");
    const auto q = query.slice(0, from_q, to_q).transpose(0, 1).to(at::kDouble);
    const auto k = key.slice(0, from_k, to_k).transpose(0, 1).to(at::kDouble);
    const auto v = value.slice(0, from_k, to_k).transpose(0, 1).to(at::kDouble);
    const auto weights = at::softmax(at::matmul(q, k.transpose(1, 2)) / std::sqrt(double(q.size(2))), -1);
    result.slice(0, from_q, to_q).copy_(at::matmul(weights, v).transpose(0, 1));
  }
  return result;
}

void flash(const c10::OperatorHandle&, torch::jit::Stack* stack) {
  auto& arguments = *stack;
  TORCH_CHECK(arguments[0].toTensor().scalar_type() != at::kFloat, "flash attention has no fp32");
  TORCH_CHECK(arguments[7].toDouble() == 0.0 && !arguments[8].toBool() && !arguments[9].toBool() &&
              arguments[10].isNone());
  const auto output = attend(arguments[0].toTensor(), arguments[1].toTensor(), arguments[2].toTensor(),
                             arguments[3].toTensor(), arguments[4].toTensor(), arguments[5].toInt(),
                             arguments[6].toInt());
  arguments.clear();
  for (int i = 0; i < 5; ++i) arguments.emplace_back(i == 0 ? output : at::zeros({}));
}

void efficient(const c10::OperatorHandle&, torch::jit::Stack* stack) {
  auto& arguments = *stack;
  TORCH_CHECK(arguments[3].isNone() && arguments[7].toDouble() == 0.0 && arguments[8].toInt() == 0);
  const auto output = attend(arguments[0].toTensor().squeeze(0), arguments[1].toTensor().squeeze(0),
                             arguments[2].toTensor().squeeze(0), arguments[4].toTensor(), arguments[5].toTensor(),
                             arguments[6].toInt(), 1 << 20);
  arguments.clear();
  arguments.emplace_back(output.unsqueeze(0));
  for (int i = 0; i < 3; ++i) arguments.emplace_back(at::zeros({}));
}

TORCH_LIBRARY_FRAGMENT(aten, library) {
  library.def(
      "_flash_attention_forward(Tensor query, Tensor key, Tensor value, Tensor? cum_seq_q, Tensor? cum_seq_k, "
      "SymInt max_q, SymInt max_k, float dropout_p, bool is_causal, bool return_debug_mask, *, float? scale=None, "
      "SymInt? window_size_left=None, SymInt? window_size_right=None, Tensor? seqused_k=None, "
      "Tensor? alibi_slopes=None, Tensor? block_table=None, int? num_splits=None) -> "
      "(Tensor output, Tensor softmax_logsumexp, Tensor rng_state, Tensor unused, Tensor debug_attn_mask)");
  library.def(
      "_efficient_attention_forward(Tensor query, Tensor key, Tensor value, Tensor? bias, Tensor? cu_seqlens_q, "
      "Tensor? cu_seqlens_k, int? max_seqlen_q, float dropout_p, int custom_mask_type, "
      "bool compute_log_sumexp=False, *, float? scale=None, Tensor? causal_diagonal=None, Tensor? seqlen_k=None) -> "
      "(Tensor output, Tensor logsumexp, Tensor philox_seed, Tensor philox_offset)");
}

TORCH_LIBRARY_IMPL(aten, CPU, library) {
  library.impl("_flash_attention_forward", torch::CppFunction::makeFromBoxedFunction<&flash>());
  library.impl("_efficient_attention_forward", torch::CppFunction::makeFromBoxedFunction<&efficient>());
}

}  // namespace
