#include "audit/verifier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/try.hpp"

namespace audit {
namespace {

bool is_event(std::string_view kind) noexcept {
  return kind == kRecovery || kind == kRetention || kind == kRewound || kind == "gap";
}

class Verification {
 public:
  explicit Verification(const VerifyOptions& options)
      : options_(options), reader_(options.keys, options.cipher) {}

  base::Result<Verdict, std::string> run() {
    const auto files = list_trail(*options_.disk, options_.folder);
    if (!files) {
      return base::fail(
          fmt::format("{}: cannot be read (error {})", options_.folder, files.error().os_error));
    }
    if (files->numbers.empty()) {
      return base::fail(fmt::format("{}: there is no audit trail", options_.folder));
    }
    verdict_.aside = files->aside;
    FileNumber expected = files->numbers.front();
    for (const FileNumber number : files->numbers) {
      file_ = file_name(number);
      if (number != expected) note(Finding::kFileMissing, reader_.head().sequence + 1, 0);
      expected = {number.value + 1};
      read_file(number == files->numbers.back());
    }
    conclude();
    return std::move(verdict_);
  }

 private:
  void read_file(bool is_last) {
    const std::string path = options_.folder + "/" + file_;
    auto octets = options_.disk->read(path);
    // The newest may be in the middle of a write.
    for (int pause = 0; is_last && octets && is_unfinished(*octets) && pause < options_.pauses_max;
         ++pause) {
      options_.pause();
      octets = options_.disk->read(path);
    }
    if (!octets) return note(Finding::kNotReadable, reader_.head().sequence + 1, 0);
    ++verdict_.file_count;
    reader_.read(base::as_text(*octets), events());
    if (reader_.key_name().empty()) unkeyed_to_ = reader_.head().sequence;
    is_keyed_ = is_keyed_ || !reader_.key_name().empty();
  }

  static bool is_unfinished(const std::vector<std::byte>& octets) {
    return octets.empty() || octets.back() != std::byte{'\n'};
  }

  ChainReader::Events events() {
    ChainReader::Events events;
    events.on_record = [this](const TrailLine& line, std::uint64_t offset, std::uint64_t) {
      take(line, offset);
    };
    events.on_finding = [this](Finding finding, std::uint64_t record, std::uint64_t offset) {
      note(finding, record, offset);
      return true;
    };
    return events;
  }

  void take(const TrailLine& line, std::uint64_t offset) {
    if (verdict_.record_count == 0) verdict_.first_record = line.sequence;
    ++verdict_.record_count;
    if (options_.head && options_.head->sequence == line.sequence) {
      has_head_ = true;
      if (options_.head->mac != line.mac) note(Finding::kHeadDiffers, line.sequence, offset);
    }
    if (line.kind == kMessage) {
      verdict_.messages_recorded_to = line.number("entry").value_or(0);
    }
    if (line.kind == kRetention) {
      dropped_before_ = std::max(dropped_before_, line.number("before").value_or(0));
    }
    if (is_event(line.kind) && verdict_.events.size() < Verdict::kEventsMax) {
      verdict_.events.push_back({line.sequence, std::string(line.at), std::string(line.kind),
                                 std::string(line.text) + "}"});
    }
  }

  void note(Finding finding, std::uint64_t record, std::uint64_t offset) {
    ++verdict_.flaw_count;
    if (verdict_.flaws.size() < Verdict::kFlawsMax) {
      verdict_.flaws.push_back({finding, record, file_, offset});
    }
  }

  void conclude() {
    verdict_.head = reader_.head();
    verdict_.key_name = reader_.key_name();
    if (is_keyed_) verdict_.unproven_count = unkeyed_to_;
    // Whoever removes all that a key has chained leaves what anybody can make.
    if (options_.keys.is_given() && !is_keyed_) note(Finding::kUnkeyed, 1, 0);
    file_.clear();
    verdict_.dropped_before = dropped_before_;
    const std::uint64_t first = verdict_.first_record;
    if (first > 1 && first > dropped_before_) note(Finding::kBeginMissing, first, 0);
    // One that went with what retention took is not missed; one that does not fit was told.
    if (options_.head && !has_head_ && options_.head->sequence > verdict_.head.sequence) {
      note(Finding::kHeadMissing, options_.head->sequence, 0);
    }
  }

  const VerifyOptions& options_;
  ChainReader reader_;
  Verdict verdict_;
  std::string file_;
  bool has_head_ = false;
  bool is_keyed_ = false;
  std::uint64_t unkeyed_to_ = 0;
  std::uint64_t dropped_before_ = 0;
};

}  // namespace

base::Result<Verdict, std::string> verify(const VerifyOptions& options) {
  return Verification(options).run();
}

}  // namespace audit
