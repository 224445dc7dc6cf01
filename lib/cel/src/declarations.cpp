#include "declarations.hpp"

#include <algorithm>

#include "families.hpp"
#include "operators.hpp"

namespace cel {

namespace {

struct TypeName {
  std::string_view name;
  std::string_view type;
};

// Types by the names that expressions call them. Protobuf's names for what the language has itself.
constexpr TypeName kTypeNames[] = {
    {"bool", "bool"},
    {"int", "int"},
    {"uint", "uint"},
    {"double", "double"},
    {"string", "string"},
    {"bytes", "bytes"},
    {"null_type", "null_type"},
    {"type", "type"},
    {"list", "list(dyn)"},
    {"map", "map(dyn, dyn)"},
    {"optional_type", "optional_type(dyn)"},
    {"google.protobuf.Timestamp", "google.protobuf.Timestamp"},
    {"google.protobuf.Duration", "google.protobuf.Duration"},
    {"net.IP", "net.IP"},
    {"net.CIDR", "net.CIDR"},
};

constexpr std::size_t kComparedMax = 40;  // longer names are far from all others

// How many letters must change, come or go. REQUIRES: both at most kComparedMax.
std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::array<std::size_t, kComparedMax + 1> row{};
  for (std::size_t index = 0; index <= right.size(); ++index) row[index] = index;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[right.size()];
}

}  // namespace

Declarations::Declarations(EnvironmentOptions options)
    : options_(std::move(options)), standard_(&standard(options_.extensions)) {}

Declarations::Declarations(Standard standard) : standard_(this) {
  add_type_names();
  for (const auto family : {operator_functions(), core_functions(), standard_text_functions(),
                            conversion_functions(), time_functions(), optional_functions()}) {
    for (const Overload& overload : family) add_function(overload);
  }
  if (standard.extensions) {
    for (const auto family :
         {string_functions(), math_functions(), list_functions(), set_functions(),
          regex_functions(), encoder_functions(), network_functions()}) {
      for (const Overload& overload : family) add_function(overload);
    }
  }
  add_operators();
}

const Declarations& Declarations::standard(bool extensions) {
  static const Declarations kExtended(Standard{true});
  static const Declarations kPlain(Standard{false});
  return extensions ? kExtended : kPlain;
}

void Declarations::add_type_names() {
  for (const TypeName& each : kTypeNames) {
    const Type* type = TypeReader(each.type, types_).read();
    add_name({std::string(each.name), types_.type_of(type), Value::type(each.name), 0});
  }
  // The enumeration of one value that google.protobuf.Value needs.
  add_name(
      {"google.protobuf.NullValue.NULL_VALUE", simple_type(TypeKind::kInt), Value::integer(0), 0});
}

void Declarations::add_operators() {
  constexpr auto kLast = static_cast<std::size_t>(Operator::kIn);
  static_assert(kLast < std::tuple_size_v<decltype(operators_)>);
  for (std::size_t index = 1; index <= kLast; ++index) {
    operators_[index] = find_function(function_name(static_cast<Operator>(index)));
  }
}

std::vector<const RecordDeclaration*> Declarations::records() const {
  std::vector<const RecordDeclaration*> all;
  all.reserve(records_.size());
  for (const RecordDeclaration& record : records_) all.push_back(&record);
  return all;
}

std::string Declarations::add_name(NameDeclaration declaration) {
  if (declaration.name.empty()) return "a name is empty";
  if (find_name(declaration.name) != nullptr) {
    return "the name '" + declaration.name + "' is declared already";
  }
  std::string key = declaration.name;
  names_.emplace(std::move(key), std::move(declaration));
  return {};
}

std::string Declarations::add_variable(std::string_view name, std::string_view type) {
  const auto known = records();
  TypeReader reader(type, types_, known);
  const Type* read = reader.read();
  if (read == nullptr || !reader.at_end()) return "'" + std::string(type) + "' is no type";
  const auto index = static_cast<std::uint32_t>(variable_names_.size());
  std::string fault = add_name({std::string(name), read, {}, index});
  if (fault.empty()) variable_names_.emplace_back(name);
  return fault;
}

