// Rules over parcels: how a host uses the engine, from variables to verdicts.
//
//   $ build/dev/bin/cel-example
//   light: parcel.weight_grams < 2000
//     P-1: true (3 units)
//   …
//
// The host shows its own struct as a map, without copying: a rule that reads one field touches one
// field. It adds a function of its own, keeps compiled programs, and gives each evaluation a
// budget.
#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "cel/environment.hpp"
#include "cel/render.hpp"

namespace {

struct Parcel {
  std::string id;
  std::int64_t weight_grams;
  std::string country;
  std::vector<std::string> labels;
};

// The labels as a list of the language.
class LabelList final : public cel::ListView {
 public:
  explicit LabelList(const std::vector<std::string>& labels) : labels_(labels) {}

  [[nodiscard]] std::size_t size() const override { return labels_.size(); }

  [[nodiscard]] cel::Value at(std::size_t index, cel::Arena& /*arena*/) const override {
    return cel::Value::string(labels_[index]);
  }

 private:
  const std::vector<std::string>& labels_;
};

// A parcel as a map of the language, read field by field when an expression asks.
class ParcelMap final : public cel::MapView {
 public:
  explicit ParcelMap(const Parcel& parcel) : parcel_(parcel), labels_(parcel.labels) {}

  [[nodiscard]] std::size_t size() const override { return kKeys.size(); }

  [[nodiscard]] cel::Value find(const cel::Value& key, cel::Arena& /*arena*/) const override {
    if (!key.is(cel::Kind::kString)) return {};
    if (key.as_text() == "id") return cel::Value::string(parcel_.id);
    if (key.as_text() == "weight_grams") return cel::Value::integer(parcel_.weight_grams);
    if (key.as_text() == "country") return cel::Value::string(parcel_.country);
    if (key.as_text() == "labels") return cel::Value::list(labels_);
    return {};  // absent: no such key
  }

  [[nodiscard]] cel::Value key_at(std::size_t index, cel::Arena& /*arena*/) const override {
    return cel::Value::string(kKeys[index]);
  }

 private:
  static constexpr std::array<std::string_view, 4> kKeys = {"id", "weight_grams", "country",
                                                            "labels"};

  const Parcel& parcel_;
  LabelList labels_;
};

// isNordic(string) -> bool, a function of the host.
cel::Value is_nordic(cel::Context& /*context*/, cel::Args args) {
  const std::string_view country = args[0].as_text();
  for (const std::string_view nordic : {"DK", "FI", "IS", "NO", "SE"}) {
    if (country == nordic) return cel::Value::boolean(true);
  }
  return cel::Value::boolean(false);
}

const cel::Overload kIsNordic = {"is_nordic_string", cel::Form::kGlobal, "isNordic",
                                 "(string) -> bool", &is_nordic};

struct Rule {
  std::string_view name;
  std::string_view source;
};

constexpr Rule kRules[] = {
    {"light", "parcel.weight_grams < 2000"},
    {"nordic", "isNordic(parcel.country)"},
    {"fragile", "parcel.labels.exists(l, l.lowerAscii() == 'fragile')"},
    {"summary", "'%s to %s: %s'.format([parcel.id, parcel.country, parcel.labels.join('+')])"},
    {"insured", "parcel.insurance > 0"},
    {"wrong", "parcel.weight_grams <"},
};

void evaluate(const cel::Program& program, const std::vector<Parcel>& parcels) {
  constexpr std::uint64_t kBudget = 1000;
  cel::Evaluation evaluation(kBudget);  // one a thread, used again and again
  cel::Activation activation(1);
  for (const Parcel& parcel : parcels) {
    const ParcelMap map(parcel);
    activation.bind(0, cel::Value::map(map));
    const cel::Value verdict = program.evaluate(activation, evaluation);
    const std::string text = verdict.is_error() ? cel::describe(verdict) : cel::to_literal(verdict);
    std::printf("  %s: %s (%llu units)\n", parcel.id.c_str(), text.c_str(),
                static_cast<unsigned long long>(evaluation.cost()));
  }
}

}  // namespace

int main() {
  cel::Environment environment;
  if (!environment.add_variable("parcel", "map(string, dyn)") ||
      !environment.add_function(kIsNordic)) {
    return 1;
  }
  const std::vector<Parcel> parcels = {
      {"P-1", 1200, "FI", {"Fragile", "express"}},
      {"P-2", 4500, "DE", {}},
  };
  for (const Rule& rule : kRules) {
    std::printf("%.*s: %.*s\n", static_cast<int>(rule.name.size()), rule.name.data(),
                static_cast<int>(rule.source.size()), rule.source.data());
    const auto program = environment.compile(rule.source);
    if (!program) {
      std::printf("%s", cel::render(program.error(), rule.source, rule.name).c_str());
      continue;
    }
    evaluate(*program, parcels);
  }
  return 0;
}
