#include "intake/envelope.hpp"

#include <algorithm>

namespace intake {

std::string describe_first_fault(const hl7::FrameContents& contents) {
  const auto fault = std::ranges::find_if(contents.problems, [](const hl7::BatchProblem& problem) {
    return is_corrupt(problem.fault);
  });
  if (fault == contents.problems.end()) return {};
  return "Batch refused: " + std::string(to_string(fault->fault)) + " at octet " +
         std::to_string(fault->offset);
}

hl7::FrameKind kind_of(const hl7::FrameContents& contents) {
  if (contents.kind != hl7::FrameKind::kBatch) return contents.kind;
  const bool has_header = !contents.file_header.empty() ||
                          std::ranges::any_of(contents.batches, [](const hl7::Batch& batch) {
                            return !batch.header.empty();
                          });
  if (has_header || contents.messages.empty()) return contents.kind;
  return contents.messages.size() == 1 ? hl7::FrameKind::kSingle : hl7::FrameKind::kSeveral;
}

std::string envelope_of(const hl7::FrameContents& contents, std::size_t message_index) {
  std::string envelope(base::as_text(contents.file_header));
  for (const hl7::Batch& batch : contents.batches) {
    const bool holds = message_index >= batch.message_index &&
                       message_index < batch.message_index + batch.message_count;
    if (!holds || batch.header.empty()) continue;
    if (!envelope.empty()) envelope += '\r';
    envelope += base::as_text(batch.header);
  }
  return envelope;
}

}  // namespace intake
