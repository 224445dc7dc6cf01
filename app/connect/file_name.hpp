// connect/file_name.hpp: what a delivered message's file is called.
//
// A name is a MessageTemplate and depends on the message alone: an entry that is
// delivered again meets its own file. Values out of the message are encoded, so no
// message can name a folder, or a file outside the one it is meant for.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "connect/connector.hpp"
#include "connect/message_template.hpp"

namespace connectors {

// Thread-safe once made.
class FileNameTemplate {
 public:
  // Fails with words for the operator: as MessageTemplate::parse(), an absolute path,
  // an empty or dotted folder ("..").
  [[nodiscard]] static base::Result<FileNameTemplate, std::string> parse(std::string_view text);

  // A relative path; folders are separated by "/".
  [[nodiscard]] std::string render(const Delivery& delivery) const {
    return template_.render(delivery, encode_for_file_name);
  }

 private:
  explicit FileNameTemplate(MessageTemplate text) : template_(std::move(text)) {}

  MessageTemplate template_;
};

}  // namespace connectors
