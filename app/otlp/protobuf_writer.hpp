// otlp/protobuf_writer.hpp: protobuf's wire format, as far as OTLP needs it.
//
//   ProtobufWriter span;
//   span.text(5, "commit");
//   ProtobufWriter all;
//   all.message(2, span);
//
// Fields are written in the order of the calls. A value that is protobuf's default (0, "")
// is written all the same: callers leave out what they do not mean.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace otlp {

class ProtobufWriter {
 public:
  void varint(std::uint32_t field, std::uint64_t value);
  void fixed64(std::uint32_t field, std::uint64_t value);
  void real(std::uint32_t field, double value);
  void octets(std::uint32_t field, std::string_view value);

  // As octets, made valid UTF-8: what is none becomes U+FFFD.
  void text(std::uint32_t field, std::string_view value);
  void message(std::uint32_t field, const ProtobufWriter& value);

  // Packed.
  void fixed64s(std::uint32_t field, std::span<const std::uint64_t> values);
  void reals(std::uint32_t field, std::span<const double> values);

  [[nodiscard]] const std::string& data() const noexcept { return data_; }

 private:
  void append_varint(std::uint64_t value);
  void append_fixed64(std::uint64_t value);
  void append_tag(std::uint32_t field, std::uint32_t wire_type);

  std::string data_;
};

}  // namespace otlp
