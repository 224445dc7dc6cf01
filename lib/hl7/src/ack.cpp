#include "hl7/ack.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

#include "mask.hpp"

namespace hl7 {
namespace {

constexpr TextLimit kMessageTextOld{80};    // MSA-3 up to 2.6
constexpr TextLimit kMessageTextNew{2048};  // from 2.7 the standard sets none
constexpr TextLimit kErrorCode{20};
constexpr TextLimit kErrorText{199};
constexpr TextLimit kUserText{250};  // ERR-8

constexpr std::string_view kErrorTable = "HL70357";
constexpr std::string_view kLocalTable = "L";  // table 0396: a local code
constexpr char kSegmentEnd = '\r';
constexpr char kFrameEnd = '\x1c';  // MLLP: ends a frame where CR follows

constexpr Header kDefaultHeader{
    .encoding_characters = kDefaultEncodingCharacters,
    .processing_id = "P",
};

char severity_code(Severity severity) noexcept {
  switch (severity) {
    case Severity::kError: return 'E';
    case Severity::kWarning: return 'W';
    case Severity::kInformation: return 'I';
  }
  return 'E';
}

// Writes one answer, segment by segment.
class AckWriter {
 public:
  AckWriter(std::string& out, const AckRequest& request) noexcept
      : out_(out),
        request_(request),
        header_(request.header == nullptr ? kDefaultHeader : *request.header),
        delimiters_(header_.delimiters),
        version_(choose_version()),
        charset_(choose_charset()) {}

  void write() {
    const std::size_t start = out_.size();
    write_msh();
    const std::size_t msh_end = out_.size() - 1;
    write_msa();
    if (version_ < Version::kV25) {
      write_old_err();
    } else {
      write_new_errs();
    }
    name_default_charset(start, msh_end);
  }

 private:
  [[nodiscard]] Version choose_version() const noexcept {
    if (const auto version = find_version(header_.version)) return *version;
    return find_version(request_.default_version).value_or(Version::kV251);
  }

  // Of our own texts. What the set cannot natively write, append_text makes ASCII.
  Charset choose_charset() noexcept {
    if (header_.charset_field.empty()) return request_.default_charset;
    choice_ = hl7::choose_charset(header_.charset_field, header_.handling_field, delimiters_);
    return choice_.base.value_or(Charset::kAscii);
  }

  // The reader of an answer that is not ASCII must know its set.
  void name_default_charset(std::size_t start, std::size_t msh_end) {
    const bool is_default =
        header_.charset_field.empty() && request_.default_charset != Charset::kAscii;
    const auto is_high = [](char octet) { return static_cast<unsigned char>(octet) >= 0x80; };
    if (!is_default ||
        std::none_of(out_.begin() + static_cast<std::ptrdiff_t>(start), out_.end(), is_high)) {
      return;
    }
    // Those that were trimmed, and MSH-13 to MSH-18.
    std::string field(msh_untrimmed_ - msh_end + 6, delimiters_.field);
    field += to_string(request_.default_charset);
    out_.insert(msh_end, field);
  }

  void write_msh() {
    out_ += "MSH";
    next_field(header_.encoding_characters);
    next_copy(header_.receiving_application);
    next_copy(header_.receiving_facility);
    next_copy(header_.sending_application);
    next_copy(header_.sending_facility);
    next_field();
    append_timestamp(out_, request_.time, request_.time_form);
    next_field();  // MSH-8
    write_message_type();
    next_field(request_.control_id);
    next_copy(header_.processing_id);
    next_copy(request_.header == nullptr ? request_.default_version : header_.version_field);
    if (choice_.base) write_charset();
    msh_untrimmed_ = out_.size();
    end_segment();
  }

  // Both fields that say how what is copied is to be cut.
  void write_charset() {
    out_.append(5, delimiters_.field);  // MSH-13 to MSH-17
    next_field(header_.charset_field);
    if (!choice_.switches || header_.handling_field.empty()) return;
    next_field();
    next_field(header_.handling_field);
  }

  void write_message_type() {
    next_field("ACK");
    if (version_ <= Version::kV21 || header_.trigger.empty()) return;
    if (!is_whole(header_.trigger)) return;
    out_ += delimiters_.component;
    out_ += header_.trigger;
    if (version_ < Version::kV24) return;
    out_ += delimiters_.component;
    out_ += "ACK";
  }

  void write_msa() {
    out_ += "MSA";
    next_field(to_string(request_.code));
    next_field(header_.control_id);
    if (!request_.message_text.empty() && is_whole(header_.control_id)) {
      next_field();
      write_text(request_.message_text,
                 version_ < Version::kV27 ? kMessageTextOld : kMessageTextNew);
    }
    // Here an empty MSA-2 keeps its separator: the field is required.
    if (out_.back() == kFrameEnd) out_ += delimiters_.field;
    out_ += kSegmentEnd;
  }

