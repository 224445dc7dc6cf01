// intake/peer.hpp: who sent a message.
#pragma once

#include <string>
#include <vector>

namespace intake {

// Lives as long as the connection. Texts are UTF-8.
struct Peer {
  std::string address;  // "192.0.2.7:51034"
  std::string listener;
  std::string tls_identity;              // the subject, RFC 4514; empty without a certificate
  std::vector<std::string> tls_names{};  // "DNS:lab.example", "URI:…"
};

}  // namespace intake
