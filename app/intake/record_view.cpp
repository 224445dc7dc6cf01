#include "intake/record_view.hpp"

#include <algorithm>
#include <new>

#include "cel/arena.hpp"

namespace intake {
namespace {

constexpr FieldPlace place(std::string_view name, const char (&segment)[4], std::uint16_t field,
                           std::uint16_t component = 0) {
  FieldPlace made{name, {.segment = {segment[0], segment[1], segment[2]}}};
  made.path.field = hl7::Ordinal{field};
  if (component != 0) made.path.component = hl7::Ordinal{component};
  return made;
}

constexpr std::array kMsh = {
    place("msg_type", "MSH", 9, 1),   place("trigger", "MSH", 9, 2),
    place("structure", "MSH", 9, 3),  place("sending_app", "MSH", 3),
    place("sending_fac", "MSH", 4),   place("receiving_app", "MSH", 5),
    place("receiving_fac", "MSH", 6), place("datetime", "MSH", 7),
    place("control_id", "MSH", 10),   place("processing_id", "MSH", 11),
    place("version", "MSH", 12),
};

constexpr std::array kPid = {
    place("id", "PID", 3, 1), place("name", "PID", 5),        place("dob", "PID", 7),
    place("sex", "PID", 8),   place("country", "PID", 11, 6), place("ssn", "PID", 19),
};

constexpr std::array kPv1 = {
    place("patient_class", "PV1", 2),
    place("assigned_location", "PV1", 3),
    place("attending_doctor", "PV1", 7),
    place("admit_datetime", "PV1", 44),
};

constexpr std::array kObx = {
    place("value_type", "OBX", 2), place("identifier", "OBX", 3, 1), place("value", "OBX", 5),
    place("unit", "OBX", 6, 1),    place("status", "OBX", 11),
};

constexpr std::uint64_t kRecordCost = 16;  // of making one of a list

static_assert(kMsh.size() <= kRecordFieldsMax);

}  // namespace

const RecordShape& msh_shape() noexcept {
  static constexpr RecordShape kShape{"msh", "MSH", kMsh};
  return kShape;
}

const RecordShape& pid_shape() noexcept {
  static constexpr RecordShape kShape{"pid", "PID", kPid};
  return kShape;
}

const RecordShape& pv1_shape() noexcept {
  static constexpr RecordShape kShape{"pv1", "PV1", kPv1};
  return kShape;
}

const RecordShape& obx_shape() noexcept {
  static constexpr RecordShape kShape{"obx", "OBX", kObx};
  return kShape;
}

std::span<const RecordShape* const> all_record_shapes() noexcept {
  static const std::array<const RecordShape*, 4> kAll = {&msh_shape(), &pid_shape(), &pv1_shape(),
                                                         &obx_shape()};
  return kAll;
}

void RecordView::open(MessageText& text, cel::Arena& kept) noexcept {
  text_ = &text;
  kept_ = &kept;
  segment_ = nullptr;
  is_sought_ = false;
  read_mask_ = 0;
}

void RecordView::open(MessageText& text, cel::Arena& kept, const hl7::Segment& segment) noexcept {
  open(text, kept);
  segment_ = &segment;
  is_sought_ = true;
}

const hl7::Segment* RecordView::segment() const noexcept {
  if (!is_sought_) {
    segment_ = text_->message().find(shape_->segment);
    is_sought_ = true;
  }
  return segment_;
}

std::size_t RecordView::size() const { return segment() == nullptr ? 0 : shape_->fields.size(); }

cel::Value RecordView::find(const cel::Value& key, cel::Arena& arena) const {
  if (!key.is(cel::Kind::kString)) return {};
  const auto found = std::ranges::find(shape_->fields, key.as_text(), &FieldPlace::name);
  if (found == shape_->fields.end()) return {};
  return field(static_cast<std::uint32_t>(found - shape_->fields.begin()), key, arena);
}

cel::Value RecordView::key_at(std::size_t index, cel::Arena& /*arena*/) const {
  return cel::Value::string(shape_->fields[index].name);
}

cel::Value RecordView::field(std::uint32_t index, const cel::Value& /*key*/,
                             cel::Arena& /*arena*/) const {
  const auto bit = static_cast<std::uint16_t>(1U << index);
  if ((read_mask_ & bit) != 0) return values_[index];
  const hl7::Segment* const here = segment();
  if (here == nullptr) return {};
  const cel::Value value = text_->read(*here, shape_->fields[index].path, *kept_);
  if (value.is_error()) return value;
  values_[index] = value;
  read_mask_ |= bit;
  return value;
}

void RecordListView::open(MessageText& text, cel::Arena& kept) noexcept {
  text_ = &text;
  kept_ = &kept;
  is_indexed_ = false;
}

void RecordListView::index() const {
  if (is_indexed_) return;
  is_indexed_ = true;
  count_ = text_->message().count(shape_->segment);
  segments_ = kept_->allocate_array<const hl7::Segment*>(count_);
  records_ = kept_->allocate_array<RecordView*>(count_);
  if (segments_ == nullptr || records_ == nullptr) return;
  std::size_t next = 0;
  for (const hl7::Segment& segment : text_->message().segments()) {
    if (next == count_ || segment.name() != shape_->segment) continue;
    segments_[next] = &segment;
    records_[next] = nullptr;
    ++next;
  }
  count_ = next;
}

std::size_t RecordListView::size() const {
  index();
  return count_;
}

cel::Value RecordListView::at(std::size_t index, cel::Arena& /*arena*/) const {
  this->index();
  if (segments_ == nullptr || records_ == nullptr) {
    return cel::Value::error(cel::Fault::kMemoryLimit);
  }
  if (records_[index] == nullptr) {
    if (!text_->charge(kRecordCost)) return cel::Value::error(cel::Fault::kCostLimit);
    void* const room = kept_->allocate(sizeof(RecordView));
    if (room == nullptr) return cel::Value::error(cel::Fault::kMemoryLimit);
    auto* const made = new (room) RecordView(*shape_);
    made->open(*text_, *kept_, *segments_[index]);
    records_[index] = made;
  }
  return cel::Value::map(*records_[index]);
}

}  // namespace intake
