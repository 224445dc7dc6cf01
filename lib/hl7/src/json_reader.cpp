#include <algorithm>
#include <array>
#include <optional>

#include "hl7/json.hpp"
#include "json_scanner.hpp"
#include "mask.hpp"

namespace hl7 {
namespace {

constexpr std::size_t kPositionMax = 1'000'000;

// A key of an object: its number, and where its value begins.
struct Entry {
  std::size_t position;
  std::size_t value_index;
};

// Levels of objects, from the fields down.
constexpr std::size_t kFields = 0;
constexpr std::size_t kComponents = 1;
constexpr std::size_t kLeaf = 3;  // subcomponents are between

// The number that a key begins with; 0 if that is none. A blank and a name may follow.
std::size_t read_position(std::string_view key) noexcept {
  std::size_t value = 0;
  std::size_t index = 0;
  for (; index < key.size() && key[index] >= '0' && key[index] <= '9'; ++index) {
    value = value * 10 + static_cast<std::size_t>(key[index] - '0');
    if (value > kPositionMax) return 0;
  }
  const bool ends = index == key.size() || key[index] == ' ';
  return index > 0 && ends ? value : 0;
}

bool has_delimiter_fields(std::string_view name) noexcept {
  return name == "MSH" || name == "BHS" || name == "FHS";
}

}  // namespace

std::string_view to_string(JsonFault fault) noexcept {
  switch (fault) {
    case JsonFault::kSyntax: return "syntax";
    case JsonFault::kBadText: return "bad_text";
    case JsonFault::kWrongShape: return "wrong_shape";
    case JsonFault::kBadPosition: return "bad_position";
    case JsonFault::kTwice: return "twice";
    case JsonFault::kNoHeader: return "no_header";
    case JsonFault::kBadDelimiters: return "bad_delimiters";
    case JsonFault::kCannotSeparate: return "cannot_separate";
    case JsonFault::kBadName: return "bad_name";
    case JsonFault::kTooDeep: return "too_deep";
    case JsonFault::kTooLarge: return "too_large";
  }
  return "unknown";
}

// What is used again.
struct JsonReader::Buffers {
  Encoder encoder{};
  std::array<std::vector<Entry>, 3> entries{};  // by level
  std::string text{};
  std::string name{};
};

// Reads one JSON text. Each method fails after a fault of the scanner.
class JsonReader::Run {
 public:
  Run(Buffers& buffers, std::string& out, std::string_view json, const JsonLimits& limits) noexcept
      : buffers_(buffers),
        out_(out),
        out_begin_(out.size()),
        scanner_(json, limits.depth_max),
        limits_(limits) {}

  base::Result<std::size_t, JsonError> read() {
    if (read_message() && scanner_.peek() != '\0') scanner_.fail(JsonFault::kSyntax);
    if (!scanner_.error() && !has_segments_) scanner_.fail_at(JsonFault::kNoHeader, 0);
    if (!scanner_.error()) return lost_count_;
    out_.resize(out_begin_);
    return base::fail(*scanner_.error());
  }

 private:
  bool read_message() {
    if (!expect_shape('{')) return false;
    for (bool first = true; scanner_.next_entry('}', first); first = false) {
      const std::size_t key_index = scanner_.index();
      if (!read_key()) return false;
      if (buffers_.text != "segments") {
        if (!scanner_.skip_value()) return false;
      } else if (has_segments_) {
        return scanner_.fail_at(JsonFault::kTwice, key_index);
      } else if (!read_segments()) {
        return false;
      }
    }
    return !scanner_.error();
  }

  bool read_segments() {
    if (!expect_shape('[')) return false;
    for (bool first = true; scanner_.next_entry(']', first); first = false) {
      if (!read_segment()) return false;
    }
    return !scanner_.error();
  }

