// control/control_server.hpp: DATA_DIR/control.sock of a running server.
//
// A connection is one request: a line of JSON in, lines of JSON out, then it ends. The last
// line says so, or what was wrong:
//
//     {"op":"letters","filter":{"connector":"lab"},"count":100}
//     {"connector":"lab","entry":17,…}
//     {"end":true,"after":"lab/17"}
//
//     {"error":"no connector lap has ever been registered"}
//
// Connections are served one at a time, on a thread of its own: what an operator asks takes
// no more of the machine than that. kWaitingMax wait meanwhile, further ones are refused.
// A request must be there within kReadTime and have its answer taken within kWriteTime.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "control/operations.hpp"
#include "control/unix_socket.hpp"

namespace control {

class ControlServer {
 public:
  static constexpr int kWaitingMax = 16;
  static constexpr auto kReadTime = std::chrono::seconds(2);
  static constexpr auto kWriteTime = std::chrono::seconds(10);
  static constexpr std::size_t kRequestBytesMax = 128 * base::kMiB;

  // Listens in this folder and serves until it is destroyed. Operations and clock outlive
  // it; the operations are called on its thread alone. The sentence says what is wrong.
  [[nodiscard]] static base::Result<std::unique_ptr<ControlServer>, std::string> open(
      const std::string& folder, Operations& operations, const base::Clock& clock);

  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  ControlServer(Descriptor listener, Descriptor wake, Operations& operations,
                const base::Clock& clock);

  void run();
  void serve(int socket);
  [[nodiscard]] Patience patience(base::Duration longest) const;

  const Descriptor listener_;
  const Descriptor wake_;  // an eventfd: readable when it shall end
  Operations& operations_;
  const base::Clock& clock_;
  std::thread thread_;
};

}  // namespace control
