#include "store/test_support/temporary_folder.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <filesystem>
#include <system_error>

#include "base/check.hpp"

namespace store::test_support {

TemporaryFolder::TemporaryFolder() : path_(testing::TempDir() + "store_XXXXXX") {
  CHECK(::mkdtemp(path_.data()) != nullptr);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace store::test_support
