#include "session/append_gate.hpp"

#include <boost/asio/post.hpp>
#include <iterator>
#include <utility>

namespace session {

void AppendGate::submit(std::vector<std::unique_ptr<store::Append>>& appends) {
  if (gathered_.empty()) boost::asio::post(loop_.executor(), [this] { pass(); });
  std::move(appends.begin(), appends.end(), std::back_inserter(gathered_));
  appends.clear();
}

void AppendGate::pass() { outbox_.append(std::exchange(gathered_, {})); }

}  // namespace session
