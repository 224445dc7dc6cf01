#include "connect/file_connector.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "connect/test_support/deliveries.hpp"
#include "connect/test_support/small_disk.hpp"
#include "connect/test_support/targets.hpp"
#include "telemetry/log.hpp"

namespace connectors {
namespace {

namespace fs = std::filesystem;

using test_support::failure_of;
using test_support::files_below;
using test_support::frames_of;
using test_support::Letters;
using test_support::message_of;
using test_support::read_file;
using test_support::SmallDisk;
using test_support::summaries;
using test_support::summary;
using test_support::TemporaryFolder;
using test_support::write_file;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

FileSettings settings_for(const std::string& directory, std::string_view name) {
  return {
      .directory = directory, .file_name = FileNameTemplate::parse(name).value(), .batch_max = 16};
}

// While it lives, no file grows beyond so many octets: a write that crosses the line
// is cut short and the next one fails (EFBIG), as on a disk that fills up.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes_max) {
    before_ = ::signal(SIGXFSZ, SIG_IGN);
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &limit_), 0);
    const rlimit lower{.rlim_cur = bytes_max, .rlim_max = limit_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &lower), 0);
  }

  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    ::signal(SIGXFSZ, before_);
  }

  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit limit_{};
  sighandler_t before_ = SIG_DFL;
};

class FileConnectorTest : public testing::Test {
 protected:
  void SetUp() override { telemetry::start_log(telemetry::Level::kOff, {}); }

  template <class Kind>
  static std::vector<Outcome> deliver(const FileSettings& settings, const Letters& letters) {
    return Kind(settings).deliver(letters.all(), {});
  }

  [[nodiscard]] std::string path(const std::string& name) const {
    return folder_.path() + "/" + name;
  }

  TemporaryFolder folder_;
};

using FileMode = FileConnectorTest;
using AppendMode = FileConnectorTest;

TEST_F(FileMode, WritesEachMessageIntoAFileOfItsOwn) {
  Letters letters;
  letters.add("M1");
  letters.add("M2");
  EXPECT_THAT(summaries(deliver<FileConnector>(
                  settings_for(folder_.path(), "{date}/{type}/{control_id}.hl7"), letters)),
              Each("delivered"));
  EXPECT_THAT(files_below(folder_.path()),
              ElementsAre("2026-04-03/ADT/M1.hl7", "2026-04-03/ADT/M2.hl7"));
  EXPECT_EQ(read_file(path("2026-04-03/ADT/M1.hl7")), message_of("M1"));
}

TEST_F(FileMode, LeavesOneFileOfAMessageThatIsDeliveredAgain) {
  Letters letters;
  letters.add("M1");
  const FileSettings settings = settings_for(folder_.path(), "{id}.hl7");
  ASSERT_THAT(summaries(deliver<FileConnector>(settings, letters)), Each("delivered"));
  EXPECT_THAT(summaries(deliver<FileConnector>(settings, letters)), Each("delivered"));
  EXPECT_EQ(files_below(folder_.path()).size(), 1u);
}

TEST_F(FileMode, NeverReplacesAFileWithOtherOctets) {
  const std::string other_sizes[] = {"", "another", message_of("M2"), message_of("M1") + "Z"};
  for (const std::string& other : other_sizes) {
    write_file(path("M1.hl7"), other);
    Letters letters;
    letters.add("M1");
    letters.add("M3");
    const auto outcomes =
        deliver<FileConnector>(settings_for(folder_.path(), "{control_id}.hl7"), letters);
    EXPECT_THAT(summaries(outcomes), ElementsAre("conflict/message", "not tried"));
    EXPECT_THAT(failure_of(outcomes[0]).reason, HasSubstr("M1.hl7 exists already"));
    EXPECT_EQ(read_file(path("M1.hl7")), other);
    EXPECT_THAT(files_below(folder_.path()), ElementsAre("M1.hl7")) << "nothing left behind";
  }
}

TEST_F(FileMode, FollowsNoLinkAndReadsNoFolderInTheFilesPlace) {
  write_file(path("elsewhere"), message_of("link"));
  fs::create_symlink(path("elsewhere"), path("link.hl7"));
  fs::create_directory(path("folder.hl7"));
  ASSERT_EQ(::mkfifo(path("fifo.hl7").c_str(), 0600), 0);
  for (const char* name : {"link", "folder", "fifo"}) {
    Letters letters;
    letters.add(name);
    EXPECT_THAT(summaries(deliver<FileConnector>(settings_for(folder_.path(), "{control_id}.hl7"),
                                                 letters)),
                ElementsAre("conflict/message"))
        << name;
  }
}

