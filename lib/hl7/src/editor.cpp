#include "hl7/editor.hpp"

#include <algorithm>
#include <array>

#include "hl7/cutter.hpp"
#include "line_reader.hpp"
#include "mask.hpp"
#include "parts.hpp"
#include "utf8.hpp"

namespace hl7 {
namespace {

constexpr std::string_view kNull = "\"\"";
constexpr std::uint16_t kCharsetField = 18;
constexpr std::uint16_t kHandlingField = 20;

// REQUIRES: masks of one text.
bool has_same_delimiters(std::string_view left, std::string_view right,
                         const Delimiters& delimiters) noexcept {
  const auto seen = [&](char octet) {
    const bool separates = octet == delimiters.field || octet == delimiters.repetition ||
                           octet == delimiters.component || octet == delimiters.subcomponent;
    return separates ? octet : kHidden;
  };
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [&](char one, char other) { return seen(one) == seen(other); });
}

}  // namespace

// One level down: the part of that index, or all parts.
struct Editor::Step {
  char separator = 0;
  std::size_t index = 0;
  bool all = false;
};

// A segment as it is to be, and the mask that it should have: delimiters where they are meant.
struct Editor::Written {
  std::string text;
  std::string mask;
};

// Writes a segment anew with one place changed.
class Editor::Writer {
 public:
  enum class Act : std::uint8_t { kReplace, kAppend, kErase };

  Writer(const Message& message, const Path& path, std::string_view value, Act act)
      : message_(&message), value_(value), act_(act) {
    if (!message.mask_.empty())
      append_mask(mask_, value, message.mask_choice_, message.delimiters_);
    const Delimiters& delimiters = message.delimiters();
    add({delimiters.field, path.field->value});  // part 0 is the name
    if (path.repetition || path.component) {
      const Which which = path.repetition.value_or(Which{});
      add({delimiters.repetition, which.first().to_index(), which.is_all()});
    }
    if (path.component) add({delimiters.component, path.component->to_index()});
    if (path.subcomponent) add({delimiters.subcomponent, path.subcomponent->to_index()});
  }

  // False if the message lacks a delimiter that it needs.
  [[nodiscard]] bool can_separate() const noexcept {
    return std::all_of(steps_.begin(), steps_.begin() + step_count_,
                       [](const Step& step) { return step.separator != 0 || step.index == 0; });
  }

  [[nodiscard]] Written write(const Segment& segment) const {
    Written out;
    out.text.reserve(segment.text.size() + value_.size());
    const std::size_t shift = segment.has_delimiter_fields() ? 1 : 0;
    append(out, segment.text, 0, shift);
    return out;
  }

 private:
  void add(const Step& step) noexcept { steps_[step_count_++] = step; }

  // The text with its part at this depth, and what is below, changed. In MSH the
  // index is one less, because field 1 is a separator.
  // NOLINTNEXTLINE(misc-no-recursion): four levels at most
  void append(Written& out, std::string_view text, std::size_t depth, std::size_t shift) const {
    if (depth == step_count_) return append_value(out, text);
    const Step& step = steps_[depth];
    if (step.all) return append_all(out, text, depth);

    const std::size_t index = step.index - shift;
    Cutter cutter(*message_, text, step.separator);
    std::size_t count = 0;
    while (count <= index && cutter.next()) ++count;
    if (count <= index) {  // not there yet
      keep(out, text);
      if (value_.empty() || is_all_below(depth)) return;
      separate(out, step.separator, index - (count == 0 ? 0 : count - 1));
      return append(out, {}, depth + 1, 0);
    }
    const std::string_view part = cutter.part();
    const auto begin = static_cast<std::size_t>(part.data() - text.data());
    std::string_view before = text.substr(0, begin);
    std::string_view behind = text.substr(begin + part.size());
    if (act_ == Act::kErase && depth + 1 == step_count_) {
      if (index > 0) before.remove_suffix(1);
      if (index == 0 && !behind.empty()) behind.remove_prefix(1);
      keep(out, before);
    } else {
      keep(out, before);
      append(out, part, depth + 1, 0);
    }
    keep(out, behind);
  }

  // All repetitions of a field that is not there are none.
  [[nodiscard]] bool is_all_below(std::size_t depth) const noexcept {
    return depth + 1 < step_count_ && steps_[depth + 1].all;
  }

  // NOLINTNEXTLINE(misc-no-recursion): four levels at most
  void append_all(Written& out, std::string_view text, std::size_t depth) const {
    Cutter cutter(*message_, text, steps_[depth].separator);
    for (bool first = true; cutter.next(); first = false) {
      if (!first) separate(out, steps_[depth].separator, 1);
      append(out, cutter.part(), depth + 1, 0);
    }
  }

