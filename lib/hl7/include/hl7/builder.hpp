// hl7/builder.hpp: begins a new message. What follows its MSH is an edit.
//
//     auto message = hl7::make_message({.type = "ADT", .trigger = "A01",
//                                       .structure = "ADT_A01", .control_id = "1"});
//     message->add_segment("PID");
//     message->set(*hl7::parse_path("PID-3.1"), "4711");
//     message->append_to(out);
//
// Answers are written by ack.hpp; one that carries more begins like any message
// and goes on with MSA.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "hl7/delimiters.hpp"
#include "hl7/editor.hpp"
#include "hl7/timestamp.hpp"
#include "hl7/version.hpp"

namespace hl7 {

// MSH. All texts are UTF-8 and are escaped: one that has parts is set by path.
struct NewMessage {
  Delimiters delimiters{};                   // REQUIRES: as parse_delimiters() would read them
  std::string_view sending_application{};    // MSH-3.1
  std::string_view sending_facility{};       // MSH-4.1
  std::string_view receiving_application{};  // MSH-5.1
  std::string_view receiving_facility{};     // MSH-6.1
  LocalTime time{};                          // MSH-7
  TimeForm time_form = TimeForm::kOffset;
  std::string_view type{};                     // MSH-9.1
  std::string_view trigger{};                  // MSH-9.2
  std::string_view structure{};                // MSH-9.3
  std::string_view control_id{};               // MSH-10
  std::string_view processing_id = "P";        // MSH-11.1
  std::string_view version = kDefaultVersion;  // MSH-12.1
  std::string_view charset = "UNICODE UTF-8";  // MSH-18: a name of table 0211, or empty
};

// Fails with kNotInCharset, or with kCannotSeparate where the delimiters have no
// escape character for a text that needs it.
[[nodiscard]] base::Result<Editor, EditFault> make_message(const NewMessage& request);

}  // namespace hl7
