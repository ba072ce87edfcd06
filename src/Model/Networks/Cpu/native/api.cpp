// Which kernels there are and which of them this machine can run; errors and memory as the C boundary has them.
#include "api.h"

#include <cstdlib>
#include <cstring>

#include "guard.h"
#include "memory.h"

using namespace fineweb;

namespace {

char no_memory_for_message[] = "out of memory";

bool has_all() { return true; }

#if FINEWEB_X86
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
bool has_avx512_bf16() { return has_avx512() && __builtin_cpu_supports("avx512bf16"); }
#endif

struct Choice {
  const char* name;
  const KernelTable& (*table)();
  bool (*runs_here)();
};

constexpr Choice kChoices[] = {
    {"generic", generic::table, has_all},
#if FINEWEB_X86
    {"avx2", avx2::table, has_avx2},
    {"avx512", avx512::table, has_avx512},
    {"avx512-bf16", avx512_bf16::table, has_avx512_bf16},
    {"avx512-emulated", avx512_emulated::table, has_avx2},
    {"avx512-bf16-emulated", avx512_bf16_emulated::table, has_avx2},
#endif
};

}  // namespace

char* fineweb::describe(const char* message) noexcept {
  const std::size_t size = std::strlen(message) + 1;
  char* const copy = static_cast<char*>(std::malloc(size));
  return copy != nullptr ? static_cast<char*>(std::memcpy(copy, message, size)) : no_memory_for_message;
}

FINEWEB_API(std::int32_t) fineweb_library_version() { return kFinewebLibraryVersion; }

FINEWEB_API(fineweb_kernels*) fineweb_kernels_find(const char* name) {
  for (const Choice& choice : kChoices)
    if (std::strcmp(choice.name, name) == 0) return choice.runs_here() ? &choice.table() : nullptr;
  return nullptr;
}

FINEWEB_API(void*) fineweb_memory_allocate(std::int64_t bytes) { return allocate_bytes(bytes); }

FINEWEB_API(void) fineweb_memory_free(void* memory) { free_bytes(memory); }

FINEWEB_API(void) fineweb_error_free(fineweb_error error) {
  if (error != no_memory_for_message) std::free(error);
}