  void append_value(Written& out, std::string_view text) const {
    if (act_ == Act::kAppend) {
      keep(out, text);
      if (!text.empty()) separate(out, message_->delimiters().repetition, 1);
    }
    out.text += value_;
    out.mask += message_->mask_.empty() ? value_ : mask_;
  }

  // What the segment has already.
  void keep(Written& out, std::string_view text) const {
    out.text += text;
    out.mask += message_->to_mask(text);
  }

  static void separate(Written& out, char separator, std::size_t count) {
    out.text.append(count, separator);
    out.mask.append(count, separator);
  }

  const Message* message_;
  std::string_view value_;
  std::string mask_;  // of the value; empty where the message has none
  Act act_;
  std::array<Step, 4> steps_{};
  std::size_t step_count_ = 0;
};

std::string_view to_string(EditFault fault) noexcept {
  switch (fault) {
    case EditFault::kNoSegment: return "no_segment";
    case EditFault::kNeedsField: return "needs_field";
    case EditFault::kDelimiters: return "delimiters";
    case EditFault::kNotInCharset: return "not_in_charset";
    case EditFault::kCannotSeparate: return "cannot_separate";
    case EditFault::kSeparatorInside: return "separator_inside";
    case EditFault::kTooLarge: return "too_large";
    case EditFault::kBrokenCharacter: return "broken_character";
  }
  return "unknown";
}

base::Result<Editor, ParseError> Editor::open(base::ByteView octets, const ParseLimits& limits,
                                              std::optional<Charset> default_charset,
                                              const EditLimits& edit_limits) {
  Editor editor;
  const std::string_view text = base::as_text(octets);
  editor.octets_.assign(text.begin(), text.end());
  editor.default_charset_ = default_charset;
  editor.limits_ = edit_limits;
  const auto parsed =
      editor.message_.parse(std::as_bytes(std::span(editor.octets_)), limits, default_charset);
  if (!parsed) return base::fail(parsed.error());
  editor.index_lines();
  return editor;
}

void Editor::index_lines() {
  const std::string_view text(octets_.data(), octets_.size());
  size_bytes_ = text.size();
  const std::span<const Segment> segments = message_.segments();
  const auto begin_of = [&](std::size_t index) {
    if (index == segments.size()) return text.size();
    return static_cast<std::size_t>(segments[index].text.data() - text.data());
  };
  head_ = text.substr(0, begin_of(0));
  lines_.clear();
  for (std::size_t index = 0; index < segments.size(); ++index) {
    const std::size_t end = begin_of(index) + segments[index].text.size();
    lines_.push_back({text.substr(end, begin_of(index + 1) - end)});
  }
}

base::Status<EditFault> Editor::set(const Path& path, std::string_view text) {
  const auto encoded = encode(text);
  if (!encoded) return encoded;
  return change(path, Writer(message_, path.field ? path : Path{.field = Ordinal{}}, value_,
                             Writer::Act::kReplace));
}

base::Status<EditFault> Editor::set_octets(const Path& path, std::string_view octets) {
  if (!path.field) return base::fail(EditFault::kNeedsField);
  if (holds_separator(path, octets)) return base::fail(EditFault::kSeparatorInside);
  if (!ends_whole(octets, message_.mask_choice_, message_.delimiters())) {
    return base::fail(EditFault::kBrokenCharacter);
  }
  return change(path, Writer(message_, path, octets, Writer::Act::kReplace));
}

base::Status<EditFault> Editor::set_null(const Path& path) { return set_octets(path, kNull); }

base::Status<EditFault> Editor::add_repetition(const Path& path, std::string_view text) {
  if (!path.field) return base::fail(EditFault::kNeedsField);
  if (message_.delimiters().repetition == 0) return base::fail(EditFault::kCannotSeparate);
  const auto encoded = encode(text);
  if (!encoded) return encoded;
  const Path field{
      .segment = path.segment, .segment_repeat = path.segment_repeat, .field = path.field};
  return change(path, Writer(message_, field, value_, Writer::Act::kAppend));
}

