// intake/record_view.hpp: a segment as a record of the rule language, read lazily.
//
// A segment that is there has all its keys, empty ones as ""; one that is absent is
// an empty map. What was read once is kept for the rest of the message.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "cel/value.hpp"
#include "hl7/message.hpp"
#include "hl7/path.hpp"
#include "intake/message_text.hpp"

namespace intake {

struct FieldPlace {
  std::string_view name;  // "dob"
  hl7::Path path;         // PID-7
};

struct RecordShape {
  std::string_view name;     // "pid", also the variable's name
  std::string_view segment;  // "PID"
  std::span<const FieldPlace> fields;
};

inline constexpr std::size_t kRecordFieldsMax = 11;

[[nodiscard]] const RecordShape& msh_shape() noexcept;
[[nodiscard]] const RecordShape& pid_shape() noexcept;
[[nodiscard]] const RecordShape& pv1_shape() noexcept;
[[nodiscard]] const RecordShape& obx_shape() noexcept;

// All four, in this order.
[[nodiscard]] std::span<const RecordShape* const> all_record_shapes() noexcept;

class RecordView final : public cel::MapView {
 public:
  explicit RecordView(const RecordShape& shape) noexcept : shape_(&shape) {}

  // The first such segment of the message that `text` has open, looked for when it
  // is read. Values that are made live in `kept`, as long as the message is open.
  void open(MessageText& text, cel::Arena& kept) noexcept;
  // One segment that is known.
  void open(MessageText& text, cel::Arena& kept, const hl7::Segment& segment) noexcept;

  [[nodiscard]] std::size_t size() const override;
  [[nodiscard]] cel::Value find(const cel::Value& key, cel::Arena& arena) const override;
  [[nodiscard]] cel::Value key_at(std::size_t index, cel::Arena& arena) const override;
  [[nodiscard]] cel::Value field(std::uint32_t index, const cel::Value& key,
                                 cel::Arena& arena) const override;

 private:
  [[nodiscard]] const hl7::Segment* segment() const noexcept;

  const RecordShape* shape_;
  MessageText* text_ = nullptr;
  cel::Arena* kept_ = nullptr;
  mutable const hl7::Segment* segment_ = nullptr;
  mutable bool is_sought_ = false;
  mutable std::uint16_t read_mask_ = 0;
  mutable std::array<cel::Value, kRecordFieldsMax> values_{};
};

// `obx_list`: every segment of one name.
class RecordListView final : public cel::ListView {
 public:
  explicit RecordListView(const RecordShape& shape) noexcept : shape_(&shape) {}

  void open(MessageText& text, cel::Arena& kept) noexcept;

  [[nodiscard]] std::size_t size() const override;
  [[nodiscard]] cel::Value at(std::size_t index, cel::Arena& arena) const override;

 private:
  void index() const;

  const RecordShape* shape_;
  MessageText* text_ = nullptr;
  cel::Arena* kept_ = nullptr;
  mutable bool is_indexed_ = false;
  mutable std::size_t count_ = 0;
  mutable const hl7::Segment** segments_ = nullptr;  // count_ of them, in *kept_
  mutable RecordView** records_ = nullptr;           // likewise, made when read
};

}  // namespace intake
