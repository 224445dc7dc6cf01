#include "hl7/batch_ack.hpp"

#include <cstddef>
#include <cstdint>

#include "base/check.hpp"
#include "hl7/header.hpp"

namespace hl7 {
namespace {

constexpr char kSegmentEnd = '\r';
constexpr char kFrameEnd = '\x1c';  // MLLP: ends a frame where CR follows

BatchHeader read_or_default(base::ByteView line) noexcept {
  const auto header = parse_batch_header(line);
  if (header) return *header;
  BatchHeader standard;
  standard.encoding_characters = kDefaultEncodingCharacters;
  return standard;
}

class BatchAckWriter {
 public:
  BatchAckWriter(std::string& out, const BatchAckRequest& request) noexcept
      : out_(out), request_(request), contents_(*request.contents) {}

  void write() {
    const BatchHeader file = read_or_default(contents_.file_header);
    const bool in_file = !contents_.file_header.empty() || !contents_.file_trailer.empty();
    if (in_file) write_header("FHS", file, request_.control_id);

    const bool numbered = in_file || contents_.batches.size() > 1;
    for (std::size_t index = 0; index < contents_.batches.size(); ++index) {
      write_batch(contents_.batches[index], numbered ? index + 1 : 0);
    }
    if (in_file) write_trailer("FTS", file.delimiters.field, contents_.batches.size());
  }

 private:
  // `number` is 0 where the batch's id needs none.
  void write_batch(const Batch& batch, std::size_t number) {
    const BatchHeader header = read_or_default(batch.header);
    // Of several batches each needs an envelope, or a reader would see one.
    const bool enveloped =
        !batch.header.empty() || !batch.trailer.empty() || contents_.batches.size() > 1;
    if (enveloped) {
      std::string control_id(request_.control_id);
      if (number > 0) control_id += '.' + std::to_string(number);
      write_header("BHS", header, control_id);
    }
    std::size_t answer_count = 0;
    for (const std::string_view answer :
         request_.answers.subspan(batch.message_index, batch.message_count)) {
      answer_count += answer.empty() ? 0U : 1U;
      out_ += answer;
    }
    if (enveloped) write_trailer("BTS", header.delimiters.field, answer_count);
  }

  void write_header(std::string_view name, const BatchHeader& received,
                    std::string_view control_id) {
    separator_ = received.delimiters.field;
    out_ += name;
    next_field(received.encoding_characters);
    next_field(received.receiving_application);
    next_field(received.receiving_facility);
    next_field(received.sending_application);
    next_field(received.sending_facility);
    next_field();
    append_timestamp(out_, request_.time, request_.time_form);
    out_.append(3, separator_);  // fields 8 to 10
    next_field(control_id);
    if (!received.control_id.empty()) next_field(received.control_id);
    if (out_.back() == kFrameEnd) out_ += separator_;
    out_ += kSegmentEnd;
  }

  void write_trailer(std::string_view name, char separator, std::size_t count) {
    out_ += name;
    out_ += separator;
    out_ += std::to_string(count);
    out_ += kSegmentEnd;
  }

  void next_field(std::string_view value = {}) {
    out_ += separator_;
    out_ += value;
  }

  std::string& out_;
  const BatchAckRequest& request_;
  const FrameContents& contents_;
  char separator_ = '|';
};

}  // namespace

void append_batch_ack(std::string& out, const BatchAckRequest& request) {
  CHECK(request.contents != nullptr);
  CHECK(request.answers.size() == request.contents->messages.size());
  BatchAckWriter(out, request).write();
}

}  // namespace hl7
