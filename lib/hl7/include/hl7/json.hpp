// hl7/json.hpp: a message as JSON, and back.
//
//     {"segments":[
//     {"name":"MSH","fields":{"1":"|","2":"^~\\&","3":"HIS","9":{"1":"ADT","2":"A01"}}},
//     {"name":"PID","fields":{"3":[{"1":"4711","4":{"1":"HIS","2":"1.2.3"}},"0815"],
//                             "5":{"1":"Doe","2":"Jane"},"8":null}}]}
//
// Keys are positions, counted from 1. Text is UTF-8, decoded and unescaped.
//
//     a string     a value; of a field, repetition or component: it has no other parts
//     null         HL7 null: the sender says that the value is to be deleted
//     an object    components of a field or repetition, subcomponents of a component
//     an array     repetitions of a field, when there are several; "" for an empty one
//
// What is empty is left out, and so are separators at the end. With names, the
// position is followed by a blank and the name, "3 Patient Identifier List", and
// a segment has a "title". Reading back looks at the position alone.
//
// From message to JSON to message and to JSON again, both JSON are the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "hl7/decoder.hpp"
#include "hl7/encoder.hpp"
#include "hl7/message.hpp"

namespace hl7 {

// A place in a message that has a name; 0 where the level is not meant.
struct NamedPlace {
  const Message* message;
  const Segment* segment;
  std::size_t field = 0;
  std::size_t component = 0;
  std::size_t subcomponent = 0;
};

// Where names come from: a dictionary of the standard, or of a site.
class NameSource {
 public:
  NameSource() = default;
  NameSource(const NameSource&) = delete;
  NameSource& operator=(const NameSource&) = delete;
  virtual ~NameSource() = default;

  // UTF-8, e.g. "Patient Identifier List"; empty for what has no name.
  [[nodiscard]] virtual std::string_view name_of(const NamedPlace& place) const = 0;
};

struct JsonOptions {
  const NameSource* names = nullptr;  // none: positions alone
  bool line_per_segment = false;      // else there is no blank in it but in texts
};

// Writes a message piece by piece, one segment at a time. What it is given must
// outlive it. The decoder must be open for the message; it counts what had to be
// replaced.
class JsonWriter {
 public:
  JsonWriter(const Message& message, Decoder& decoder, const JsonOptions& options = {}) noexcept;

  // Appends the next piece; false, with nothing appended, when all is written.
  bool append_next(std::string& out);

 private:
  void append_segment(std::string& out, const Segment& segment);
  void append_field(std::string& out, const Segment& segment, std::string_view text);
  void append_parts(std::string& out, std::string_view text, std::size_t level);
  void append_key(std::string& out, std::size_t level);
  void append_leaf(std::string& out, std::string_view text);
  [[nodiscard]] bool is_empty(std::string_view text, std::size_t level);

  const Message* message_;
  Decoder* decoder_;
  JsonOptions options_;
  NamedPlace place_;
  std::size_t index_ = 0;  // of the next segment
  bool done_ = false;
};

// The whole message at once.
void append_json(std::string& out, const Message& message, Decoder& decoder,
                 const JsonOptions& options = {});

// --- back

// The values are logged: add at the end, never renumber.
enum class JsonFault : std::uint8_t {
  kSyntax = 1,          // not JSON (RFC 8259)
  kBadText = 2,         // a string that is no Unicode: broken UTF-8, half a surrogate pair
  kWrongShape = 3,      // JSON, but not of this shape
  kBadPosition = 4,     // a key that does not begin with a number from 1 to 1,000,000
  kTwice = 5,           // a position that its object has already
  kNoHeader = 6,        // the first segment is not MSH with fields 1 and 2
  kBadDelimiters = 7,   // they cannot be used
  kCannotSeparate = 8,  // the message uses no delimiter for such a part
  kBadName = 9,         // a segment's name with a delimiter, a line end, or nothing in it, or
                        // with a switch to another set that hides the delimiter behind it
  kTooDeep = 10,        // more than JsonLimits::depth_max
  kTooLarge = 11,       // the message would be longer than JsonLimits::message_bytes_max
};

// A short lower-case name, e.g. "bad_position".
[[nodiscard]] std::string_view to_string(JsonFault fault) noexcept;

struct JsonError {
  JsonFault fault;
  std::size_t text_index;  // 0-based, into the JSON

  friend bool operator==(const JsonError&, const JsonError&) = default;
};

struct JsonLimits {
  std::size_t message_bytes_max = 64 * base::kMiB;
  std::size_t depth_max = 64;  // of values that are passed over
};

// Makes messages of JSON. Reusable. Not thread-safe.
class JsonReader {
 public:
  JsonReader();
  ~JsonReader();
  JsonReader(JsonReader&& other) noexcept;
  JsonReader& operator=(JsonReader&& other) noexcept;

  // Appends the message, its segments ended by CR, in the delimiters and the
  // character set that its MSH names (UTF-8 where it names none). Returns how many
  // characters the set lacked: '?' stands for them. Keys may stand in any order,
  // and those that are not of the shape are passed over. A number is taken as it is
  // written. After an error nothing is appended.
  [[nodiscard]] base::Result<std::size_t, JsonError> append_message(std::string& out,
                                                                    std::string_view json,
                                                                    const JsonLimits& limits = {});

 private:
  class Run;
  struct Buffers;
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace hl7