  // Up to 2.4: one segment, one field, a repetition for each error.
  void write_old_err() {
    if (is_accept(request_.code)) return;
    bool any = false;
    for (const AckError& error : request_.errors) {
      if (error.severity != Severity::kError) continue;
      if (any && delimiters_.repetition == 0) break;
      out_ += any ? std::string_view(&delimiters_.repetition, 1) : std::string_view("ERR");
      if (!any) next_field();
      write_old_error(error);
      any = true;
    }
    if (!any) {
      out_ += "ERR";
      next_field();
      write_old_error(kUnexplained);
    }
    end_segment();
  }

  // ERR-1: segment, sequence, field, and the code with its parts as subcomponents.
  void write_old_error(const AckError& error) {
    if (error.location) {
      write_segment_place(*error.location);
      if (error.location->field) write_number(error.location->field->value);
    } else {
      out_.append(2, delimiters_.component);
    }
    out_ += delimiters_.component;
    write_code(error, delimiters_.subcomponent);
  }

  // From 2.5: a segment for each.
  void write_new_errs() {
    bool any = false;
    for (const AckError& error : request_.errors) {
      if (is_accept(request_.code) && error.severity == Severity::kError) continue;
      write_new_err(error);
      any = true;
    }
    if (!any && !is_accept(request_.code)) write_new_err(kUnexplained);
  }

  void write_new_err(const AckError& error) {
    out_ += "ERR";
    next_field();  // ERR-1, kept for old readers only
    next_field();
    if (error.location) write_location(*error.location);
    next_field();
    write_code(error, delimiters_.component);
    next_field();
    out_ += severity_code(error.severity);
    if (!error.user_text.empty()) {
      out_.append(4, delimiters_.field);  // ERR-5 to ERR-8
      write_text(error.user_text, kUserText);
    }
    end_segment();
  }

  // ERR-2. The repetition is said where the path names it, or a part of it.
  void write_location(const Path& path) {
    write_segment_place(path);
    if (path.field) write_number(path.field->value);
    const Which repetition = path.repetition.value_or(path.component ? Which{1} : Which::all());
    next_component();
    if (!repetition.is_all()) write_number(repetition.value);
    next_component();
    if (path.component) write_number(path.component->value);
    next_component();
    if (path.subcomponent) write_number(path.subcomponent->value);
    trim(delimiters_.component);
  }

  // "PID^1^": the sequence stays empty where all are meant.
  void write_segment_place(const Path& path) {
    out_ += path.segment_name();
    next_component();
    if (!path.segment_repeat.is_all()) write_number(path.segment_repeat.value);
    next_component();
  }

  // Code, text and table. Without a separator between them, the code alone.
  void write_code(const AckError& error, char separator) {
    const std::string_view standard = standard_error_text(error.code);
    write_text(error.code, kErrorCode);
    if (separator == 0) return;
    out_ += separator;
    write_text(error.text.empty() ? standard : error.text, kErrorText);
    out_ += separator;
    out_ += standard.empty() ? kLocalTable : kErrorTable;
  }

  void write_text(std::string_view text, TextLimit limit) {
    append_text(out_, text, charset_, delimiters_, limit);
  }

  void write_number(std::uint16_t number) {
    std::array<char, 5> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out_.append(digits.data(), end);
  }

  void next_component() { out_ += delimiters_.component; }

  void next_field(std::string_view value = {}) {
    out_ += delimiters_.field;
    out_ += value;
  }

  // What would not end in front of the next separator is left out.
  void next_copy(std::string_view value) {
    next_field(is_whole(value) ? value : std::string_view{});
  }

  [[nodiscard]] bool is_whole(std::string_view value) const {
    return ends_whole(value, choice_, delimiters_);
  }

  void trim(char separator) {
    while (out_.back() == separator) out_.pop_back();
  }

  // No separators at the end, but for one behind a copied 0x1C: with the CR it
  // would end the frame around the answer.
  void end_segment() {
    trim(delimiters_.field);
    if (out_.back() == kFrameEnd) out_ += delimiters_.field;
    out_ += kSegmentEnd;
  }

  // A refusal is never left without a reason, even where the caller has none.
  static constexpr AckError kUnexplained{.code = "207"};

  std::string& out_;
  const AckRequest& request_;
  const Header& header_;
  const Delimiters& delimiters_;
  std::size_t msh_untrimmed_ = 0;
  CharsetChoice choice_;  // of what is copied; before charset_, which sets it
  Version version_;
  Charset charset_;
};

}  // namespace

void append_ack(std::string& out, const AckRequest& request) { AckWriter(out, request).write(); }

}  // namespace hl7
