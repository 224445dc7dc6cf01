#include "connect/modules/postgres.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "connect/modules/postgres_connector.hpp"
#include "connect/secret_file.hpp"
#include "connect/settings_reader.hpp"

namespace connectors {
namespace {

constexpr std::size_t kNameBytesMax = 63;  // PostgreSQL cuts longer ones
constexpr std::size_t kBatch = 256;        // where `batch` is not given: one commit for so many

class PostgresPlan final : public ConnectorPlan {
 public:
  PostgresPlan(PostgresSettings settings, const base::Clock& clock)
      : settings_(std::move(settings)), clock_(clock) {}

  [[nodiscard]] std::unique_ptr<Connector> open() const override {
    return std::make_unique<PostgresConnector>(settings_, clock_);
  }

  [[nodiscard]] std::string describe() const override {
    return "postgres at " + settings_.endpoint + ", table " + settings_.table;
  }

 private:
  const PostgresSettings settings_;
  const base::Clock& clock_;
};

struct OptionsEnd {
  void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};

using Options = std::unique_ptr<PQconninfoOption, OptionsEnd>;

// What the string says of an option, else what is usual.
std::string option_of(const Options& options, std::string_view key, std::string_view usual) {
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->keyword == key && option->val != nullptr) return option->val;
  }
  return std::string(usual);
}

void read_dsn(config::Reader& reader, PostgresSettings& postgres) {
  postgres.dsn = reader.required_text("dsn");
  if (postgres.dsn.empty()) return;
  char* words = nullptr;
  const Options options(PQconninfoParse(postgres.dsn.c_str(), &words));
  if (options == nullptr) {
    // libpq's own words may quote a password.
    PQfreemem(words);
    return reader.report("dsn",
                         "expected a connection string such as host=db.example.com dbname=hl7 "
                         "user=mllp, or postgresql://mllp@db.example.com/hl7");
  }
  const std::string address = option_of(options, "hostaddr", "localhost");
  postgres.endpoint = option_of(options, "host", address) + ":" +
                      option_of(options, "port", "5432") + "/" +
                      option_of(options, "dbname", option_of(options, "user", ""));
}

bool is_name(std::string_view name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz_0123456789";
  return !name.empty() && name.size() <= kNameBytesMax && (name[0] < '0' || name[0] > '9') &&
         name.find_first_not_of(kLetters) == std::string_view::npos;
}

// `schema.name` or `name`, each in quotes; empty if it is neither.
std::string quoted(std::string_view table) {
  const std::size_t dot = table.find('.');
  const std::string_view name = table.substr(dot + 1);  // npos + 1: all of it
  if (!is_name(name)) return {};
  std::string made = "\"" + std::string(name) + "\"";
  if (dot == std::string_view::npos) return made;
  const std::string_view schema = table.substr(0, dot);
  return is_name(schema) ? "\"" + std::string(schema) + "\"." + made : std::string();
}

void read_table(config::Reader& reader, PostgresSettings& postgres) {
  const std::string table = reader.text("table", "mllp_messages");
  postgres.table = quoted(table);
  if (!postgres.table.empty()) return;
  reader.report(
      "table",
      "expected name or schema.name, of a-z, 0-9 and _, at most 63 each, found '" + table + "'");
}

}  // namespace

std::unique_ptr<ConnectorPlan> make_postgres_plan(const config::ConnectorSettings& settings,
                                                  const base::Clock& clock,
                                                  config::Problems& problems) {
  const std::size_t problem_count = problems.size();
  config::Reader reader = make_settings_reader(settings, problems);
  PostgresSettings postgres;
  postgres.batch_max = settings.node.find("batch") != nullptr ? settings.batch : kBatch;
  read_dsn(reader, postgres);
  read_table(reader, postgres);
  postgres.password_file = reader.text("password_file", "");
  if (!postgres.password_file.empty()) {
    const auto password = read_secret_file(postgres.password_file);
    if (!password) reader.report("password_file", password.error());
  }
  postgres.connect_timeout = read_timeout(reader, "connect_timeout", postgres.connect_timeout);
  postgres.timeout = read_timeout(reader, "timeout", postgres.timeout);
  reader.finish();
  if (problems.size() != problem_count) return nullptr;
  return std::make_unique<PostgresPlan>(std::move(postgres), clock);
}

}  // namespace connectors
