#include "server/doors.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <future>
#include <iterator>
#include <utility>

#include "base/try.hpp"
#include "config/networks.hpp"
#include "session/mllp_session.hpp"
#include "telemetry/log.hpp"

namespace server {
namespace {

using telemetry::Level;

constexpr auto kAskWithin = std::chrono::seconds(1);

std::size_t index_of(const net::Loops& loops, const net::Loop& loop) noexcept {
  std::size_t index = 0;
  while (loops[index].get() != &loop) ++index;
  return index;
}

net::AddressFilter make_filter(const config::Networks& networks) {
  if (networks.empty()) return nullptr;
  return [networks](const net::asio::ip::address& address) {
    const auto octets =
        address.is_v6()
            ? address.to_v6().to_bytes()
            : net::asio::ip::make_address_v6(net::asio::ip::v4_mapped, address.to_v4()).to_bytes();
    return config::contains(networks, octets);
  };
}

}  // namespace

base::Result<std::unique_ptr<Doors>, std::string> Doors::open(
    const config::Configuration& configuration, const Supplies& supplies, const Stores& stores,
    const base::Clock& clock) {
  std::unique_ptr<Doors> doors(new Doors(configuration, supplies.questions, stores, clock));
  for (std::size_t index = 0; index < configuration.listeners.size(); ++index) {
    TRY(doors->open_door(index, supplies));
  }
  return doors;
}

Doors::Doors(const config::Configuration& configuration, deliver::Questions& questions,
             const Stores& stores, const base::Clock& clock)
    : configuration_(configuration),
      questions_(questions),
      stores_(stores),
      clock_(clock),
      pool_(configuration.server.max_buffered_bytes) {
  // The memory store answers on the loops' own threads.
  const auto when_idle = configuration.server.store == config::StoreKind::kMemory
                             ? net::WhenIdle::kYield
                             : net::WhenIdle::kSleep;
  for (std::uint64_t index = 0; index < configuration.server.threads; ++index) {
    loops_.push_back(std::make_unique<net::Loop>(pool_, clock, when_idle));
    gates_.push_back(std::make_unique<session::AppendGate>(*loops_.back(), stores_.outbox));
    sinks_.push_back(std::make_unique<session::ReturnSink>(*loops_.back()));
    exchanges_.push_back(std::make_unique<session::ExchangePool>());
  }
}

Doors::~Doors() { stop(); }

base::Status<std::string> Doors::open_door(std::size_t index, const Supplies& supplies) {
  const config::ListenerSettings& settings = configuration_.listeners[index];
  const auto policy = intake::AckPolicy::make(settings.answers);
  if (!policy) return base::fail(config::to_string(policy.error()));
  auto door = std::make_unique<Door>(Door{settings, nullptr, {}, {}, nullptr});
  const auto digest = configuration_.server.store == config::StoreKind::kMemory
                          ? intake::Digest::kLeftOut
                          : intake::Digest::kTaken;
  door->intake = std::make_unique<intake::Intake>(
      settings, *policy, intake::ListenerRules{supplies.rules, index}, clock_,
      intake::StoreTraits{digest, stores_.dedup_secret});
  Door& target = *door;
  for (std::size_t loop_index = 0; loop_index < loops_.size(); ++loop_index) {
    add_loop(target, loop_index, supplies.certificates.source(index));
  }
  net::ListenerOptions options;
  options.name = settings.name;
  options.host = settings.address.host;
  options.port = settings.address.port;
  options.limits = {settings.max_connections, settings.max_connections_per_ip, settings.rate_limit};
  options.allows = make_filter(settings.allow_from);
  if (settings.proxy_protocol) options.balancers = make_filter(settings.proxy_from);
  door->listener = TRY(net::Listener::open(
      options, loops_,
      [this, &target](net::Loop& loop, net::Socket socket, net::Admission::Ticket ticket) {
        target.receptions[index_of(loops_, loop)]->receive(std::move(socket), std::move(ticket));
      }));
  doors_.push_back(std::move(door));
  return base::Done{};
}

// What a listener needs on one loop.
void Doors::add_loop(Door& door, std::size_t loop_index, TlsSource tls) {
  const config::ListenerSettings& settings = door.settings;
  door.groups.push_back(std::make_unique<session::SessionGroup>());
  net::ReceptionOptions options;
  options.listener = settings.name;
  options.connect_timeout = settings.connect_timeout;
  options.keep_alive_period = settings.keep_alive_period;
  options.guests_max = (settings.max_handshakes + loops_.size() - 1) / loops_.size();
  options.allows = make_filter(settings.allow_from);
  options.proxy_protocol = settings.proxy_protocol;
  options.tls = std::move(tls);
  door.receptions.push_back(std::make_unique<net::Reception>(
      *loops_[loop_index], std::move(options), [this, &door, loop_index](net::Arrival arrival) {
        welcome(door, loop_index, std::move(arrival));
      }));
}

void Doors::welcome(Door& door, std::size_t loop_index, net::Arrival arrival) {
  const session::SessionContext context{
      door.settings,           *door.intake,        *gates_[loop_index],
      *sinks_[loop_index],     *loops_[loop_index], *door.groups[loop_index],
      *exchanges_[loop_index], &questions_,         stores_.rejected};
  std::make_shared<session::MllpSession>(context, std::move(arrival), ++last_session_id_)->start();
}

void Doors::start() {
  for (std::size_t index = 0; index < loops_.size(); ++index) loops_[index]->start(index);
  for (const auto& door : doors_) {
    door->listener->start();
    telemetry::log(Level::kInfo, "listening",
                   {{"listener", door->settings.name},
                    {"address", net::to_string(door->listener->endpoint())},
                    {"tls", !door->settings.tls_cert_files.empty()}});
  }
}

void Doors::drain() {
  for (const auto& door : doors_) door->listener->stop();
  for (std::size_t index = 0; index < loops_.size(); ++index) {
    std::promise<void> told;
    boost::asio::post(loops_[index]->executor(), [this, index, &told] {
      for (const auto& door : doors_) door->groups[index]->drain();
      told.set_value();
    });
    told.get_future().wait();
  }
}

std::size_t Doors::session_count() const noexcept {
  std::size_t count = 0;
  for (const auto& door : doors_) {
    for (const auto& group : door->groups) count += group->count();
  }
  return count;
}

std::vector<session::SessionFacts> Doors::sessions(std::size_t count_max) const {
  std::vector<session::SessionFacts> all;
  for (std::size_t index = 0; index < loops_.size() && all.size() < count_max; ++index) {
    const std::size_t rest = count_max - all.size();
    auto answer = std::make_shared<std::promise<std::vector<session::SessionFacts>>>();
    auto told = answer->get_future();
    boost::asio::post(loops_[index]->executor(), [this, index, rest, answer] {
      answer->set_value(sessions_of_loop(index, rest));
    });
    if (told.wait_for(kAskWithin) != std::future_status::ready) continue;
    std::ranges::move(told.get(), std::back_inserter(all));
  }
  return all;
}

std::vector<session::SessionFacts> Doors::sessions_of_loop(std::size_t index,
                                                           std::size_t count_max) const {
  std::vector<session::SessionFacts> found;
  for (const auto& door : doors_) {
    std::ranges::move(door->groups[index]->facts(count_max - found.size()),
                      std::back_inserter(found));
  }
  return found;
}

bool Doors::check_pulse() {
  if (pulses_awaited_.load(std::memory_order_relaxed) != 0) return false;
  pulses_awaited_.store(loops_.size(), std::memory_order_relaxed);
  for (const auto& loop : loops_) {
    net::asio::post(loop->context(),
                    [this] { pulses_awaited_.fetch_sub(1, std::memory_order_relaxed); });
  }
  return true;
}

std::vector<std::string> Doors::addresses() const {
  std::vector<std::string> all;
  all.reserve(doors_.size());
  for (const auto& door : doors_) {
    all.push_back(door->settings.name + " " + net::to_string(door->listener->endpoint()));
  }
  return all;
}

std::vector<std::string> Doors::listener_names() const {
  std::vector<std::string> all;
  all.reserve(doors_.size());
  for (const auto& door : doors_) all.push_back(door->settings.name);
  return all;
}

void Doors::stop() {
  for (const auto& loop : loops_) loop->stop();
}

}  // namespace server
