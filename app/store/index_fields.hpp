// store/index_fields.hpp: index fields of one's own: by what messages are found besides.
//
// How a message comes to its values the store does not know: it asks whoever does, when it
// builds the index. What is in the index stays as it was computed then.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace store {

inline constexpr std::size_t kFieldsMax = 16;            // of one configuration
inline constexpr std::size_t kFieldValuesMax = 16;       // of one field of a message
inline constexpr std::size_t kFieldValueBytesMax = 256;  // of one value

// A field and one of its values; a field may have several.
struct FieldValue {
  std::string field;
  std::string value;  // UTF-8, not empty; may be patient data

  friend auto operator<=>(const FieldValue&, const FieldValue&) = default;
};

// A stored message, to whom its values are asked. Views are valid for the call.
struct FieldInput {
  base::ByteView message;  // as received
  base::WallTime received_at;
  std::string_view listener;
  std::string_view peer;
  std::string_view tls_identity;
};

class FieldSource {
 public:
  virtual ~FieldSource() = default;

  // Those in force. From any thread.
  [[nodiscard]] virtual std::vector<std::string> names() const = 0;

  // Adds the values of a message, within the limits above. What has none, and what cannot be
  // computed, is left out. From one thread at a time.
  virtual void read(const FieldInput& input, std::vector<FieldValue>& values) = 0;
};

}  // namespace store
