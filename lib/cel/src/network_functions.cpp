// The extension `network`: addresses and networks as values of their own types.
#include <new>

#include "arena_sink.hpp"
#include "families.hpp"
#include "ip_address.hpp"

namespace cel {
namespace {

constexpr std::string_view kIpType = "net.IP";
constexpr std::string_view kCidrType = "net.CIDR";

// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): lives in an arena, never destroyed
class IpObject final : public Opaque {
 public:
  explicit IpObject(const IpAddress& held) noexcept : address(held) {}

  [[nodiscard]] std::string_view type_name() const override { return kIpType; }

  [[nodiscard]] bool equals(const Opaque& other) const override {
    return address == static_cast<const IpObject&>(other).address;
  }

  const IpAddress address;
};

// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): lives in an arena, never destroyed
class CidrObject final : public Opaque {
 public:
  explicit CidrObject(const IpNetwork& held) noexcept : network(held) {}

  [[nodiscard]] std::string_view type_name() const override { return kCidrType; }

  [[nodiscard]] bool equals(const Opaque& other) const override {
    return network == static_cast<const CidrObject&>(other).network;
  }

  const IpNetwork network;
};

template <class Object, class Held>
Value make_object(Context& context, const Held& held) {
  void* const room = context.arena().allocate(sizeof(Object));
  if (room == nullptr) return context.fail(Fault::kMemoryLimit);
  return Value::opaque(*new (room) Object(held));
}

const IpAddress& address_of(const Value& value) {
  return static_cast<const IpObject&>(value.as_opaque()).address;
}

const IpNetwork& network_of(const Value& value) {
  return static_cast<const CidrObject&>(value.as_opaque()).network;
}

Value refuse_ip(Context& context) {
  return context.fail(Fault::kInvalidArgument, "not an IP address");
}

Value refuse_cidr(Context& context) {
  return context.fail(Fault::kInvalidArgument, "not a network address");
}

Value ip_from_string(Context& context, Args args) {
  const auto address = parse_ip(args[0].as_text());
  return address ? make_object<IpObject>(context, *address) : refuse_ip(context);
}

Value cidr_from_string(Context& context, Args args) {
  const auto network = parse_cidr(args[0].as_text());
  return network ? make_object<CidrObject>(context, *network) : refuse_cidr(context);
}

Value is_ip(Context& /*context*/, Args args) {
  return Value::boolean(parse_ip(args[0].as_text()).has_value());
}

Value is_cidr(Context& /*context*/, Args args) {
  return Value::boolean(parse_cidr(args[0].as_text()).has_value());
}

// Whether the text is the one that the address prints.
Value is_canonical(Context& context, Args args) {
  const auto address = parse_ip(args[0].as_text());
  if (!address) return refuse_ip(context);
  ArenaSink printed(context, 64);
  append_ip(printed, *address);
  return printed.has_failed() ? printed.failure()
                              : Value::boolean(printed.text() == args[0].as_text());
}

Value string_from_ip(Context& context, Args args) {
  ArenaSink out(context, 64);
  append_ip(out, address_of(args[0]));
  return out.finish_string();
}

Value string_from_cidr(Context& context, Args args) {
  ArenaSink out(context, 64);
  append_cidr(out, network_of(args[0]));
  return out.finish_string();
}

Value family(Context& /*context*/, Args args) {
  return Value::integer(static_cast<std::int64_t>(address_of(args[0]).family));
}

template <bool (*test)(const IpAddress&) noexcept>
Value tested(Context& /*context*/, Args args) {
  return Value::boolean(test(address_of(args[0])));
}

Value contains_address(Context& /*context*/, Args args) {
  return Value::boolean(contains_ip(network_of(args[0]), address_of(args[1])));
}

Value contains_address_text(Context& context, Args args) {
  const auto address = parse_ip(args[1].as_text());
  if (!address) return refuse_ip(context);
  return Value::boolean(contains_ip(network_of(args[0]), *address));
}

Value contains_network(Context& /*context*/, Args args) {
  return Value::boolean(contains_cidr(network_of(args[0]), network_of(args[1])));
}

Value contains_network_text(Context& context, Args args) {
  const auto network = parse_cidr(args[1].as_text());
  if (!network) return refuse_cidr(context);
  return Value::boolean(contains_cidr(network_of(args[0]), *network));
}

Value address_of_cidr(Context& context, Args args) {
  return make_object<IpObject>(context, network_of(args[0]).address);
}

Value masked_cidr(Context& context, Args args) {
  return make_object<CidrObject>(context, masked(network_of(args[0])));
}

Value is_mask(Context& /*context*/, Args args) {
  return Value::boolean(masked(network_of(args[0])) == network_of(args[0]));
}

Value prefix_length(Context& /*context*/, Args args) {
  return Value::integer(network_of(args[0]).prefix_length);
}

constexpr Form kGlobal = Form::kGlobal;
constexpr Form kMember = Form::kMember;
constexpr std::string_view kTestOfIp = "(net.IP) -> bool";

const Overload kFunctions[] = {
    {"string_to_ip", kGlobal, "ip", "(string) -> net.IP", &ip_from_string},
    {"string_to_cidr", kGlobal, "cidr", "(string) -> net.CIDR", &cidr_from_string},
    {"is_ip", kGlobal, "isIP", "(string) -> bool", &is_ip},
    {"is_cidr", kGlobal, "isCIDR", "(string) -> bool", &is_cidr},
    {"ip_is_canonical", kGlobal, "ip.isCanonical", "(string) -> bool", &is_canonical},
    {"ip_to_string", kGlobal, "string", "(net.IP) -> string", &string_from_ip},
    {"cidr_to_string", kGlobal, "string", "(net.CIDR) -> string", &string_from_cidr},

    {"ip_family", kMember, "family", "(net.IP) -> int", &family},
    {"ip_is_unspecified", kMember, "isUnspecified", kTestOfIp, &tested<is_unspecified>},
    {"ip_is_loopback", kMember, "isLoopback", kTestOfIp, &tested<is_loopback>},
    {"ip_is_global_unicast", kMember, "isGlobalUnicast", kTestOfIp, &tested<is_global_unicast>},
    {"ip_is_link_local_multicast", kMember, "isLinkLocalMulticast", kTestOfIp,
     &tested<is_link_local_multicast>},
    {"ip_is_link_local_unicast", kMember, "isLinkLocalUnicast", kTestOfIp,
     &tested<is_link_local_unicast>},

    {"cidr_contains_ip_ip", kMember, "containsIP", "(net.CIDR, net.IP) -> bool", &contains_address},
    {"cidr_contains_ip_string", kMember, "containsIP", "(net.CIDR, string) -> bool",
     &contains_address_text},
    {"cidr_contains_cidr", kMember, "containsCIDR", "(net.CIDR, net.CIDR) -> bool",
     &contains_network},
    {"cidr_contains_cidr_string", kMember, "containsCIDR", "(net.CIDR, string) -> bool",
     &contains_network_text},
    {"cidr_ip", kMember, "ip", "(net.CIDR) -> net.IP", &address_of_cidr},
    {"cidr_masked", kMember, "masked", "(net.CIDR) -> net.CIDR", &masked_cidr},
    {"cidr_is_mask", kMember, "isMask", "(net.CIDR) -> bool", &is_mask},
    {"cidr_prefix_length", kMember, "prefixLength", "(net.CIDR) -> int", &prefix_length},
};

}  // namespace

std::span<const Overload> network_functions() { return kFunctions; }

}  // namespace cel
