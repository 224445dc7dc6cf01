#include "cli/input_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "base/try.hpp"
#include "hl7/frame.hpp"
#include "hl7/header.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStdin = "-";
constexpr std::size_t kReadBytes = std::size_t{1} << 20;

std::string reason_of(int os_error) { return std::generic_category().message(os_error); }

Input make_input(const fs::path& path) {
  std::error_code error;
  const auto bytes = fs::is_regular_file(path, error) ? fs::file_size(path, error) : 0;
  return {path.string(), error ? 0 : bytes};
}

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

base::Result<std::vector<Input>, std::string> walk(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::recursive_directory_iterator each(folder, error);
  const fs::recursive_directory_iterator end;
  while (!error && each != end) {
    if (is_hidden(each->path())) {
      each.disable_recursion_pending();
    } else if (each->is_regular_file(error)) {
      files.push_back(each->path());
    }
    each.increment(error);
  }
  if (error) return base::fail(fmt::format("{}: {}", folder.string(), error.message()));
  std::sort(files.begin(), files.end());
  std::vector<Input> inputs;
  for (const fs::path& file : files) inputs.push_back(make_input(file));
  return inputs;
}

// The FHS and BHS lines' own ids: what answers the batch as a whole names them.
void add_batch_ids(const hl7::FrameContents& contents, std::vector<std::string>& ids) {
  const auto add = [&ids](base::ByteView line) {
    const auto header = hl7::parse_batch_header(line);
    if (header) ids.emplace_back(header->control_id);
  };
  if (!contents.file_header.empty()) add(contents.file_header);
  for (const hl7::Batch& batch : contents.batches) {
    if (!batch.header.empty()) add(batch.header);
  }
}

struct FileCloser {
  void operator()(std::FILE* file) const noexcept {
    if (file != stdin) static_cast<void>(std::fclose(file));  // it was only read
  }
};

}  // namespace

base::Result<std::vector<Input>, std::string> find_inputs(const std::vector<std::string>& paths) {
  std::vector<Input> inputs;
  for (const std::string& path : paths) {
    std::error_code error;
    if (path == kStdin) {
      inputs.push_back({path, 0});
    } else if (!fs::exists(path, error)) {
      return base::fail(fmt::format("{}: {}", path, reason_of(error ? error.value() : ENOENT)));
    } else if (fs::is_directory(path, error)) {
      const std::vector<Input> files = TRY(walk(path));
      inputs.insert(inputs.end(), files.begin(), files.end());
    } else {
      inputs.push_back(make_input(path));
    }
  }
  return inputs;
}

base::Result<std::string, std::string> read_input(const std::string& path) {
  const std::unique_ptr<std::FILE, FileCloser> file(
      path == kStdin ? stdin : std::fopen(path.c_str(), "rbe"));
  if (!file) return base::fail(fmt::format("{}: {}", path, reason_of(errno)));

  std::string text;
  while (true) {
    const std::size_t before = text.size();
    text.resize(before + kReadBytes);
    const std::size_t count = std::fread(text.data() + before, 1, kReadBytes, file.get());
    text.resize(before + count);
    if (text.size() > kInputBytesMax) {
      return base::fail(fmt::format("{}: over 2 GiB, send it in parts", path));
    }
    if (count == kReadBytes) continue;
    if (std::ferror(file.get()) != 0) {
      return base::fail(fmt::format("{}: {}", path, reason_of(errno)));
    }
    return text;
  }
}

OutgoingMessage make_outgoing(std::string payload) {
  OutgoingMessage message;
  message.payload = std::move(payload);
  const base::ByteView octets = base::as_bytes(message.payload);
  const hl7::FrameContents contents = hl7::split_frame(octets);
  message.is_batch = contents.kind == hl7::FrameKind::kBatch;
  if (message.is_batch) {
    for (const base::ByteView each : contents.messages) {
      const auto header = hl7::parse_header(each);
      if (header) message.control_ids.emplace_back(header->control_id);
    }
    add_batch_ids(contents, message.control_ids);
    return message;
  }
  // Nothing of MSH can be read: the answer's MSA-2 will be empty.
  const auto header = hl7::parse_header(octets);
  message.control_ids.emplace_back(header ? header->control_id : std::string_view());
  return message;
}

InputStream::InputStream(std::vector<Input> inputs, SplitOptions options, std::uint64_t round_count)
    : inputs_(std::move(inputs)), options_(options), round_count_(round_count) {}

std::optional<OutgoingMessage> InputStream::next() {
  while (splitter_ || open_next()) {
    auto payload = splitter_->next();
    if (!payload) {
      close_current();
      continue;
    }
    OutgoingMessage message = make_outgoing(*std::move(payload));
    const std::string& path = inputs_[input_index_ - 1].path;
    const std::string name = path == kStdin ? "stdin" : path;
    message.origin = ++input_ordinal_ == 1 ? name : fmt::format("{} ({})", name, input_ordinal_);
    message.ordinal = ++message_ordinal_;
    return message;
  }
  return std::nullopt;
}

// False at the end of the last round. Opens nothing but one input's text.
bool InputStream::open_next() {
  while (round_ < round_count_) {
    if (input_index_ == inputs_.size()) {
      input_index_ = 0;
      ++round_;
      if (inputs_.empty()) break;
      continue;
    }
    const Input& input = inputs_[input_index_++];
    const bool again = input.path == kStdin && stdin_was_read_;
    auto text =
        again ? base::Result<std::string, std::string>(kept_stdin_) : read_input(input.path);
    if (!text) {
      if (round_ == 0) problems_.push_back(text.error());
      given_bytes_ += input.bytes;
      continue;
    }
    text_ = *std::move(text);
    if (input.path == kStdin && !stdin_was_read_) {
      stdin_was_read_ = true;
      if (round_count_ > 1) kept_stdin_ = text_;
    }
    input_ordinal_ = 0;
    splitter_.emplace(text_, options_);
    return true;
  }
  return false;
}

void InputStream::close_current() {
  const Input& input = inputs_[input_index_ - 1];
  if (round_ == 0) {
    const std::string name = input.path == kStdin ? "stdin" : input.path;
    for (const InputFault fault : splitter_->faults()) {
      problems_.push_back(fmt::format("{}: {}", name, to_string(fault)));
    }
  }
  given_bytes_ += input.bytes;
  splitter_.reset();
}

std::vector<std::string> InputStream::take_problems() { return std::exchange(problems_, {}); }

std::optional<double> InputStream::share_given() const {
  std::uint64_t all_bytes = 0;
  for (const Input& input : inputs_) {
    if (input.path == kStdin) return std::nullopt;
    all_bytes += input.bytes;
  }
  all_bytes *= round_count_;
  if (all_bytes == 0) return std::nullopt;
  const std::uint64_t given = given_bytes_ + (splitter_ ? splitter_->consumed_bytes() : 0);
  return std::min(1.0, static_cast<double>(given) / static_cast<double>(all_bytes));
}

}  // namespace cli
