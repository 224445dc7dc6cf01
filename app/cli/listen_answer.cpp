#include "cli/listen_answer.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/uuid.hpp"
#include "hl7/ack.hpp"
#include "intake/local_time.hpp"
#include "mllp/frame_encoder.hpp"

namespace cli {
namespace {

std::string framed(std::string_view payload) {
  std::string frame;
  mllp::append_frame(frame, base::as_bytes(payload));
  return frame;
}

}  // namespace

std::string make_listen_answer(const ListenPart& part, std::string_view message,
                               base::WallTime now) {
  switch (part.act) {
    case ListenAct::kSilent:
    case ListenAct::kClose:
    case ListenAct::kReset: return {};
    case ListenAct::kGarbage: return framed("this is no HL7");
    default: break;
  }
  const auto parsed = hl7::parse_header(base::as_bytes(message));
  hl7::Header header = parsed ? *parsed : hl7::Header{};
  if (part.act == ListenAct::kWrong) header.control_id = "ANOTHER-MESSAGE";
  if (part.act == ListenAct::kEmpty) header.control_id = {};
  const std::string id = base::to_string(base::make_uuid_v7(now)).substr(0, 20);
  std::string payload;
  hl7::append_ack(payload, {.header = parsed ? &header : nullptr,
                            .code = part.code,
                            .time = intake::to_local_time(now),
                            .control_id = id});
  std::string frame = framed(payload);
  if (part.act == ListenAct::kHalf) frame.resize(frame.size() / 2);
  return frame;
}

}  // namespace cli
