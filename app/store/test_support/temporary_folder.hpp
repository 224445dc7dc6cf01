// store/test_support/temporary_folder.hpp: a folder of the test's own.
#pragma once

#include <string>

namespace store::test_support {

// Made under testing::TempDir(), removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();

  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace store::test_support
