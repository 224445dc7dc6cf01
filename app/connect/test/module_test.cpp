#include "connect/module.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "connect/registry.hpp"
#include "connect/test_support/server_targets.hpp"
#include "connect/test_support/targets.hpp"

namespace connectors {
namespace {

using test_support::read_file;
using test_support::TemporaryFolder;
using test_support::write_file;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;

constexpr ModuleType kHttp{"http", "libcurl4"};

// The real module, these octets of it replaced.
std::string altered_copy(const TemporaryFolder& folder, std::string_view from,
                         std::string_view to) {
  std::string octets = read_file(module_path("http"));
  const std::size_t at = octets.find(from);
  EXPECT_NE(at, std::string::npos);
  octets.replace(at, to.size(), to);
  write_file(folder.path() + "/http.so", octets);
  return folder.path() + "/http.so";
}

TEST(Module, LiesBesideTheFolderOfTheProgram) {
  EXPECT_THAT(module_path("http"), EndsWith("/lib/mllp-server/http.so"));
}

TEST(Module, IsLoadedOnceHoweverOftenItIsAskedFor) {
  const auto first = load_module(kHttp, module_path("http"));
  const auto second = load_module(kHttp, module_path("http"));
  ASSERT_TRUE(first) << first.error();
  ASSERT_TRUE(second);
  EXPECT_EQ(*first, *second);
}

TEST(Module, SaysWhatToInstallWhenItIsMissing) {
  const auto loaded = load_module(kHttp, "/no/such/folder/http.so");
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error(), AllOf(HasSubstr("/no/such/folder/http.so"),
                                    HasSubstr("apt-get install --reinstall mllp-server")));
}

TEST(Module, SaysWhatToInstallWhenItsLibraryIsMissing) {
  const TemporaryFolder folder;
  const auto loaded = load_module(kHttp, altered_copy(folder, "libcurl.so.4", "libcurl.so.X"));
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error(),
              AllOf(HasSubstr("apt-get install libcurl4"), HasSubstr("libcurl.so.X: cannot open")));
}

TEST(Module, IsRefusedWhenItIsOfAnotherBuild) {
  const TemporaryFolder folder;
  const auto loaded = load_module(kHttp, altered_copy(folder, MLLP_MODULE_BUILD_ID, "9.9.9"));
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error(), AllOf(HasSubstr("is of another build (9.9.9"),
                                    HasSubstr("the program is " MLLP_MODULE_BUILD_ID)));
}

TEST(Module, IsRefusedWhenItIsNone) {
  const TemporaryFolder folder;
  write_file(folder.path() + "/http.so", "text");
  EXPECT_FALSE(load_module(kHttp, folder.path() + "/http.so"));
  const auto other = load_module(kHttp, altered_copy(folder, abi::kEntryName, "mllp_connector_v0"));
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error(), EndsWith("is no module of mllp-server"));
}

TEST(Module, FindsFaultsAtTheirPlacesInTheConfiguration) {
  config::Problems problems;
  const auto plan = make_plan(
      test_support::settings_of("http",
                                "url: https://a/\nheaders:\n  X-Id: '{pid}'\n  Conection: x\n"
                                "tls:\n  ca: /none\n"),
      base::Clock::system(), problems);
  EXPECT_EQ(plan, nullptr);
  ASSERT_THAT(problems, SizeIs(2)) << config::to_string(problems);
  EXPECT_EQ(problems[0].line, 5);
  EXPECT_EQ(problems[0].column, 9);
  EXPECT_EQ(problems[0].origin, "config.yaml");
  EXPECT_EQ(problems[0].source, "  X-Id: '{pid}'");
  EXPECT_THAT(problems[0].text, HasSubstr("connectors.lab.headers.X-Id: unknown placeholder"));
  EXPECT_EQ(problems[1].line, 8);
}

}  // namespace
}  // namespace connectors
