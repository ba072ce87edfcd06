// Attention over packed sequences by libtorch's private operators. Their arguments differ between releases and 1.13 has
// none of them, so they are looked up in the dispatcher and their arguments are filled in by name.
#include "boundary.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/version.h>

#include <string>
#include <utility>
#include <vector>

using namespace fineweb;

namespace {

struct Argument {
  const char* name;
  c10::IValue value;
  bool required;  // the operator must have it; others are left out where it has not
};

const Argument* find(const std::vector<Argument>& arguments, const std::string& name) {
  for (const auto& argument : arguments) {
    if (name == argument.name) return &argument;
  }
  return nullptr;
}

std::vector<c10::IValue> fill(const c10::FunctionSchema& schema, const std::vector<Argument>& arguments) {
  std::vector<c10::IValue> stack;
  for (const auto& wanted : schema.arguments()) {
    if (const auto* const given = find(arguments, wanted.name())) {
      stack.push_back(given->value);
    } else if (wanted.default_value()) {
      stack.push_back(*wanted.default_value());
    } else {
      TORCH_CHECK(wanted.type()->kind() == c10::TypeKind::OptionalType, schema.name(), " has an argument ",
                  wanted.name(), " that is unknown here");
      stack.emplace_back();
    }
  }
  for (const auto& argument : arguments) {
    TORCH_CHECK(!argument.required || schema.argumentIndexWithName(argument.name), schema.name(), " has no argument ",
                argument.name);
  }
  return stack;
}

at::Tensor call(const char* name, const std::vector<Argument>& arguments) {
  const auto operation = c10::Dispatcher::singleton().findSchema({name, ""});
  TORCH_CHECK(operation.has_value(), "this libtorch has no ", name);
  auto stack = fill(operation->schema(), arguments);
  operation->callBoxed(&stack);
  TORCH_CHECK(!stack.empty() && stack.front().isTensor(), name, " returned no tensor");
  return stack.front().toTensor();
}

}  // namespace

// The libtorch whose headers this library was compiled with.
FWC_EXPORT const char* fwc_built_for() { return TORCH_VERSION; }

FWC_EXPORT void fwc_free(char* text) { free(text); }

// query [queries, heads, size], key and value [tokens, heads, size]; starts_q and starts_k [documents + 1], int32.
FWC_EXPORT fwc_error fwc_flash_attention(const at::Tensor* query, const at::Tensor* key, const at::Tensor* value,
                                         const at::Tensor* starts_q, const at::Tensor* starts_k, int64_t longest_q,
                                         int64_t longest_k, at::Tensor** result) {
  *result = nullptr;
  return guarded([&] {
    *result = new at::Tensor(call("aten::_flash_attention_forward", {
        {"query", *query, true}, {"key", *key, true}, {"value", *value, true},
        {"cum_seq_q", *starts_q, true}, {"cum_seq_k", *starts_k, true},
        {"max_q", longest_q, true}, {"max_k", longest_k, true},
        {"dropout_p", 0.0, true}, {"is_causal", false, true},
        {"return_debug_mask", false, false}, {"return_softmax", false, false}}));
  });
}

FWC_EXPORT fwc_error fwc_efficient_attention(const at::Tensor* query, const at::Tensor* key, const at::Tensor* value,
                                             const at::Tensor* starts_q, const at::Tensor* starts_k,
                                             int64_t longest_q, int64_t longest_k, at::Tensor** result) {
  *result = nullptr;
  return guarded([&] {
    // It takes batches of equal length, and packed sequences as a batch of one.
    *result = new at::Tensor(call("aten::_efficient_attention_forward", {
        {"query", query->unsqueeze(0), true}, {"key", key->unsqueeze(0), true}, {"value", value->unsqueeze(0), true},
        {"cu_seqlens_q", *starts_q, true}, {"cu_seqlens_k", *starts_k, true},
        {"max_seqlen_q", longest_q, true}, {"max_seqlen_k", longest_k, false},
        {"dropout_p", 0.0, false}, {"custom_mask_type", int64_t{0}, false}, {"causal", false, false}}).squeeze(0));
  });
}
