// The fields of timestamps, in UTC or another zone, and of durations.
#include <memory>
#include <optional>

#include "civil_time.hpp"
#include "families.hpp"
#include "time_values.hpp"
#include "time_zone.hpp"

namespace cel {
namespace {

using Field = std::int64_t (*)(const CivilTime& time);

std::int64_t year(const CivilTime& time) { return time.year; }

std::int64_t month_from_0(const CivilTime& time) { return time.month - 1; }

std::int64_t day_of_month_from_0(const CivilTime& time) { return time.day - 1; }

std::int64_t day_of_month_from_1(const CivilTime& time) { return time.day; }

std::int64_t day_of_week(const CivilTime& time) { return time.day_of_week; }

std::int64_t day_of_year_from_0(const CivilTime& time) { return time.day_of_year - 1; }

std::int64_t hour(const CivilTime& time) { return time.hour; }

std::int64_t minute(const CivilTime& time) { return time.minute; }

std::int64_t second(const CivilTime& time) { return time.second; }

template <Field field>
Value utc_field(Context& /*context*/, Args args) {
  return Value::integer(field(to_civil_time(args[0].seconds())));
}

// A zone that was looked up when planning: a fixed offset, or one of the database.
struct KnownZone {
  std::int32_t fixed_offset = 0;
  const TimeZone* zone = nullptr;

  [[nodiscard]] std::int32_t offset_at(std::int64_t unix_seconds) const noexcept {
    return zone == nullptr ? fixed_offset : zone->offset_at(unix_seconds);
  }
};

std::optional<KnownZone> find_zone(std::string_view name) {
  if (const auto offset = parse_fixed_offset(name)) return KnownZone{*offset, nullptr};
  if (const TimeZone* zone = find_time_zone(name)) return KnownZone{0, zone};
  return std::nullopt;
}

Prepared prepare_zone(Args args, const ValueLimits& /*limits*/, const void* /*data*/) {
  if (!args[1].is(Kind::kString)) return {};
  const auto zone = find_zone(args[1].as_text());
  if (!zone) return {};
  return {std::make_shared<const KnownZone>(*zone), {}};
}

// Seconds east of UTC at the timestamp, or none for a zone that there is not.
std::optional<std::int32_t> offset_of(Context& context, Args args) {
  if (context.prepared() != nullptr) {
    return static_cast<const KnownZone*>(context.prepared())->offset_at(args[0].seconds());
  }
  const auto zone = find_zone(args[1].as_text());
  if (!zone) return std::nullopt;
  return zone->offset_at(args[0].seconds());
}

template <Field field>
Value zone_field(Context& context, Args args) {
  const auto offset = offset_of(context, args);
  if (!offset) return context.fail(Fault::kInvalidArgument, "no such time zone");
  return Value::integer(field(to_civil_time(args[0].seconds() + *offset)));
}

std::int64_t millisecond_of(const Value& timestamp) {
  return static_cast<std::int64_t>(timestamp.nanos() / 1'000'000);
}

Value utc_milliseconds(Context& /*context*/, Args args) {
  return Value::integer(millisecond_of(args[0]));
}

// The same in each zone; yet the zone must be one.
Value zone_milliseconds(Context& context, Args args) {
  if (!offset_of(context, args)) return context.fail(Fault::kInvalidArgument, "no such time zone");
  return Value::integer(millisecond_of(args[0]));
}

template <std::int64_t unit_nanos>
Value whole_units(Context& /*context*/, Args args) {
  return Value::integer(args[0].duration_nanos() / unit_nanos);
}

// Within the second: hours, minutes and seconds count all of the duration, this does not.
Value duration_milliseconds(Context& /*context*/, Args args) {
  return Value::integer(args[0].duration_nanos() % kNanosPerSecond / 1'000'000);
}

constexpr Form kMember = Form::kMember;
constexpr std::string_view kInUtc = "(google.protobuf.Timestamp) -> int";
constexpr std::string_view kInZone = "(google.protobuf.Timestamp, string) -> int";
constexpr std::string_view kOfDuration = "(google.protobuf.Duration) -> int";

constexpr Overload in_zone(std::string_view id, std::string_view name,
                           Value (*run)(Context&, Args)) {
  return {.id = id,
          .form = kMember,
          .name = name,
          .signature = kInZone,
          .run = run,
          .prepare = &prepare_zone};
}

const Overload kFunctions[] = {
    {"timestamp_to_year", kMember, "getFullYear", kInUtc, &utc_field<year>},
    in_zone("timestamp_to_year_with_tz", "getFullYear", &zone_field<year>),
    {"timestamp_to_month", kMember, "getMonth", kInUtc, &utc_field<month_from_0>},
    in_zone("timestamp_to_month_with_tz", "getMonth", &zone_field<month_from_0>),
    {"timestamp_to_day_of_year", kMember, "getDayOfYear", kInUtc, &utc_field<day_of_year_from_0>},
    in_zone("timestamp_to_day_of_year_with_tz", "getDayOfYear", &zone_field<day_of_year_from_0>),
    {"timestamp_to_day_of_month", kMember, "getDayOfMonth", kInUtc,
     &utc_field<day_of_month_from_0>},
    in_zone("timestamp_to_day_of_month_with_tz", "getDayOfMonth", &zone_field<day_of_month_from_0>),
    {"timestamp_to_day_of_month_1_based", kMember, "getDate", kInUtc,
     &utc_field<day_of_month_from_1>},
    in_zone("timestamp_to_day_of_month_1_based_with_tz", "getDate",
            &zone_field<day_of_month_from_1>),
    {"timestamp_to_day_of_week", kMember, "getDayOfWeek", kInUtc, &utc_field<day_of_week>},
    in_zone("timestamp_to_day_of_week_with_tz", "getDayOfWeek", &zone_field<day_of_week>),
    {"timestamp_to_hours", kMember, "getHours", kInUtc, &utc_field<hour>},
    in_zone("timestamp_to_hours_tz", "getHours", &zone_field<hour>),
    {"timestamp_to_minutes", kMember, "getMinutes", kInUtc, &utc_field<minute>},
    in_zone("timestamp_to_minutes_tz", "getMinutes", &zone_field<minute>),
    {"timestamp_to_seconds", kMember, "getSeconds", kInUtc, &utc_field<second>},
    in_zone("timestamp_to_seconds_tz", "getSeconds", &zone_field<second>),
    {"timestamp_to_milliseconds", kMember, "getMilliseconds", kInUtc, &utc_milliseconds},
    in_zone("timestamp_to_milliseconds_with_tz", "getMilliseconds", &zone_milliseconds),

    {"duration_to_hours", kMember, "getHours", kOfDuration, &whole_units<3600 * kNanosPerSecond>},
    {"duration_to_minutes", kMember, "getMinutes", kOfDuration, &whole_units<60 * kNanosPerSecond>},
    {"duration_to_seconds", kMember, "getSeconds", kOfDuration, &whole_units<kNanosPerSecond>},
    {"duration_to_milliseconds", kMember, "getMilliseconds", kOfDuration, &duration_milliseconds},
};

}  // namespace

std::span<const Overload> time_functions() { return kFunctions; }

}  // namespace cel
