// connect/folder.hpp: files below one folder, written so that a power cut leaves
// them whole or not there.
#pragma once

#include <sys/types.h>

#include <set>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "connect/connector.hpp"
#include "connect/descriptor.hpp"

namespace connectors {

// What the system said of a file, as a Failure. A name that is too long is the
// message's fault (kName); all else is the target's (kDisk).
[[nodiscard]] Failure disk_failure(std::string_view step, const std::string& path, int os_error);

// Writes all octets at the descriptor's place, or says why not (errno); 0 is success.
[[nodiscard]] int write_all(int descriptor, base::ByteView octets) noexcept;

// Names are relative, with "/" between folders, and come from FileNameTemplate.
// Not thread-safe.
class Folder {
 public:
  explicit Folder(std::string path) : path_(std::move(path)) {}

  // Opens the folder anew: it may have been mounted, moved or replaced meanwhile.
  // It is never created: what is missing may be a mount. REQUIRES: called before
  // all that is below.
  [[nodiscard]] base::Status<Failure> reopen();

  // Creates the folders that the name lies in.
  [[nodiscard]] base::Status<Failure> make_folders_of(const std::string& name);

  // Makes a file of that name hold these octets, synced, without ever replacing
  // one. A file that is there already with the same octets is as good; with
  // others it is a kConflict, the message's. Durable once sync_folder_of() has
  // returned. Passes through `temporary_name`, in the same folder, which a crash
  // may leave behind and the next call with that name removes.
  [[nodiscard]] base::Status<Failure> place(const std::string& name,
                                            const std::string& temporary_name,
                                            base::ByteView octets);

  [[nodiscard]] base::Status<Failure> sync_folder_of(const std::string& name);

  // The same, but only the first time since the folder was opened anew elsewhere.
  [[nodiscard]] base::Status<Failure> sync_folder_of_once(const std::string& name);

  // Valid until reopen().
  [[nodiscard]] int descriptor() const noexcept { return folder_.value(); }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  // For people: the whole path of a file.
  [[nodiscard]] std::string path_of(const std::string& name) const;

 private:
  [[nodiscard]] base::Status<Failure> write_new(const std::string& name, base::ByteView octets);
  [[nodiscard]] int rename_without_replacing(const std::string& from, const std::string& to) const;
  [[nodiscard]] base::Status<Failure> accept_existing(const std::string& name,
                                                      base::ByteView octets) const;

  const std::string path_;
  Descriptor folder_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::set<std::string> synced_;  // names whose entry in their folder is durable
};

}  // namespace connectors
