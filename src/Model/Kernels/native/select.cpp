// Which kernels there are, and which of them this machine can run.
#include <cstring>

#include "api.h"

namespace {

#if defined(__x86_64__)
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
bool has_avx512_bf16() { return has_avx512() && __builtin_cpu_supports("avx512bf16"); }
#endif

bool has_all() { return true; }

struct Choice {
  const char* name;
  const fineweb::KernelTable& (*table)();
  bool (*runs_here)();
};

constexpr Choice kChoices[] = {
    {"generic", fineweb::kernels_generic, has_all},
#if defined(__x86_64__)
    {"avx2", fineweb::kernels_avx2, has_avx2},
    {"avx512", fineweb::kernels_avx512, has_avx512},
    {"avx512-bf16", fineweb::kernels_avx512_bf16, has_avx512_bf16},
    {"avx512-emulated", fineweb::kernels_avx512_emulated, has_avx2},
    {"avx512-bf16-emulated", fineweb::kernels_avx512_bf16_emulated, has_avx2},
#endif
};

}  // namespace

FWK_EXPORT fwk_kernels* fwk_kernels_find(const char* name) {
  for (const Choice& choice : kChoices)
    if (std::strcmp(choice.name, name) == 0) return choice.runs_here() ? &choice.table() : nullptr;
  return nullptr;
}
