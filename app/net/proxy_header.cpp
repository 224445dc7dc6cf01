#include "net/proxy_header.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace net {
namespace {

constexpr std::string_view kBinaryStart("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::string_view kLineStart = "PROXY ";
constexpr std::size_t kLineBytesMax = 107;
constexpr std::size_t kBinaryHeadBytes = 16;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t blank = line.find(' ');
    words.push_back(line.substr(0, blank));
    if (blank == std::string_view::npos) return words;
    line.remove_prefix(blank + 1);
  }
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

unsigned number_at(std::span<const std::byte> octets, std::size_t offset) noexcept {
  return std::to_integer<unsigned>(octets[offset]) << 8U |
         std::to_integer<unsigned>(octets[offset + 1]);
}

template <class Address>
Endpoint endpoint_at(std::span<const std::byte> addresses) {
  typename Address::bytes_type octets{};
  std::transform(addresses.begin(), addresses.begin() + octets.size(), octets.begin(),
                 [](std::byte octet) { return std::to_integer<unsigned char>(octet); });
  const unsigned port = number_at(addresses, 2 * octets.size());
  return {Address(octets), static_cast<std::uint16_t>(port)};
}

}  // namespace

std::span<std::byte> ProxyHeaderReader::room() noexcept {
  return std::span(header_).subspan(size_, wanted_ - size_);
}

std::string_view ProxyHeaderReader::text() const noexcept {
  return base::as_text(base::ByteView(header_).first(size_));
}

ProxyStep ProxyHeaderReader::filled(std::size_t bytes) {
  size_ += bytes;
  const std::string_view so_far = text();
  if (so_far.starts_with(kLineStart.substr(0, so_far.size()))) return take_line();
  if (kBinaryStart.starts_with(so_far.substr(0, kBinaryStart.size()))) return take_binary();
  return ProxyStep::kFault;
}

// The line's length is not known before its end has come: octet by octet.
ProxyStep ProxyHeaderReader::take_line() {
  if (size_ < wanted_) return ProxyStep::kMore;
  if (!text().ends_with("\r\n")) {
    if (size_ >= kLineBytesMax) return ProxyStep::kFault;
    ++wanted_;
    return ProxyStep::kMore;
  }
  const std::string_view line = text().substr(0, size_ - 2);
  const std::vector<std::string_view> words = words_of(line);
  if (words.size() >= 2 && words[1] == "UNKNOWN") return ProxyStep::kDone;
  const bool known = words.size() == 6 && (words[1] == "TCP4" || words[1] == "TCP6");
  if (!known) return ProxyStep::kFault;
  ErrorCode error;
  const auto address = asio::ip::make_address(std::string(words[2]), error);
  const auto port = parse_port(words[4]);
  if (error || !port || address.is_v4() != (words[1] == "TCP4")) return ProxyStep::kFault;
  source_ = Endpoint(address, *port);
  return ProxyStep::kDone;
}

ProxyStep ProxyHeaderReader::take_binary() {
  if (size_ < wanted_) return ProxyStep::kMore;
  if (wanted_ < kBinaryHeadBytes) {
    wanted_ = kBinaryHeadBytes;
    return ProxyStep::kMore;
  }
  const auto command = std::to_integer<unsigned>(header_[12]);
  const auto family = std::to_integer<unsigned>(header_[13]);
  const std::size_t rest_bytes = number_at(header_, 14);
  if (command != 0x20U && command != 0x21U) return ProxyStep::kFault;
  if (kBinaryHeadBytes + rest_bytes > kBytesMax) return ProxyStep::kFault;
  wanted_ = kBinaryHeadBytes + rest_bytes;
  if (size_ < wanted_) return ProxyStep::kMore;
  const auto addresses = base::ByteView(header_).subspan(kBinaryHeadBytes, rest_bytes);
  if (command == 0x20U) return ProxyStep::kDone;  // LOCAL
  if (family == 0x11U) {
    if (rest_bytes < 12) return ProxyStep::kFault;
    source_ = endpoint_at<asio::ip::address_v4>(addresses);
  } else if (family == 0x21U) {
    if (rest_bytes < 36) return ProxyStep::kFault;
    source_ = endpoint_at<asio::ip::address_v6>(addresses);
  }
  return ProxyStep::kDone;
}

}  // namespace net