std::string Declarations::add_constant(std::string_view name, std::string_view type,
                                       const Value& value) {
  const auto known = records();
  TypeReader reader(type, types_, known);
  const Type* read = reader.read();
  if (read == nullptr || !reader.at_end()) return "'" + std::string(type) + "' is no type";
  return add_name({std::string(name), read, value, 0});
}

std::string Declarations::add_record(std::string_view name,
                                     std::span<const std::string_view> fields, RecordForm form) {
  for (const RecordDeclaration& record : records_) {
    if (record.name == name) return "the record '" + record.name + "' is declared already";
  }
  RecordDeclaration record{
      std::string(name), {}, simple_type(TypeKind::kString), form == RecordForm::kMayBeEmpty};
  record.field_names.assign(fields.begin(), fields.end());
  records_.push_back(std::move(record));
  return {};
}

std::string Declarations::add_first_of(std::string_view variable, std::string_view list) {
  const NameDeclaration* const first = find_name(variable);
  const NameDeclaration* const whole = find_name(list);
  for (const NameDeclaration* each : {first, whole}) {
    if (each == nullptr || !each->constant.is_absent()) return "no such variable";
  }
  first_of_[whole->variable] = first->variable;
  return {};
}

std::string Declarations::add_function(const Overload& overload) {
  const auto known = records();
  const auto signature = TypeReader(overload.signature, types_, known).read_signature();
  if (signature.result == nullptr) {
    return "'" + std::string(overload.signature) + "' is no signature";
  }
  if (overload.form == Form::kMember && signature.params.empty()) {
    return "a member function needs a receiver";
  }
  if (signature.params.size() > kParamsMax) return "a function has at most 8 parameters";
  overloads_.push_back(overload);
  const FunctionDeclaration* existing = find_function(overload.name);
  const auto [entry, is_new] = functions_.try_emplace(std::string(overload.name));
  FunctionDeclaration& function = entry->second;
  if (is_new && existing != nullptr) function = *existing;
  function.name = overload.name;
  function.overloads.push_back(
      {&overloads_.back(), signature.params, signature.result, signature.type_param_count});
  return {};
}

const NameDeclaration* Declarations::find_name(std::string_view name) const {
  const auto found = names_.find(name);
  if (found != names_.end()) return &found->second;
  return standard_ == this ? nullptr : standard_->find_name(name);
}

const FunctionDeclaration* Declarations::find_function(std::string_view name) const {
  const auto found = functions_.find(name);
  if (found != functions_.end()) return &found->second;
  return standard_ == this ? nullptr : standard_->find_function(name);
}

template <class Find>
auto Declarations::resolve(std::string_view name, Find find) const -> decltype(find(name)) {
  if (name.substr(0, 1) == ".") return find(name.substr(1));
  std::string_view container = options_.container;
  while (!container.empty()) {
    std::string full(container);
    full += '.';
    full += name;
    if (const auto* found = find(full)) return found;
    container = container.substr(
        0, container.find_last_of('.') == std::string_view::npos ? 0 : container.find_last_of('.'));
  }
  return find(name);
}

const NameDeclaration* Declarations::resolve_name(std::string_view name) const {
  return resolve(name, [this](std::string_view full) { return find_name(full); });
}

const FunctionDeclaration* Declarations::resolve_function(std::string_view name) const {
  return resolve(name, [this](std::string_view full) { return find_function(full); });
}

std::optional<std::uint32_t> Declarations::first_of(std::uint32_t list) const noexcept {
  const auto found = first_of_.find(list);
  if (found == first_of_.end()) return std::nullopt;
  return found->second;
}

std::string_view Declarations::nearest_name(std::string_view name) const {
  std::string_view nearest;
  std::size_t least = 3;
  if (name.size() > kComparedMax) return nearest;
  for (const std::string& each : variable_names_) {
    if (each.size() > kComparedMax) continue;
    const std::size_t distance = edit_distance(name, each);
    if (distance < least && distance < each.size()) {
      least = distance;
      nearest = each;
    }
  }
  return nearest;
}

}  // namespace cel
