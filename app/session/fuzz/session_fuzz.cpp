// The whole session over memory: octets in, answers out, a store that commits or
// refuses when the input says so.
//
// The input: an octet of settings, then steps. A step begins with an octet n:
//   0 to 239   the next n octets come from the peer
//   240 … 247  the store commits what waits
//   248 … 251  the store refuses what waits
//   252 …      time for all that can run
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "session/test/session_bench.hpp"

namespace {

config::ListenerSettings settings_of(std::uint8_t choice) {
  config::ListenerSettings settings = session::bench_settings();
  if ((choice & 1U) != 0) settings.mllp_release = 2;
  if ((choice & 2U) != 0) settings.frame_end = config::FrameEnd::kFs;
  if ((choice & 4U) != 0) settings.frame_resync = config::Resync::kAny;
  if ((choice & 8U) != 0) settings.batch_answer = config::BatchAnswer::kErrors;
  if ((choice & 16U) != 0) settings.several_messages = config::SeveralMessages::kSplit;
  if ((choice & 32U) != 0) settings.no_control_id = config::NoControlId::kAccept;
  if ((choice & 64U) != 0) settings.ack_mode = config::AckMode::kEnhanced;
  if ((choice & 128U) != 0) settings.answer_acks = true;
  return settings;
}

// Whole frames, and of the answers in them no more positive ones than were stored.
void check_output(const std::string& output, std::size_t stored_count) {
  CHECK(output.empty() || (output.front() == '\v' && output.ends_with("\x1c\r")));
  std::size_t accepted = 0;
  for (std::size_t at = output.find("\rMSA"); at != std::string::npos;
       at = output.find("\rMSA", at + 1)) {
    if (at + 7 <= output.size() && output[at + 6] == 'A') ++accepted;
  }
  CHECK(accepted <= stored_count);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  session::SessionBench bench(settings_of(data[0]));
  const auto channel = bench.connect();
  rest.remove_prefix(1);
  while (!rest.empty()) {
    const auto step = static_cast<std::uint8_t>(rest.front());
    rest.remove_prefix(1);
    if (step < 240) {
      channel->give(rest.substr(0, step));
      rest.remove_prefix(std::min<std::size_t>(step, rest.size()));
    } else if (step < 248) {
      bench.outbox().commit();
    } else if (step < 252) {
      bench.outbox().refuse(store::StoreFault::kFull);
    } else {
      bench.settle();
    }
  }
  channel->end_input();
  bench.settle();
  while (bench.outbox().commit() > 0) bench.settle();
  bench.settle();
  // Each answer in release 2 may be sent up to three times.
  const std::size_t sent_max = (data[0] & 1U) != 0 ? 3 : 1;
  check_output(channel->output(), bench.outbox().stored().size() * sent_max);
  CHECK(bench.session_count() == 0);
  return 0;
}
