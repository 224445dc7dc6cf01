#include "connect/test_support/targets.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "connect/descriptor.hpp"
#include "connect/file_connector.hpp"
#include "connect/mllp_connector.hpp"
#include "connect/test_support/scripted_peer.hpp"

namespace connectors::test_support {
namespace {

namespace fs = std::filesystem;

FileSettings file_settings(const std::string& directory, std::string_view name) {
  return {
      .directory = directory, .file_name = FileNameTemplate::parse(name).value(), .batch_max = 16};
}

MllpSettings mllp_settings(std::uint16_t port) {
  MllpSettings settings;
  settings.name = "lab";
  settings.link.address = {"127.0.0.1", port};
  settings.answer_timeout = std::chrono::seconds(20);
  return settings;
}

class FolderTarget : public Target {
 public:
  void take_away() override { fs::rename(directory(), directory() + ".away"); }

  void bring_back() override { fs::rename(directory() + ".away", directory()); }

 protected:
  FolderTarget() { fs::create_directory(directory()); }

  [[nodiscard]] std::string directory() const { return folder_.path() + "/out"; }

 private:
  TemporaryFolder folder_;
};

class FilesTarget final : public FolderTarget {
 public:
  std::unique_ptr<Connector> open() override {
    return std::make_unique<FileConnector>(file_settings(directory(), "{date}/{entry}.hl7"));
  }

  std::vector<std::string> arrived() override {
    std::vector<std::string> messages;
    for (const std::string& name : files_below(directory())) {
      messages.push_back(read_file(directory() + "/" + name));
    }
    return messages;
  }
};

class FramesTarget final : public FolderTarget {
 public:
  std::unique_ptr<Connector> open() override {
    return std::make_unique<AppendConnector>(file_settings(directory(), "{date}.mllp"));
  }

  std::vector<std::string> arrived() override {
    std::vector<std::string> messages;
    for (const std::string& name : files_below(directory())) {
      for (std::string& message : frames_of(read_file(directory() + "/" + name))) {
        messages.push_back(std::move(message));
      }
    }
    return messages;
  }
};

class PeerTarget final : public Target {
 public:
  std::unique_ptr<Connector> open() override {
    return std::make_unique<MllpConnector>(mllp_settings(peer_.port()), base::Clock::system());
  }

  std::vector<std::string> arrived() override { return peer_.received(); }

  void take_away() override { peer_.stop(); }

  void bring_back() override { peer_.start(); }

 private:
  ScriptedPeer peer_{{answer_all}};
};

// python-hl7's server in a process of its own.
class PythonTarget final : public Target {
 public:
  PythonTarget() { start(); }

  ~PythonTarget() override { stop(); }

  std::unique_ptr<Connector> open() override {
    return std::make_unique<MllpConnector>(mllp_settings(port_), base::Clock::system());
  }

  std::vector<std::string> arrived() override {
    std::ifstream spool(spool_path(), std::ios::binary);
    std::vector<std::string> messages;
    for (std::size_t bytes = 0; spool >> bytes;) {
      spool.get();  // the line feed behind the size
      std::string& message = messages.emplace_back(bytes, '\0');
      spool.read(message.data(), static_cast<std::streamsize>(bytes));
    }
    return messages;
  }

  void take_away() override { stop(); }

  void bring_back() override { start(); }

 private:
  [[nodiscard]] std::string spool_path() const { return folder_.path() + "/spool"; }

  void start() {
    int ends[2] = {-1, -1};
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const Descriptor output(ends[0]);
    Descriptor input(ends[1]);
    const std::string script = std::string(CONNECT_TEST_SUPPORT_DIR) + "/python_hl7_receiver.py";
    const std::string spool = spool_path();
    const std::string port = std::to_string(port_);
    process_ = ::fork();
    ASSERT_GE(process_, 0);
    if (process_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::execl("/usr/bin/python3", "python3", script.c_str(), spool.c_str(), port.c_str(), nullptr);
      ::_exit(127);
    }
    input.close();
    std::string line;
    for (char octet = 0; ::read(output.value(), &octet, 1) == 1 && octet != '\n';) line += octet;
    ASSERT_FALSE(line.empty()) << "python-hl7's server did not start";
    port_ = static_cast<std::uint16_t>(std::stoi(line));
  }

  void stop() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }

  TemporaryFolder folder_;
  pid_t process_ = 0;
  std::uint16_t port_ = 0;
};

template <class Kind>
TargetKind kind(std::string name) {
  return {std::move(name), [] { return std::unique_ptr<Target>(std::make_unique<Kind>()); }};
}

}  // namespace

std::vector<TargetKind> all_target_kinds() {
  return {kind<FilesTarget>("files"), kind<FramesTarget>("frames"), kind<PeerTarget>("mllp"),
          kind<PythonTarget>("python_hl7")};
}

TemporaryFolder::TemporaryFolder() : path_(testing::TempDir() + "/connect-XXXXXX") {
  EXPECT_NE(::mkdtemp(path_.data()), nullptr);
}

TemporaryFolder::~TemporaryFolder() { fs::remove_all(path_); }

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, std::string_view octets) {
  std::ofstream file(path, std::ios::binary);
  file << octets;
  ASSERT_TRUE(file.good()) << path;
}

std::vector<std::string> frames_of(std::string_view octets) {
  std::vector<std::string> payloads;
  while (!octets.empty()) {
    const std::size_t end = octets.find("\x1c\x0d");
    if (octets.front() != '\x0b' || end == std::string_view::npos) {
      ADD_FAILURE() << "not a frame: " << octets.substr(0, 80);
      return payloads;
    }
    payloads.emplace_back(octets.substr(1, end - 1));
    octets.remove_prefix(end + 2);
  }
  return payloads;
}

std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) names.push_back(fs::relative(entry.path(), folder).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool has_python_hl7() {
  return std::system("/usr/bin/python3 -c 'import hl7.mllp' 2>/dev/null") == 0;
}

}  // namespace connectors::test_support
