#include "connect/file_connector.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/uuid.hpp"
#include "mllp/frame_encoder.hpp"

namespace connectors {
namespace {

// In the folder of the file itself, or it could not be renamed; the dot in front
// keeps readers that poll the folder away, and no message can ask for the name.
std::string temporary_name_for(const std::string& name, const base::Uuid& id) {
  const std::size_t slash = name.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : name.substr(0, slash + 1);
  return folder + "." + base::to_string(id) + ".part";
}

std::string folder_of(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string::npos ? std::string() : name.substr(0, slash);
}

// Nothing of the call counts: the first failed, the others were not tried.
std::vector<Outcome> all_failed(std::size_t count, Failure failure) {
  std::vector<Outcome> outcomes(count, NotTried{});
  outcomes.front() = std::move(failure);
  return outcomes;
}

}  // namespace

FileConnector::FileConnector(FileSettings settings)
    : settings_(std::move(settings)), folder_(settings_.directory) {}

base::Status<Failure> FileConnector::place(const Delivery& delivery, const std::string& name) {
  if (auto made = folder_.make_folders_of(name); !made) return made;
  return folder_.place(name, temporary_name_for(name, delivery.message_id), delivery.message);
}

std::vector<Outcome> FileConnector::deliver(std::span<const Delivery> deliveries,
                                            std::stop_token stop) {
  std::vector<Outcome> outcomes(deliveries.size(), NotTried{});
  if (deliveries.empty()) return outcomes;
  if (auto opened = folder_.reopen(); !opened) {
    return all_failed(deliveries.size(), std::move(opened).error());
  }

  std::set<std::string> folders;         // seen in this call
  std::vector<std::string> first_names;  // one name in each of them
  for (std::size_t index = 0; index < deliveries.size(); ++index) {
    if (stop.stop_requested()) break;
    const std::string name = settings_.file_name.render(deliveries[index]);
    if (auto placed = place(deliveries[index], name); !placed) {
      outcomes[index] = std::move(placed).error();
      break;
    }
    outcomes[index] = Delivered{};
    if (folders.insert(folder_of(name)).second) first_names.push_back(name);
  }
  for (const std::string& name : first_names) {
    if (auto synced = folder_.sync_folder_of(name); !synced) {
      return all_failed(deliveries.size(), std::move(synced).error());
    }
  }
  return outcomes;
}

AppendConnector::AppendConnector(FileSettings settings)
    : settings_(std::move(settings)), folder_(settings_.directory) {}

AppendConnector::Run AppendConnector::take_run(std::span<const Delivery> deliveries) const {
  Run run{.name = settings_.file_name.render(deliveries.front())};
  for (const Delivery& delivery : deliveries) {
    if (!mllp::is_encodable(delivery.message)) break;
    if (run.count > 0 && settings_.file_name.render(delivery) != run.name) break;
    mllp::append_frame(run.frames, delivery.message);
    ++run.count;
  }
  return run;
}

std::vector<Outcome> AppendConnector::deliver(std::span<const Delivery> deliveries,
                                              std::stop_token stop) {
  std::vector<Outcome> outcomes(deliveries.size(), NotTried{});
  if (deliveries.empty()) return outcomes;
  if (auto opened = folder_.reopen(); !opened) {
    return all_failed(deliveries.size(), std::move(opened).error());
  }

  std::size_t done = 0;
  while (done < deliveries.size() && !stop.stop_requested()) {
    const Run run = take_run(deliveries.subspan(done));
    if (run.count == 0) {
      outcomes[done] = Failure{.what = FailureClass::kWrite,
                               .blame = Blame::kMessage,
                               .reason = "the message holds octets that MLLP cannot carry"};
      break;
    }
    auto appended = folder_.make_folders_of(run.name);
    if (appended) appended = files_.append(folder_, run.name, base::as_bytes(run.frames));
    if (!appended) {
      outcomes[done] = std::move(appended).error();
      break;
    }
    std::fill_n(outcomes.begin() + static_cast<std::ptrdiff_t>(done), run.count, Delivered{});
    done += run.count;
  }
  return outcomes;
}

}  // namespace connectors