base::Status<EditFault> Editor::remove(const Path& path) {
  if (!path.field) return remove_segments(path);
  const bool one_repetition = path.repetition && !path.repetition->is_all() && !path.component;
  const auto act = one_repetition ? Writer::Act::kErase : Writer::Act::kReplace;
  const bool all_repetitions = path.repetition && path.repetition->is_all() && !path.component;
  const Path field{
      .segment = path.segment, .segment_repeat = path.segment_repeat, .field = path.field};
  const auto removed = change(path, Writer(message_, all_repetitions ? field : path, {}, act));
  if (!removed &&
      (removed.error() == EditFault::kNoSegment || removed.error() == EditFault::kCannotSeparate)) {
    return base::Done{};
  }
  return removed;
}

std::optional<EditFault> Editor::find_fault(const Path& path) const noexcept {
  if (!path.field) return EditFault::kNeedsField;
  const std::string_view name = path.segment_name();
  const bool has_delimiters = name == "MSH" || name == "BHS" || name == "FHS";
  if (has_delimiters && *path.field <= Ordinal{2}) return EditFault::kDelimiters;
  return std::nullopt;
}

base::Status<EditFault> Editor::change(const Path& path, const Writer& writer) {
  if (const auto fault = find_fault(path)) return base::fail(*fault);
  if (!writer.can_separate()) return base::fail(EditFault::kCannotSeparate);
  const std::span<const Segment> segments = message_.segments();
  std::vector<Change> changes;
  std::size_t size_bytes = size_bytes_;
  std::size_t number = 0;
  for (std::size_t index = 0; index < segments.size(); ++index) {
    if (segments[index].name() != path.segment_name()) continue;
    ++number;
    if (!path.segment_repeat.is_all() && number != path.segment_repeat.value) continue;
    Written written = writer.write(segments[index]);
    if (!stays_cut(index, path, written)) return base::fail(EditFault::kBrokenCharacter);
    changes.emplace_back(index, std::move(written.text));
    size_bytes = size_bytes - segments[index].text.size() + changes.back().second.size();
    if (size_bytes > limits_.message_bytes_max) return base::fail(EditFault::kTooLarge);
    if (!path.segment_repeat.is_all()) break;
  }
  if (changes.empty() && !path.segment_repeat.is_all()) return base::fail(EditFault::kNoSegment);
  // What stands in MSH may move MSH-18, or name another set.
  const bool reads_again =
      path.segment_name() == "MSH" &&
      (path.field->value == kCharsetField || path.field->value == kHandlingField ||
       (!changes.empty() && may_hold_characters(changes.front().second)));
  return commit(changes, reads_again);
}

// Whether readers will cut the segment where it is meant. A character that is not whole
// would take a delimiter that is put behind it for its second octet, and octets in front of
// MSH-18 can hide it.
bool Editor::stays_cut(std::size_t index, const Path& path, const Written& written) const {
  const std::uint16_t field = path.field->value;
  const bool names_set = index == 0 && (field == kCharsetField || field == kHandlingField);
  if (names_set) return names_its_set(written);
  const Delimiters& delimiters = message_.delimiters();
  std::string mask;
  if (index == 0 && may_hold_characters(written.text) &&
      read_charset_choice(written.text, delimiters, mask) != message_.charset_choice()) {
    return false;
  }
  if (message_.mask_.empty()) return true;
  mask.clear();
  append_mask(mask, written.text, message_.mask_choice_, delimiters);
  return has_same_delimiters(mask, written.mask, delimiters);
}

// Whether an MSH with another MSH-18 or MSH-20 is read in the set that they name. That set
// may cut other fields elsewhere.
bool Editor::names_its_set(const Written& msh) const {
  const Delimiters& delimiters = message_.delimiters();
  const auto field = [&](std::size_t number) {
    const std::string_view part = nth_part(msh.mask, delimiters.field, number - 1);
    if (part.data() == nullptr) return part;
    return std::string_view(msh.text).substr(
        static_cast<std::size_t>(part.data() - msh.mask.data()), part.size());
  };
  std::string scratch;
  return read_charset_choice(msh.text, delimiters, scratch) ==
         choose_charset(field(kCharsetField), field(kHandlingField), delimiters);
}

base::Status<EditFault> Editor::commit(std::vector<Change>& changes, bool reads_again) {
  for (auto& [index, text] : changes) {
    Segment& segment = message_.segments_[index];
    size_bytes_ = size_bytes_ - segment.text.size() + text.size();
    std::string*& changed = lines_[index].changed;
    if (changed == nullptr) changed = &changed_.emplace_back();
    *changed = std::move(text);
    segment.text = *changed;
  }
  if (reads_again || !message_.mask_.empty()) read_again();
  return base::Done{};
}

