#include "hl7/builder.hpp"

#include <string>

namespace hl7 {
namespace {

struct Value {
  std::uint16_t field;
  std::uint16_t component;
  std::string_view text;
};

// "MSH", and the delimiters that the message uses.
std::string make_start(const Delimiters& delimiters) {
  std::string text = "MSH";
  for (const char each : {delimiters.field, delimiters.component, delimiters.repetition,
                          delimiters.escape, delimiters.subcomponent, delimiters.truncation}) {
    if (each != 0) text += each;
  }
  text += delimiters.field;
  text += '\r';
  return text;
}

}  // namespace

base::Result<Editor, EditFault> make_message(const NewMessage& request) {
  auto message = Editor::open(base::as_bytes(make_start(request.delimiters)));
  if (!message) return base::fail(EditFault::kDelimiters);

  std::string time;
  append_timestamp(time, request.time, request.time_form);
  const Value values[] = {
      {18, 1, request.charset},  // first: the others are written in it
      {3, 1, request.sending_application},
      {4, 1, request.sending_facility},
      {5, 1, request.receiving_application},
      {6, 1, request.receiving_facility},
      {7, 1, time},
      {9, 1, request.type},
      {9, 2, request.trigger},
      {9, 3, request.structure},
      {10, 1, request.control_id},
      {11, 1, request.processing_id},
      {12, 1, request.version},
  };
  for (const Value& value : values) {
    if (value.text.empty()) continue;
    const Path path{.segment = {'M', 'S', 'H'},
                    .field = Ordinal{value.field},
                    .component = Ordinal{value.component}};
    const auto done = message->set(path, value.text);
    if (!done) return base::fail(done.error());
  }
  return std::move(*message);
}

}  // namespace hl7
