// Edits of a message. The input: lines of "<act><path> <text>", then an empty line,
// then the message. For any octets at all:
//   1. Without an edit the message comes out as it went in.
//   2. After each edit the message can be parsed, and has as many segments as the
//      editor says; after a refused one it is as it was.
//   3. What was set by octets is what the path gives, and other segments stay.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "hl7/editor.hpp"

namespace {

void require(bool property) {
  if (!property) std::abort();
}

std::string octets(const hl7::Editor& editor) {
  std::string out;
  editor.append_to(out);
  require(out.size() == editor.size_bytes());
  return out;
}

void check_set(const hl7::Editor& editor, const hl7::Path& path, std::string_view text) {
  if (path.is_many()) return;
  require(editor.message().get(path) == text);
}

hl7::Path to_field(const hl7::Path& path) {
  return {.segment = path.segment, .segment_repeat = path.segment_repeat, .field = path.field};
}

void edit(hl7::Editor& editor, std::string_view line) {
  if (line.empty()) return;
  const char act = line.front();
  line.remove_prefix(1);
  const std::string_view name = line.substr(0, line.find(' '));
  const std::string_view text = line.substr(std::min(name.size() + 1, line.size()));
  const std::string before = octets(editor);
  const std::size_t count_before = editor.message().segments().size();
  bool done = false;
  std::size_t count_after = count_before;
  if (act == '+') {
    if (name.find_first_not_of(" \t") == std::string_view::npos) return;
    done = editor.add_segment(name, text.size()).has_value();
    count_after += done ? 1 : 0;
  } else if (const auto path = hl7::parse_path(name)) {
    switch (act) {
      case '=': done = editor.set(*path, text).has_value(); break;
      case '!':
        done = editor.set_octets(*path, text).has_value();
        if (done && path->field && path->field->value != 18 && path->field->value != 20) {
          check_set(editor, *path, text);
        }
        break;
      case '&': done = editor.add_repetition(to_field(*path), text).has_value(); break;
      case '-':
        done = editor.remove(*path).has_value();
        count_after = editor.message().segments().size();
        break;
      default: return;
    }
  }
  const std::string after = octets(editor);
  require(done || before == after);
  require(editor.message().segments().size() == count_after);
  hl7::Message message;
  require(message.parse(base::as_bytes(after)).has_value());
  require(message.segments().size() == count_after);
  for (std::size_t index = 0; index < count_after; ++index) {
    require(message.segments()[index].text == editor.message().segments()[index].text);
    require(message.segments()[index].name() == editor.message().segments()[index].name());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = base::as_text(std::as_bytes(std::span(data, size)));
  const std::size_t end = text.find("\n\n");
  if (end == std::string_view::npos) return 0;
  std::string_view edits = text.substr(0, end);
  const std::string_view received = text.substr(end + 2);
  auto editor = hl7::Editor::open(base::as_bytes(received), {}, {}, {.message_bytes_max = 100'000});
  if (!editor) return 0;
  require(octets(*editor) == received);
  for (std::size_t count = 0; count < 20 && !edits.empty(); ++count) {
    const std::string_view line = edits.substr(0, edits.find('\n'));
    edits.remove_prefix(std::min(line.size() + 1, edits.size()));
    edit(*editor, line);
  }
  return 0;
}