base::Status<EditFault> Editor::remove_segments(const Path& path) {
  std::size_t kept = 0;
  std::size_t number = 0;
  for (std::size_t index = 0; index < lines_.size(); ++index) {
    const Segment segment = message_.segments_[index];
    const bool named = segment.name() == path.segment_name();
    if (named) ++number;
    const bool wanted =
        named && (path.segment_repeat.is_all() || number == path.segment_repeat.value);
    if (wanted && index > 0) {
      size_bytes_ -= segment.text.size() + lines_[index].tail.size();
      continue;
    }
    if (wanted && !path.segment_repeat.is_all()) return base::fail(EditFault::kDelimiters);
    message_.segments_[kept] = segment;
    lines_[kept++] = lines_[index];
  }
  message_.segments_.resize(kept);
  lines_.resize(kept);
  if (!message_.mask_.empty()) read_again();
  return base::Done{};
}

base::Status<EditFault> Editor::add_segment(std::string_view octets,
                                            std::optional<std::size_t> index) {
  if (octets.find_first_of("\r\n") != std::string_view::npos) {
    return base::fail(EditFault::kSeparatorInside);
  }
  if (size_bytes_ + octets.size() + 4 > limits_.message_bytes_max) {
    return base::fail(EditFault::kTooLarge);
  }
  const std::string_view first_tail = lines_.front().tail;
  LineReader reader(first_tail);
  const bool has_end = reader.next() && reader.line_end() != LineEnd::kNone;
  const std::string_view line_end =
      has_end ? first_tail.substr(0, reader.line_end() == LineEnd::kCrLf ? 2 : 1) : "\r";

  const std::size_t at = std::clamp<std::size_t>(index.value_or(lines_.size()), 1, lines_.size());
  std::string_view tail = line_end;
  std::string_view& before = lines_[at - 1].tail;
  if (before.empty()) {  // no line end at the end: there is none then, either
    std::swap(before, tail);
  } else if (before.back() != '\r' && before.back() != '\n') {  // blanks at the end
    before = changed_.emplace_back(before).append(line_end);
    size_bytes_ += line_end.size();
  }
  std::string& text = changed_.emplace_back(octets);
  const std::size_t name_bytes = std::min(text.find(message_.delimiters().field), text.size());
  message_.segments_.insert(message_.segments_.begin() + static_cast<std::ptrdiff_t>(at),
                            Segment{text, name_bytes});
  lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(at), Line{tail, &text});
  size_bytes_ += text.size() + line_end.size();
  if (!message_.mask_.empty()) read_again();
  return base::Done{};
}

void Editor::append_to(std::string& out) const {
  out.reserve(out.size() + size_bytes_);
  out += head_;
  for (std::size_t index = 0; index < lines_.size(); ++index) {
    out += message_.segments_[index].text;
    out += lines_[index].tail;
  }
}

// Into value_.
base::Status<EditFault> Editor::encode(std::string_view text) {
  CharsetChoice choice = message_.charset_choice();
  if (!choice.base) choice.base = default_charset_;
  if (!choice.base && !is_ascii(text)) {
    const std::string_view octets(octets_.data(), octets_.size());
    const bool is_utf8 = utf8_prefix_bytes(octets) == octets.size();
    choice.base = is_utf8 ? Charset::kUtf8 : Charset::kWindows1252;
  }
  value_.clear();
  encoder_.open(choice, message_.delimiters());
  if (encoder_.append_value(value_, text) > 0) return base::fail(EditFault::kNotInCharset);
  return base::Done{};
}

bool Editor::holds_separator(const Path& path, std::string_view octets) const {
  const CharsetChoice& choice = message_.mask_choice_;
  const Delimiters& delimiters = message_.delimiters();
  std::string mask;
  append_mask(mask, octets, may_collide(choice) ? choice : CharsetChoice{}, delimiters);
  const bool below_field = path.repetition || path.component;
  return std::any_of(mask.begin(), mask.end(), [&](char octet) {
    if (octet == 0) return false;
    return octet == '\r' || octet == '\n' || octet == delimiters.field ||
           (below_field && octet == delimiters.repetition) ||
           (path.component && octet == delimiters.component) ||
           (path.subcomponent && octet == delimiters.subcomponent);
  });
}

// Makes one text of the message and parses it: its set, or its mask, has changed.
void Editor::read_again() {
  std::string text;
  append_to(text);
  octets_.assign(text.begin(), text.end());
  const auto parsed = message_.parse(std::as_bytes(std::span(octets_)),
                                     {.segments_max = text.size()}, default_charset_);
  if (!parsed) return;  // MSH is as it was: it can be read
  changed_.clear();
  index_lines();
}

}  // namespace hl7
