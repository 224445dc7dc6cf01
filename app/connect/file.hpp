// connect/file.hpp: the connector type `file`: messages into files of a folder.
//
//   directory  required; must be there (what is missing may be a mount)
//   mode       file (default) | append
//   file_name  a template: see file_name.hpp
//
//   file    one message a file, {id}.hl7 by default: written under another name,
//           synced, renamed without replacing, folder synced. A file that is there
//           already with the same octets counts as delivered, so a repeat leaves
//           no trace; with other octets it is never touched: kConflict.
//   append  MLLP frames one behind the other, messages.mllp by default, one sync a
//           batch (256 entries unless `batch` is given). A torn tail is cut back.
//           What was in flight when the process or the machine ended is appended
//           again: twice in the file are at most the entries of that one batch.
//
// Files are made 0640 and folders 0750, less the process's umask.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "config/configuration.hpp"
#include "connect/connector.hpp"

namespace connectors {

// As make_plan() in registry.hpp.
[[nodiscard]] std::unique_ptr<ConnectorPlan> make_file_plan(
    const config::ConnectorSettings& settings, const base::Clock& clock,
    config::Problems& problems);

}  // namespace connectors
