#include "cli/listen_run.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "cli/listen_answer.hpp"
#include "cli/tls_wire.hpp"

namespace cli {
namespace {

constexpr std::size_t kReadBytes = 64 * base::kKiB;
constexpr std::size_t kFrameBytesMax = std::size_t{1} << 30U;
constexpr base::Duration kRoundMax = std::chrono::milliseconds(100);

std::string text_of(const sockaddr_storage& storage) {
  char text[INET6_ADDRSTRLEN] = {};
  if (storage.ss_family == AF_INET) {
    const auto& address = reinterpret_cast<const sockaddr_in&>(storage);
    ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    return config::to_string({text, ntohs(address.sin_port)});
  }
  const auto& address = reinterpret_cast<const sockaddr_in6&>(storage);
  ::inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof text);
  return config::to_string({text, ntohs(address.sin6_port)});
}

std::uint16_t port_of(int descriptor) {
  sockaddr_storage storage{};
  socklen_t bytes = sizeof storage;
  static_cast<void>(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &bytes));
  return storage.ss_family == AF_INET
             ? ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port)
             : ntohs(reinterpret_cast<const sockaddr_in6&>(storage).sin6_port);
}

// All addresses of both families.
SocketAddress any_address(std::uint16_t port) {
  SocketAddress address;
  auto& any = reinterpret_cast<sockaddr_in6&>(address.storage);
  any.sin6_family = AF_INET6;
  any.sin6_port = htons(port);
  address.size = sizeof any;
  return address;
}

base::Result<int, int> listen_at(const SocketAddress& address) {
  const int descriptor =
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return base::fail(int{errno});
  const int on = 1;
  static_cast<void>(::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  const auto* generic = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::bind(descriptor, generic, address.size) != 0 || ::listen(descriptor, SOMAXCONN) != 0) {
    const int why = errno;
    ::close(descriptor);
    return base::fail(int{why});
  }
  return descriptor;
}

mllp::FrameOptions frame_options() {
  mllp::FrameOptions options;
  options.payload_bytes_max = kFrameBytesMax;
  return options;
}

void make_reset(const Wire& wire) {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  static_cast<void>(::setsockopt(wire.descriptor(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard));
}

}  // namespace

ListenRun::Link::Link() : decoder(frame_options()) {}

ListenRun::ListenRun(ListenPlan plan, ListenScript script, ListenObserver& observer,
                     const base::Clock& clock)
    : plan_(std::move(plan)),
      script_(std::move(script)),
      observer_(observer),
      clock_(clock),
      buffer_(kReadBytes) {}

ListenRun::~ListenRun() {
  if (listener_ >= 0) ::close(listener_);
}

base::Status<std::string> ListenRun::open() {
  std::vector<SocketAddress> addresses{any_address(plan_.address.port)};
  if (!plan_.address.host.empty()) {
    auto destination = resolve(plan_.address);
    if (!destination) return base::fail(std::move(destination).error());
    addresses = std::move(destination->addresses);
  }
  const auto listener = listen_at(addresses.front());
  if (!listener) {
    return base::fail("cannot listen on " + config::to_string(plan_.address) + ": " +
                      std::generic_category().message(listener.error()));
  }
  listener_ = *listener;
  plan_.address.port = port_of(listener_);
  return base::Done{};
}

bool ListenRun::step() {
  std::vector<pollfd> polled{{.fd = listener_, .events = POLLIN, .revents = 0}};
  std::vector<Link*> in_order;
  for (const auto& [number, link] : links_) {
    const bool writes = !link->outgoing.empty() || link->wire->has_unsent();
    const int events = writes ? POLLIN | POLLOUT : POLLIN;
    polled.push_back({link->wire->descriptor(), static_cast<short>(events), 0});
    in_order.push_back(link.get());
  }
  base::Duration wait = kRoundMax;
  if (!due_.empty()) wait = std::min(wait, due_.begin()->first - clock_.steady_now());
  const auto millis =
      std::chrono::ceil<std::chrono::milliseconds>(std::max(wait, base::Duration::zero()));
  if (::poll(polled.data(), polled.size(), static_cast<int>(millis.count())) > 0) {
    for (std::size_t index = 0; index < in_order.size(); ++index) {
      const short events = polled[index + 1].revents;
      if ((events & POLLOUT) != 0) write(*in_order[index]);
      if ((events & ~POLLOUT) != 0) read(*in_order[index]);
    }
    if (polled.front().revents != 0) accept();
  }
  act_on_what_is_due();
  drop_ended();
  const bool all_came = plan_.count_max > 0 && tally_.message_count >= plan_.count_max;
  const bool said =
      std::ranges::all_of(links_, [](const auto& entry) { return entry.second->outgoing.empty(); });
  return !(all_came && due_.empty() && said);
}