  // Both keys are found first, because they may stand in any order.
  bool read_segment() {
    const std::size_t begin = scanner_.index();
    if (!expect_shape('{')) return false;
    std::optional<std::size_t> name_index;
    std::optional<std::size_t> fields_index;
    for (bool first = true; scanner_.next_entry('}', first); first = false) {
      const std::size_t key_index = scanner_.index();
      if (!read_key()) return false;
      static_cast<void>(scanner_.peek());
      std::optional<std::size_t>* index = nullptr;
      if (buffers_.text == "name") index = &name_index;
      if (buffers_.text == "fields") index = &fields_index;
      if (index != nullptr && *index) return scanner_.fail_at(JsonFault::kTwice, key_index);
      if (index != nullptr) *index = scanner_.index();
      if (!scanner_.skip_value()) return false;
    }
    if (scanner_.error()) return false;
    const std::size_t end = scanner_.index();
    if (!name_index) return scanner_.fail_at(JsonFault::kWrongShape, begin);
    if (!write_segment(*name_index, fields_index)) return false;
    scanner_.move_to(end);
    return true;
  }

  bool write_segment(std::size_t name_index, std::optional<std::size_t> fields_index) {
    scanner_.move_to(name_index);
    if (scanner_.peek() != '"') return scanner_.fail(JsonFault::kWrongShape);
    if (!scanner_.read_string(buffers_.name)) return false;
    buffers_.entries[kFields].clear();
    if (fields_index) {
      scanner_.move_to(*fields_index);
      if (!read_entries(kFields)) return false;
    }
    if (!has_segments_ && !open_header(name_index)) return false;
    has_segments_ = true;

    if (!is_clean(buffers_.name)) return scanner_.fail_at(JsonFault::kBadName, name_index);
    if (!append_plain(buffers_.name)) return scanner_.fail_at(JsonFault::kBadName, name_index);
    if (!write_fields()) return false;
    // A line of nothing but blanks would be no segment.
    const bool blank = buffers_.name.find_first_not_of(" \t") == std::string_view::npos;
    if (blank && buffers_.entries[kFields].empty()) out_ += delimiters_.field;
    out_ += '\r';
    return fits(0);
  }

  // What stands in a message without being escaped.
  [[nodiscard]] bool is_clean(std::string_view text) const noexcept {
    return std::none_of(text.begin(), text.end(), [this](char octet) {
      return octet == '\r' || octet == '\n' || octet == delimiters_.field;
    });
  }

  // The first segment: its delimiters and its set hold for the message.
  bool open_header(std::size_t name_index) {
    std::array<std::vector<std::string>, 4> values;  // fields 1, 2, 18, 20
    constexpr std::array<std::size_t, 4> kPositions = {1, 2, 18, 20};
    for (const Entry& entry : buffers_.entries[kFields]) {
      for (std::size_t index = 0; index < kPositions.size(); ++index) {
        if (entry.position != kPositions[index]) continue;
        if (!read_header_field(entry, values[index])) return false;
      }
    }
    const bool begins = buffers_.name == "MSH" && values[0].size() == 1 && values[1].size() == 1;
    if (!begins || values[0][0].empty() || values[1][0].empty()) {
      return scanner_.fail_at(JsonFault::kNoHeader, name_index);
    }
    const std::string& separator = values[0][0];
    const std::string plain = "MSH" + separator + values[1][0] + separator;
    Encoder& encoder = buffers_.encoder;
    const auto guess = parse_delimiters(plain).value_or(Delimiters{});
    encoder.open({}, guess);
    choice_ = choose_charset(as_field(values[2], guess), as_field(values[3], guess), guess);
    encoder.open(choice_, guess);
    std::string start = "MSH";
    lost_count_ += encoder.append_plain(start, plain.substr(start.size()));
    const auto delimiters = parse_delimiters(start);
    if (!delimiters || separator.size() != 1) {
      return scanner_.fail_at(JsonFault::kBadDelimiters, name_index);
    }
    delimiters_ = *delimiters;
    encoder.open(choice_, delimiters_);
    return true;
  }

  // As it will stand in the message: only there MSH-18 counts.
  std::string as_field(const std::vector<std::string>& repetitions, const Delimiters& delimiters) {
    std::string field;
    for (const std::string& each : repetitions) {
      if (&each != &repetitions.front()) field += delimiters.repetition;
      buffers_.encoder.append_value(field, each);
    }
    return field;
  }

