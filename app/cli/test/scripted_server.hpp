// A real MLLP server on 127.0.0.1 that answers as the test tells it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/mutex.hpp"
#include "cli/destination.hpp"
#include "config/values.hpp"

namespace cli {

struct Arrival {
  std::size_t connection = 0;  // from 0, by order of acceptance
  std::size_t ordinal = 0;     // from 1, over all connections
  std::size_t attempt = 0;     // from 1, of this payload
  std::string payload;
  std::string control_id;
};

// What goes back for one frame.
struct Reply {
  std::string octets;  // framed by whoever makes it; empty: silence
  bool close = false;  // after the octets
};

// A framed answer to the message.
Reply answer(const Arrival& arrival, std::string_view code = "AA");
// The same with another MSA-2.
Reply answer_to(std::string_view control_id, std::string_view code = "AA");
Reply raw_octets(std::string octets);
Reply silence();
Reply hang_up();

// The script is called on the server's thread, one frame at a time.
class ScriptedServer {
 public:
  using Script = std::function<Reply(const Arrival&)>;

  explicit ScriptedServer(Script script);
  ~ScriptedServer();

  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] config::Address address() const { return {"127.0.0.1", port_}; }

  [[nodiscard]] Destination destination() const;

  // What has come so far, in order of arrival.
  [[nodiscard]] std::vector<Arrival> arrivals() const;

 private:
  struct Link;

  void serve();
  bool read_from(Link& link, std::size_t connection);

  Script script_;
  std::uint16_t port_ = 0;  // before listener_, which sets it
  int listener_;
  int stop_event_;
  mutable base::Mutex mutex_;
  std::vector<Arrival> arrivals_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::size_t> attempts_;  // by payload; the thread's own
  std::thread thread_;
};

// An address of 127.0.0.1 where nobody listens.
config::Address dead_address();

}  // namespace cli