void ListenRun::accept() {
  sockaddr_storage storage{};
  socklen_t bytes = sizeof storage;
  const int descriptor = ::accept4(listener_, reinterpret_cast<sockaddr*>(&storage), &bytes,
                                   SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) return;
  auto link = std::make_unique<Link>();
  link->number = ++tally_.connection_count;
  link->peer = text_of(storage);
  link->wire = take_plain_wire(descriptor);
  if (plan_.tls) link->wire = make_accepting_tls_wire(std::move(link->wire), plan_.tls);
  links_.emplace(link->number, std::move(link));
}

void ListenRun::read(Link& link) {
  while (link.wire) {
    const WireStep step = link.wire->read(buffer_);
    if (step.event == WireEvent::kDone) {
      handle_input(link, base::ByteView(buffer_).first(step.bytes));
      continue;
    }
    if (step.event == WireEvent::kWouldBlock) return;
    const std::string why = link.wire->failure_text();
    if (!why.empty()) observer_.on_trouble(link.peer, why);
    if (link.decoder.inside_frame()) observer_.on_trouble(link.peer, "the end, inside a frame");
    link.wire.reset();
  }
}

void ListenRun::handle_input(Link& link, base::ByteView input) {
  while (!input.empty() && link.wire) {
    const mllp::DecodeStep step = link.decoder.decode(input);
    input = input.subspan(step.consumed_bytes);
    if (step.event == mllp::DecodeEvent::kFrame) {
      handle_frame(link);
    } else if (step.event != mllp::DecodeEvent::kNeedMore) {
      observer_.on_trouble(link.peer, "what comes is no MLLP frame");
      link.wire.reset();
    }
  }
}

void ListenRun::handle_frame(Link& link) {
  const std::string payload(base::as_text(link.decoder.payload()));
  if (plan_.count_max > 0 && tally_.message_count >= plan_.count_max) return;
  const ListenStep& step = script_.next();
  observer_.on_message({.number = ++tally_.message_count,
                        .connection = link.number,
                        .peer = link.peer,
                        .payload = payload,
                        .doing = step.text});
  for (const std::string& octets : std::exchange(link.late, {})) link.outgoing += octets;
  for (const ListenPart& part : step.parts) {
    Due due{.link = link.number,
            .act = part.act,
            .octets = make_listen_answer(part, payload, clock_.wall_now())};
    if (part.delay > base::Duration::zero()) {
      due_.emplace(clock_.steady_now() + part.delay, std::move(due));
    } else {
      act(link, due);
    }
  }
  write(link);
}

void ListenRun::act(Link& link, const Due& due) {
  if (!link.wire || link.ending) return;
  switch (due.act) {
    case ListenAct::kLate: link.late.push_back(due.octets); break;
    case ListenAct::kReset:
      make_reset(*link.wire);
      link.wire.reset();
      break;
    case ListenAct::kClose: link.ending = true; break;
    case ListenAct::kHalf:
      link.outgoing += due.octets;
      link.ending = true;
      break;
    default: link.outgoing += due.octets; break;
  }
}

void ListenRun::act_on_what_is_due() {
  while (!due_.empty() && due_.begin()->first <= clock_.steady_now()) {
    const Due due = std::move(due_.begin()->second);
    due_.erase(due_.begin());
    const auto link = links_.find(due.link);
    if (link == links_.end()) continue;  // the sender has not waited
    act(*link->second, due);
    write(*link->second);
  }
}

void ListenRun::write(Link& link) {
  while (link.wire && (!link.outgoing.empty() || link.wire->has_unsent())) {
    const WireStep step = link.wire->write(base::as_bytes(link.outgoing));
    if (step.event == WireEvent::kWouldBlock) return;
    if (step.event != WireEvent::kDone) return link.wire.reset();
    link.outgoing.erase(0, step.bytes);
  }
  if (link.ending) link.wire.reset();
}

void ListenRun::drop_ended() {
  std::erase_if(links_, [](const auto& entry) { return entry.second->wire == nullptr; });
}

}  // namespace cli