TEST_F(FileMode, TakesOverWhatACrashLeftHalfWritten) {
  Letters letters;
  letters.add("M1");
  const std::string left = "." + base::to_string(letters.all()[0].message_id) + ".part";
  write_file(path(left), "half a mess");
  EXPECT_THAT(
      summaries(deliver<FileConnector>(settings_for(folder_.path(), "{control_id}"), letters)),
      Each("delivered"));
  EXPECT_THAT(files_below(folder_.path()), ElementsAre("M1"));
}

TEST_F(FileMode, BlamesTheMessageForANameThatIsTooLong) {
  Letters letters;
  letters.add(std::string(300, 'M'));
  const auto outcomes =
      deliver<FileConnector>(settings_for(folder_.path(), "{control_id}{control_id}.hl7"), letters);
  EXPECT_THAT(summaries(outcomes), ElementsAre("name/message"));
}

TEST_F(FileMode, KeepsFilesAndFoldersFromOthers) {
  Letters letters;
  letters.add("M1");
  const mode_t before = ::umask(0);
  ASSERT_THAT(
      summaries(deliver<FileConnector>(settings_for(folder_.path(), "{type}/{id}"), letters)),
      Each("delivered"));
  ::umask(before);

  struct stat found {};

  ASSERT_EQ(::stat(path("ADT").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0750u);
  ASSERT_EQ(::stat(path(files_below(folder_.path()).front()).c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0640u);
}

TEST_F(FileMode, DoesNotMakeTheDirectoryItself) {
  Letters letters;
  letters.add("M1");
  const auto outcomes = deliver<FileConnector>(settings_for(path("missing"), "{id}"), letters);
  EXPECT_THAT(summaries(outcomes), ElementsAre("disk/target"));
  EXPECT_EQ(failure_of(outcomes[0]).reason,
            "open folder " + path("missing") + ": No such file or directory");
  EXPECT_THAT(files_below(folder_.path()), IsEmpty());
}

TEST_F(FileMode, BlamesTheDiskThatIsFullAndLeavesNoHalfFile) {
  SmallDisk disk;
  if (!disk.is_mounted()) GTEST_SKIP() << "mounting a tmpfs is not permitted here";
  Letters letters;
  letters.add("small");
  letters.add("big", message_of("big") + std::string(200'000, 'A'));
  disk.leave(100'000);
  FileConnector connector(settings_for(disk.path(), "{control_id}"));
  const auto outcomes = connector.deliver(letters.all(), {});
  EXPECT_THAT(summaries(outcomes), ElementsAre("delivered", "disk/target"));
  EXPECT_THAT(failure_of(outcomes[1]).reason, HasSubstr("No space left on device"));
  EXPECT_THAT(files_below(disk.path()), ElementsAre(".ballast", "small"));

  disk.empty();
  EXPECT_THAT(summaries(connector.deliver(letters.all(), {})), Each("delivered"));
  EXPECT_EQ(read_file(disk.path() + "/big"), letters.texts()[1]);
}

TEST_F(FileMode, BlamesTheDiskThatIsReadOnly) {
  SmallDisk disk;
  if (!disk.is_mounted()) GTEST_SKIP() << "mounting a tmpfs is not permitted here";
  Letters letters;
  letters.add("M1");
  disk.make_read_only();
  FileConnector connector(settings_for(disk.path(), "{date}/{id}"));
  const auto outcomes = connector.deliver(letters.all(), {});
  disk.make_writable();
  EXPECT_THAT(summaries(outcomes), ElementsAre("disk/target"));
  EXPECT_THAT(failure_of(outcomes[0]).reason, HasSubstr("Read-only file system"));
  EXPECT_THAT(summaries(connector.deliver(letters.all(), {})), Each("delivered"));
}

TEST_F(AppendMode, PutsFramesOneBehindTheOther) {
  Letters first;
  first.add("M1");
  first.add("M2");
  Letters second;
  second.add("M3");
  const FileSettings settings = settings_for(folder_.path(), "messages.mllp");
  EXPECT_THAT(summaries(deliver<AppendConnector>(settings, first)), Each("delivered"));
  EXPECT_THAT(summaries(deliver<AppendConnector>(settings, second)), Each("delivered"));
  EXPECT_EQ(read_file(path("messages.mllp")), "\x0b" + message_of("M1") + "\x1c\x0d" + "\x0b" +
                                                  message_of("M2") + "\x1c\x0d" + "\x0b" +
                                                  message_of("M3") + "\x1c\x0d");
}

TEST_F(AppendMode, ChangesFilesWithTheDayOfReceipt) {
  Letters letters;
  letters.add("M1");
  letters.add("M2");
  letters.last().received_at += std::chrono::hours(12);  // midnight, UTC
  EXPECT_THAT(
      summaries(deliver<AppendConnector>(settings_for(folder_.path(), "{date}.mllp"), letters)),
      Each("delivered"));
  EXPECT_THAT(files_below(folder_.path()), ElementsAre("2026-04-03.mllp", "2026-04-04.mllp"));
  EXPECT_THAT(frames_of(read_file(path("2026-04-04.mllp"))), ElementsAre(message_of("M2")));
}

// However much of the last frame was written when the machine went down, what stood
// before it stays and what comes behind it can be read.
TEST_F(AppendMode, CutsBackATornTailOfAnyLength) {
  const std::string good = "\x0b" + message_of("M1") + "\x1c\x0d";
  const std::string torn = "\x0b" + message_of("torn") + "\x1c\x0d";
  for (std::size_t torn_bytes = 0; torn_bytes < torn.size(); ++torn_bytes) {
    write_file(path("messages.mllp"), good + torn.substr(0, torn_bytes));
    Letters letters;
    letters.add("M2");
    ASSERT_THAT(
        summaries(deliver<AppendConnector>(settings_for(folder_.path(), "messages.mllp"), letters)),
        Each("delivered"));
    ASSERT_THAT(frames_of(read_file(path("messages.mllp"))),
                ElementsAre(message_of("M1"), message_of("M2")))
        << torn_bytes << " octets of the torn frame";
  }
}

TEST_F(AppendMode, CutsBackATornTailThatIsLong) {
  const std::string good = "\x0b" + message_of("M1") + "\x1c\x0d";
  for (const std::size_t torn_bytes : {65'533u, 65'534u, 65'535u, 65'536u, 65'537u, 300'000u}) {
    write_file(path("messages.mllp"), good + "\x0b" + std::string(torn_bytes, 'A'));
    Letters letters;
    letters.add("M2");
    ASSERT_THAT(
        summaries(deliver<AppendConnector>(settings_for(folder_.path(), "messages.mllp"), letters)),
        Each("delivered"));
    ASSERT_THAT(frames_of(read_file(path("messages.mllp"))),
                ElementsAre(message_of("M1"), message_of("M2")));
  }
}

TEST_F(AppendMode, CutsBackZerosThatAPowerCutLeft) {
  write_file(path("messages.mllp"),
             "\x0b" + message_of("M1") + "\x1c\x0d" + std::string(4096, '\0'));
  Letters letters;
  letters.add("M2");
  ASSERT_THAT(
      summaries(deliver<AppendConnector>(settings_for(folder_.path(), "messages.mllp"), letters)),
      Each("delivered"));
  EXPECT_THAT(frames_of(read_file(path("messages.mllp"))),
              ElementsAre(message_of("M1"), message_of("M2")));
}

TEST_F(AppendMode, NeverTouchesAFileThatIsNotOurs) {
  write_file(path("messages.mllp"), "dear diary");
  Letters letters;
  letters.add("M1");
  EXPECT_THAT(
      summaries(deliver<AppendConnector>(settings_for(folder_.path(), "messages.mllp"), letters)),
      ElementsAre("conflict/target"));
  EXPECT_EQ(read_file(path("messages.mllp")), "dear diary");
}

TEST_F(AppendMode, WaitsForAnotherProcessThatHoldsTheLock) {
  write_file(path("messages.mllp"), "");
  const Descriptor holder(::open(path("messages.mllp").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::flock(holder.value(), LOCK_EX), 0);
  Letters letters;
  letters.add("M1");
  AppendConnector connector(settings_for(folder_.path(), "messages.mllp"));
  EXPECT_THAT(summaries(connector.deliver(letters.all(), {})), ElementsAre("disk/target"));
  ASSERT_EQ(::flock(holder.value(), LOCK_UN), 0);
  EXPECT_THAT(summaries(connector.deliver(letters.all(), {})), Each("delivered"));
}

TEST_F(AppendMode, FollowsAFileThatIsRotatedAway) {
  AppendConnector connector(settings_for(folder_.path(), "messages.mllp"));
  Letters first;
  first.add("M1");
  ASSERT_THAT(summaries(connector.deliver(first.all(), {})), Each("delivered"));
  fs::rename(path("messages.mllp"), path("messages.1"));
  Letters second;
  second.add("M2");
  ASSERT_THAT(summaries(connector.deliver(second.all(), {})), Each("delivered"));
  EXPECT_THAT(frames_of(read_file(path("messages.mllp"))), ElementsAre(message_of("M2")));
  EXPECT_THAT(frames_of(read_file(path("messages.1"))), ElementsAre(message_of("M1")));
}

// Wherever in a batch of three frames a write stops, the file ends where it ended
// before, and the batch is there once when it is delivered again.
TEST_F(AppendMode, LeavesNothingOfABatchWhoseWriteFails) {
  Letters before;
  before.add("M0");
  Letters batch;
  batch.add("M1");
  batch.add("M2");
  batch.add("M3");
  const std::size_t frame_bytes = message_of("M0").size() + 3;
  for (std::size_t room = 0; room < 3 * frame_bytes; room += 7) {
    fs::remove(path("messages.mllp"));
    AppendConnector connector(settings_for(folder_.path(), "messages.mllp"));
    ASSERT_THAT(summaries(connector.deliver(before.all(), {})), Each("delivered"));
    {
      const FileSizeLimit limit(frame_bytes + room);
      const auto outcomes = connector.deliver(batch.all(), {});
      ASSERT_THAT(summaries(outcomes), ElementsAre("disk/target", "not tried", "not tried"));
      ASSERT_THAT(failure_of(outcomes[0]).reason, HasSubstr("File too large"));
    }
    ASSERT_EQ(fs::file_size(path("messages.mllp")), frame_bytes);
    ASSERT_THAT(summaries(connector.deliver(batch.all(), {})), Each("delivered"));
    ASSERT_EQ(frames_of(read_file(path("messages.mllp"))).size(), 4u);
  }
}

// Frames that are whole but whose sync failed are not on disk for certain; if they
// could not be cut off at once, they are before the next append.
TEST_F(AppendMode, CutsBackWholeFramesOfAFailedWriteBeforeTheNext) {
  AppendConnector connector(settings_for(folder_.path(), "messages.mllp"));
  Letters letters;
  letters.add("M1");
  {
    const FileSizeLimit limit(10);
    ASSERT_THAT(summaries(connector.deliver(letters.all(), {})), ElementsAre("disk/target"));
  }
  write_file(path("messages.mllp"), "\x0b" + message_of("M1") + "\x1c\x0d");
  ASSERT_THAT(summaries(connector.deliver(letters.all(), {})), Each("delivered"));
  EXPECT_THAT(frames_of(read_file(path("messages.mllp"))), ElementsAre(message_of("M1")));
}

TEST_F(AppendMode, BlamesTheDiskThatIsFullAndGoesOnWhenThereIsRoom) {
  SmallDisk disk;
  if (!disk.is_mounted()) GTEST_SKIP() << "mounting a tmpfs is not permitted here";
  Letters letters;
  letters.add("M1");
  letters.add("big", message_of("big") + std::string(200'000, 'A'));
  disk.leave(100'000);
  AppendConnector connector(settings_for(disk.path(), "messages.mllp"));
  const auto outcomes = connector.deliver(letters.all(), {});
  EXPECT_THAT(summaries(outcomes), ElementsAre("disk/target", "not tried"));
  EXPECT_THAT(failure_of(outcomes[0]).reason, HasSubstr("No space left on device"));

  disk.empty();
  EXPECT_THAT(summaries(connector.deliver(letters.all(), {})), Each("delivered"));
  EXPECT_EQ(frames_of(read_file(disk.path() + "/messages.mllp")), letters.texts());
}

TEST_F(AppendMode, RefusesWhatNoFrameCanCarryAndDeliversWhatIsBeforeIt) {
  Letters letters;
  letters.add("M1");
  letters.add("M2", message_of("M2") + "NTE|\x1c\x0d\r");
  letters.add("M3");
  EXPECT_THAT(
      summaries(deliver<AppendConnector>(settings_for(folder_.path(), "messages.mllp"), letters)),
      ElementsAre("delivered", "write/message", "not tried"));
  EXPECT_THAT(frames_of(read_file(path("messages.mllp"))), ElementsAre(message_of("M1")));
}

}  // namespace
}  // namespace connectors
