#include "otlp/protobuf_writer.hpp"

#include <bit>

#include "telemetry/utf8.hpp"

namespace otlp {
namespace {

constexpr std::uint32_t kVarint = 0;
constexpr std::uint32_t kFixed64 = 1;
constexpr std::uint32_t kLengthDelimited = 2;

std::string to_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const std::size_t bytes = telemetry::utf8_char_bytes(text);
    valid += bytes == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, bytes);
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return valid;
}

}  // namespace

void ProtobufWriter::varint(std::uint32_t field, std::uint64_t value) {
  append_tag(field, kVarint);
  append_varint(value);
}

void ProtobufWriter::fixed64(std::uint32_t field, std::uint64_t value) {
  append_tag(field, kFixed64);
  append_fixed64(value);
}

void ProtobufWriter::real(std::uint32_t field, double value) {
  fixed64(field, std::bit_cast<std::uint64_t>(value));
}

void ProtobufWriter::octets(std::uint32_t field, std::string_view value) {
  append_tag(field, kLengthDelimited);
  append_varint(value.size());
  data_ += value;
}

void ProtobufWriter::text(std::uint32_t field, std::string_view value) {
  octets(field, to_utf8(value));
}

void ProtobufWriter::message(std::uint32_t field, const ProtobufWriter& value) {
  octets(field, value.data());
}

void ProtobufWriter::fixed64s(std::uint32_t field, std::span<const std::uint64_t> values) {
  append_tag(field, kLengthDelimited);
  append_varint(values.size() * sizeof(std::uint64_t));
  for (const std::uint64_t value : values) append_fixed64(value);
}

void ProtobufWriter::reals(std::uint32_t field, std::span<const double> values) {
  append_tag(field, kLengthDelimited);
  append_varint(values.size() * sizeof(double));
  for (const double value : values) append_fixed64(std::bit_cast<std::uint64_t>(value));
}

void ProtobufWriter::append_varint(std::uint64_t value) {
  constexpr std::uint64_t kMore = 0x80;
  while (value >= kMore) {
    data_ += static_cast<char>(value | kMore);
    value >>= 7U;
  }
  data_ += static_cast<char>(value);
}

void ProtobufWriter::append_fixed64(std::uint64_t value) {
  for (unsigned shift = 0; shift < 64; shift += 8) data_ += static_cast<char>(value >> shift);
}

void ProtobufWriter::append_tag(std::uint32_t field, std::uint32_t wire_type) {
  append_varint(std::uint64_t{field} << 3U | wire_type);
}

}  // namespace otlp
