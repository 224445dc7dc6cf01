// For any octets that a target may answer with:
//   1. Reading them neither crashes nor reads beyond them.
//   2. What is read as MSA-2 stands in them.
//   3. In no mode does an answer name a message whose MSH-10 shares no first octet.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "connect/mllp_answer.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using connectors::Match;
  const std::string octets(reinterpret_cast<const char*>(data), size);
  const auto answer = connectors::read_acknowledgement(base::as_bytes(octets));
  if (!answer) return 0;
  require(octets.find(answer->control_id) != std::string::npos);
  const std::string_view answered = answer->control_id;
  if (answered.empty()) return 0;

  std::string other = answer->control_id;
  other.front() = static_cast<char>(other.front() + 1);
  for (const Match match : {Match::kStrict, Match::kPrefix20, Match::kOrder}) {
    require(connectors::names(match, {.control_id = answered, .answered = answered}));
    require(!connectors::names(match, {.control_id = other, .answered = answered}));
  }
  return 0;
}
