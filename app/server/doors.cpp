#include "server/doors.hpp"

#include <boost/asio/post.hpp>
#include <future>
#include <utility>

#include "base/try.hpp"
#include "session/mllp_session.hpp"
#include "telemetry/log.hpp"

namespace server {
namespace {

using telemetry::Level;

std::size_t index_of(const net::Loops& loops, const net::Loop& loop) noexcept {
  std::size_t index = 0;
  while (loops[index].get() != &loop) ++index;
  return index;
}

}  // namespace

base::Result<std::unique_ptr<Doors>, std::string> Doors::open(
    const config::Configuration& configuration, const intake::Router& router,
    const intake::LiveRules& rules, store::Outbox& outbox, const base::Clock& clock) {
  std::unique_ptr<Doors> doors(new Doors(configuration, outbox, clock));
  for (const config::ListenerSettings& settings : configuration.listeners) {
    TRY(doors->open_door(settings, router, rules));
  }
  return doors;
}

Doors::Doors(const config::Configuration& configuration, store::Outbox& outbox,
             const base::Clock& clock)
    : outbox_(outbox), clock_(clock), pool_(configuration.server.max_buffered_bytes) {
  // The memory store answers on the loops' own threads.
  const auto when_idle = configuration.server.store == config::StoreKind::kMemory
                             ? net::WhenIdle::kYield
                             : net::WhenIdle::kSleep;
  for (std::uint64_t index = 0; index < configuration.server.threads; ++index) {
    loops_.push_back(std::make_unique<net::Loop>(pool_, clock, when_idle));
    sinks_.push_back(std::make_unique<session::ReturnSink>(*loops_.back()));
  }
}

Doors::~Doors() { stop(); }

base::Status<std::string> Doors::open_door(const config::ListenerSettings& settings,
                                           const intake::Router& router,
                                           const intake::LiveRules& rules) {
  const auto policy = intake::AckPolicy::make(settings.answers);
  if (!policy) return base::fail(config::to_string(policy.error()));
  auto door = std::make_unique<Door>(Door{settings, nullptr, {}, nullptr});
  door->intake = std::make_unique<intake::Intake>(settings, *policy, router, clock_,
                                                  intake::ListenerRules{&rules, doors_.size()});
  for (std::size_t index = 0; index < loops_.size(); ++index) {
    door->groups.push_back(std::make_unique<session::SessionGroup>());
  }
  net::ListenerOptions options;
  options.name = settings.name;
  options.host = settings.address.host;
  options.port = settings.address.port;
  options.limits = {settings.max_connections, settings.max_connections_per_ip};
  Door& target = *door;
  door->listener = TRY(net::Listener::open(
      options, loops_,
      [this, &target](net::Loop& loop, net::Socket socket, net::Admission::Ticket ticket) {
        welcome(target, loop, std::move(socket), std::move(ticket));
      }));
  doors_.push_back(std::move(door));
  return base::Done{};
}

void Doors::welcome(Door& door, net::Loop& loop, net::Socket socket,
                    net::Admission::Ticket ticket) {
  const std::size_t index = index_of(loops_, loop);
  const session::SessionContext context{door.settings,  *door.intake, outbox_,
                                        *sinks_[index], loop,         *door.groups[index]};
  const auto session = std::make_shared<session::MllpSession>(
      context, net::Connection(std::move(socket), door.settings.keep_alive_period),
      std::move(ticket), ++last_session_id_);
  session->start();
}

void Doors::start() {
  for (std::size_t index = 0; index < loops_.size(); ++index) loops_[index]->start(index);
  for (const auto& door : doors_) {
    door->listener->start();
    telemetry::log(Level::kInfo, "listening",
                   {{"listener", door->settings.name},
                    {"address", net::to_string(door->listener->endpoint())}});
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

void Doors::stop() {
  for (const auto& loop : loops_) loop->stop();
}

}  // namespace server
