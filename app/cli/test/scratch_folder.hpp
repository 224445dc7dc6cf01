// A folder of the test's own, gone with it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace cli {

class ScratchFolder {
 public:
  ScratchFolder() : path_(testing::TempDir() + "cli-XXXXXX") {
    EXPECT_NE(::mkdtemp(path_.data()), nullptr);
  }

  ~ScratchFolder() {
    std::error_code ignored;  // what is left behind lies in a temporary folder
    std::filesystem::remove_all(path_, ignored);
  }

  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

  // Makes folders on the way; returns the whole path.
  [[nodiscard]] std::string write(const std::string& name, std::string_view text) const {
    const std::filesystem::path file = std::filesystem::path(path_) / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file.string();
  }

 private:
  std::string path_;
};

}  // namespace cli