  // What is no text is passed over: it names no set.
  bool read_header_field(const Entry& entry, std::vector<std::string>& repetitions) {
    scanner_.move_to(entry.value_index);
    const char next = scanner_.peek();
    if (next == '"' || next == '{') return read_first_text(repetitions.emplace_back(), kComponents);
    if (!scanner_.take('[')) return true;
    for (bool first = true; scanner_.next_entry(']', first); first = false) {
      if (!read_first_text(repetitions.emplace_back(), kComponents)) return false;
    }
    return !scanner_.error();
  }

  // The text of a value, or of the first of its parts: the name of a set stands there.
  // NOLINTNEXTLINE(misc-no-recursion): two levels
  bool read_first_text(std::string& text, std::size_t level) {
    if (scanner_.peek() == '"') return scanner_.read_string(text);
    text = "?";  // valued, and no name that is known
    if (scanner_.peek() != '{' || level == kLeaf) return scanner_.skip_value();
    if (!read_entries(level)) return false;
    const std::size_t end = scanner_.index();
    const std::vector<Entry>& parts = buffers_.entries[level];
    if (!parts.empty() && parts.front().position == 1) {
      scanner_.move_to(parts.front().value_index);
      if (!read_first_text(text, level + 1)) return false;
      scanner_.move_to(end);
    }
    return true;
  }

  bool write_fields() {
    std::size_t written = 0;  // fields, so far
    const bool own_delimiters = has_delimiter_fields(buffers_.name);
    // By index: the entries of this level stay, those below come and go.
    for (std::size_t index = 0; index < buffers_.entries[kFields].size(); ++index) {
      const Entry entry = buffers_.entries[kFields][index];
      scanner_.move_to(entry.value_index);
      if (own_delimiters && entry.position <= 2) {
        if (!write_delimiter_field(entry.position, written)) return false;
        continue;
      }
      const std::size_t missing = entry.position - written;
      if (!fits(missing)) return false;
      // Field 1 of MSH is a separator: one less stands in front of the others.
      out_.append(own_delimiters && written < 2 ? missing - 1 : missing, delimiters_.field);
      written = entry.position;
      if (!write_repetitions()) return false;
    }
    return true;
  }

  // Fields 1 and 2 as they are. The separator is that of the message.
  bool write_delimiter_field(std::size_t position, std::size_t& written) {
    const std::size_t begin = scanner_.index();
    if (scanner_.peek() != '"') return scanner_.fail(JsonFault::kWrongShape);
    if (!scanner_.read_string(buffers_.text)) return false;
    if (written == 0) out_ += delimiters_.field;
    written = position;
    if (position == 1) {
      const bool same = buffers_.text == std::string_view(&delimiters_.field, 1);
      return same || scanner_.fail_at(JsonFault::kBadDelimiters, begin);
    }
    if (!is_clean(buffers_.text)) return scanner_.fail_at(JsonFault::kBadDelimiters, begin);
    if (!append_plain(buffers_.text)) return scanner_.fail_at(JsonFault::kBadDelimiters, begin);
    return fits(0);
  }

  // False for a text that would hide the delimiter behind it.
  bool append_plain(std::string_view text) {
    const std::size_t size_before = out_.size();
    lost_count_ += buffers_.encoder.append_plain(out_, text);
    return ends_whole(std::string_view(out_).substr(size_before), choice_, delimiters_);
  }

  bool write_repetitions() {
    if (scanner_.peek() != '[') return write_value(kComponents);
    static_cast<void>(scanner_.take('['));
    for (bool first = true; scanner_.next_entry(']', first); first = false) {
      if (!first) {
        if (delimiters_.repetition == 0) return scanner_.fail(JsonFault::kCannotSeparate);
        out_ += delimiters_.repetition;
      }
      if (!write_value(kComponents)) return false;
    }
    return !scanner_.error();
  }

