// For any template that is accepted and any message:
//   1. The name stays below its folder: relative, no part empty, "." or "..", no NUL.
//   2. What comes from the message is of [A-Za-z0-9._-] and %XX only, at most 200 octets.
//   3. The same message always gets the same name.
// Input: template, NUL, the value of every placeholder that a message fills.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "connect/file_name.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_path(std::string_view name) {
  require(!name.empty() && name.find('\0') == std::string_view::npos);
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    require(!part.empty() && part != "." && part != "..");
    begin = end + 1;
  }
}

void check_value(std::string_view encoded) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-%";
  require(!encoded.empty() && encoded.size() <= connectors::kValueBytesMax);
  require(encoded.front() != '.');
  require(encoded.find_first_not_of(kAllowed) == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view text = input.substr(0, input.find('\0'));
  const std::string_view value = text.size() < size ? input.substr(text.size() + 1) : "";
  check_value(connectors::encode_for_file_name(value));

  const auto made = connectors::FileNameTemplate::parse(text);
  if (!made) return 0;
  connectors::Delivery delivery;
  delivery.control_id = delivery.type = delivery.trigger = value;
  const std::string name = made->render(delivery);
  check_path(name);
  require(made->render(delivery) == name);
  return 0;
}
