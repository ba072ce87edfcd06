// Libraries that are opened when they are first needed.
#pragma once

#include <c10/util/Exception.h>
#include <dlfcn.h>

#include <initializer_list>
#include <string>

namespace fineweb {

class SharedLibrary {
 public:
  // The first of the names that can be opened; it stays open.
  SharedLibrary(const char* what, std::initializer_list<const char*> names) : what_(what) {
    for (const auto* name : names) {
      if ((handle_ = dlopen(name, RTLD_LAZY | RTLD_LOCAL)) != nullptr) return;
    }
    TORCH_CHECK(false, what_, " is not installed here (", *names.begin(), ")");
  }

  template <typename Function>
  void find(const char* name, Function* function) const {
    *function = reinterpret_cast<Function>(dlsym(handle_, name));
    TORCH_CHECK(*function != nullptr, what_, " has no ", name);
  }

 private:
  const char* what_;
  void* handle_ = nullptr;
};

}  // namespace fineweb
