// connect/file_connector.hpp: the two ways of the type `file`: see file.hpp.
//
// Neither waits for anything but the disk; a stop request ends a call between two
// entries (file) or two files (append).
#pragma once

#include <cstddef>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "connect/connector.hpp"
#include "connect/file_name.hpp"
#include "connect/folder.hpp"
#include "connect/frame_file.hpp"

namespace connectors {

struct FileSettings {
  std::string directory;
  FileNameTemplate file_name;
  std::size_t batch_max = 1;
};

// Mode file.
class FileConnector final : public Connector {
 public:
  explicit FileConnector(FileSettings settings);

  std::vector<Outcome> deliver(std::span<const Delivery> deliveries, std::stop_token stop) override;

  [[nodiscard]] std::size_t batch_max() const noexcept override { return settings_.batch_max; }

 private:
  [[nodiscard]] base::Status<Failure> place(const Delivery& delivery, const std::string& name);

  const FileSettings settings_;
  Folder folder_;
};

// Mode append.
class AppendConnector final : public Connector {
 public:
  explicit AppendConnector(FileSettings settings);

  std::vector<Outcome> deliver(std::span<const Delivery> deliveries, std::stop_token stop) override;

  [[nodiscard]] std::size_t batch_max() const noexcept override { return settings_.batch_max; }

 private:
  // Those at the front that go into one file.
  struct Run {
    std::size_t count = 0;
    std::string name{};
    std::string frames{};
  };

  [[nodiscard]] Run take_run(std::span<const Delivery> deliveries) const;

  const FileSettings settings_;
  Folder folder_;
  FrameFiles files_;
};

}  // namespace connectors