  // A string, null, a number, or an object of parts of this level.
  // NOLINTNEXTLINE(misc-no-recursion): two levels
  bool write_value(std::size_t level) {
    const char next = scanner_.peek();
    if (next == '{' && level < kLeaf) return write_parts(level);
    if (next == 'n') {
      if (!scanner_.read_null()) return false;
      out_ += "\"\"";
      return fits(0);
    }
    if (next == '"') {
      if (!scanner_.read_string(buffers_.text)) return false;
    } else if (next == '-' || (next >= '0' && next <= '9')) {
      if (!scanner_.read_number(buffers_.text)) return false;
    } else {
      return fail_shape();
    }
    lost_count_ += buffers_.encoder.append_value(out_, buffers_.text);
    return fits(0);
  }

  // NOLINTNEXTLINE(misc-no-recursion): two levels
  bool write_parts(std::size_t level) {
    const char separator = level == kComponents ? delimiters_.component : delimiters_.subcomponent;
    if (!read_entries(level)) return false;
    const std::size_t end = scanner_.index();
    std::size_t written = 1;  // parts begun, so far
    for (std::size_t index = 0; index < buffers_.entries[level].size(); ++index) {
      const Entry entry = buffers_.entries[level][index];
      const std::size_t missing = entry.position - written;
      if (missing > 0 && separator == 0) {
        return scanner_.fail_at(JsonFault::kCannotSeparate, entry.value_index);
      }
      if (!fits(missing)) return false;
      out_.append(missing, separator);
      written = entry.position;
      scanner_.move_to(entry.value_index);
      if (!write_value(level + 1)) return false;
    }
    scanner_.move_to(end);
    return true;
  }

  // The keys of an object, in order of their numbers.
  bool read_entries(std::size_t level) {
    std::vector<Entry>& entries = buffers_.entries[level];
    entries.clear();
    if (!expect_shape('{')) return false;
    for (bool first = true; scanner_.next_entry('}', first); first = false) {
      static_cast<void>(scanner_.peek());
      const std::size_t key_index = scanner_.index();
      if (!read_key()) return false;
      const std::size_t position = read_position(buffers_.text);
      if (position == 0) return scanner_.fail_at(JsonFault::kBadPosition, key_index);
      static_cast<void>(scanner_.peek());
      entries.push_back({position, scanner_.index()});
      if (!scanner_.skip_value()) return false;
    }
    if (scanner_.error()) return false;
    const auto before = [](const Entry& left, const Entry& right) {
      return left.position < right.position;
    };
    if (!std::is_sorted(entries.begin(), entries.end(), before)) {
      std::stable_sort(entries.begin(), entries.end(), before);
    }
    const auto twice = std::adjacent_find(
        entries.begin(), entries.end(),
        [](const Entry& left, const Entry& right) { return left.position == right.position; });
    if (twice == entries.end()) return true;
    return scanner_.fail_at(JsonFault::kTwice, (twice + 1)->value_index);
  }

  bool read_key() { return scanner_.read_string(buffers_.text) && scanner_.expect(':'); }

  bool expect_shape(char bracket) { return scanner_.take(bracket) || fail_shape(); }

  // Another kind of value is a wrong shape; what is no value is no JSON.
  bool fail_shape() {
    const std::size_t begin = scanner_.index();
    return scanner_.skip_value() && scanner_.fail_at(JsonFault::kWrongShape, begin);
  }

  [[nodiscard]] bool fits(std::size_t more) noexcept {
    return out_.size() - out_begin_ + more <= limits_.message_bytes_max ||
           scanner_.fail(JsonFault::kTooLarge);
  }

  Buffers& buffers_;
  std::string& out_;
  std::size_t out_begin_;
  JsonScanner scanner_;
  JsonLimits limits_;
  Delimiters delimiters_;
  CharsetChoice choice_;
  bool has_segments_ = false;
  std::size_t lost_count_ = 0;
};

JsonReader::JsonReader() : buffers_(std::make_unique<Buffers>()) {}

JsonReader::~JsonReader() = default;
JsonReader::JsonReader(JsonReader&& other) noexcept = default;
JsonReader& JsonReader::operator=(JsonReader&& other) noexcept = default;

base::Result<std::size_t, JsonError> JsonReader::append_message(std::string& out,
                                                                std::string_view json,
                                                                const JsonLimits& limits) {
  return Run(*buffers_, out, json, limits).read();
}

}  // namespace hl7
