#include "connect/resolver.hpp"

#include <netdb.h>

#include <condition_variable>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

#include "base/mutex.hpp"

namespace connectors {
namespace {

using Answer = base::Result<std::vector<SocketAddress>, std::string>;

Answer look_up(const config::Address& address, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* first = nullptr;
  const std::string port = std::to_string(address.port);
  const int code = ::getaddrinfo(address.host.c_str(), port.c_str(), &hints, &first);
  if (code != 0) return base::fail(std::string(::gai_strerror(code)));

  std::vector<SocketAddress> found;
  for (const addrinfo* each = first; each != nullptr; each = each->ai_next) {
    SocketAddress& address_found = found.emplace_back();
    std::memcpy(&address_found.storage, each->ai_addr, each->ai_addrlen);
    address_found.bytes = each->ai_addrlen;
  }
  ::freeaddrinfo(first);
  return found;
}

}  // namespace

// Shared by the resolver and the thread, whichever lives longer.
struct Resolver::Lookup {
  config::Address address;
  base::Mutex mutex;
  std::condition_variable_any done;
  bool is_done GUARDED_BY(mutex) = false;
  Answer answer GUARDED_BY(mutex) = base::fail(std::string("the lookup took too long"));

  void run() {
    Answer found = look_up(address, AI_ADDRCONFIG);
    const base::Lock lock(mutex);
    answer = std::move(found);
    is_done = true;
    done.notify_all();
  }

  Answer await(Patience& patience) {
    const base::Lock lock(mutex);
    while (!is_done && !patience.over()) done.wait_for(mutex, patience.slice());
    return answer;
  }

  bool finished() {
    const base::Lock lock(mutex);
    return is_done;
  }
};

base::Result<std::vector<SocketAddress>, std::string> Resolver::resolve(
    const config::Address& address, Patience& patience) {
  if (auto literal = look_up(address, AI_NUMERICHOST)) return literal;

  std::shared_ptr<Lookup> lookup = std::exchange(left_behind_, nullptr);
  if (!lookup || lookup->address != address) {
    lookup = std::make_shared<Lookup>();
    lookup->address = address;
    std::thread([lookup] { lookup->run(); }).detach();
  }
  Answer answer = lookup->await(patience);
  if (!lookup->finished()) left_behind_ = std::move(lookup);
  return answer;
}

}  // namespace connectors
