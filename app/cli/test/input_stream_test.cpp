#include "cli/input_stream.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "scratch_folder.hpp"

namespace cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> names(const std::vector<Input>& inputs, const std::string& folder) {
  std::vector<std::string> found;
  for (const Input& input : inputs) found.push_back(input.path.substr(folder.size() + 1));
  return found;
}

// All that a stream gives.
struct Outcome {
  std::vector<std::string> origins;
  std::vector<std::string> payloads;
  std::vector<std::string> problems;
};

Outcome read_all(InputStream& stream, const std::string& folder) {
  Outcome outcome;
  const auto local = [&folder](const std::string& text) {
    return text.starts_with(folder) ? text.substr(folder.size() + 1) : text;
  };
  while (auto message = stream.next()) {
    outcome.origins.push_back(local(message->origin));
    outcome.payloads.push_back(message->payload);
    EXPECT_EQ(message->ordinal, outcome.payloads.size());
  }
  for (const std::string& problem : stream.take_problems()) {
    outcome.problems.push_back(local(problem));
  }
  return outcome;
}

TEST(FindInputs, WalksFoldersInOrderOfNameAndPassesOverHiddenFiles) {
  const ScratchFolder folder;
  for (const char* name : {"b.hl7", "a/2.hl7", "a/1.hl7", ".hidden", ".git/x", "c.hl7"}) {
    static_cast<void>(folder.write(name, "MSH|"));
  }
  const auto inputs = find_inputs({folder.path()});
  ASSERT_TRUE(inputs);
  EXPECT_THAT(names(*inputs, folder.path()), ElementsAre("a/1.hl7", "a/2.hl7", "b.hl7", "c.hl7"));
  EXPECT_EQ(inputs->front().bytes, 4U);
}

TEST(FindInputs, KeepsTheOrderInWhichTheyWereNamed) {
  const ScratchFolder folder;
  const std::string b = folder.write("b", "");
  const std::string a = folder.write("a", "");
  const auto inputs = find_inputs({b, "-", a});
  ASSERT_TRUE(inputs);
  ASSERT_EQ(inputs->size(), 3U);
  EXPECT_EQ((*inputs)[0].path, b);
  EXPECT_EQ((*inputs)[1].path, "-");
  EXPECT_EQ((*inputs)[2].path, a);
}

TEST(FindInputs, NamesThePathThatIsNotThere) {
  const ScratchFolder folder;
  const auto inputs = find_inputs({folder.path() + "/nowhere.hl7"});
  ASSERT_FALSE(inputs);
  EXPECT_EQ(inputs.error(), folder.path() + "/nowhere.hl7: No such file or directory");
}

TEST(InputStream, GivesTheMessagesOfAllFilesWithTheirOrigin) {
  const ScratchFolder folder;
  InputStream stream(
      {{folder.write("one.hl7", "MSH|1\n")}, {folder.write("two.hl7", "MSH|2\nPID|\nMSH|3\n")}}, {},
      1);
  const Outcome outcome = read_all(stream, folder.path());
  EXPECT_THAT(outcome.payloads, ElementsAre("MSH|1\r", "MSH|2\rPID|\r", "MSH|3\r"));
  EXPECT_THAT(outcome.origins, ElementsAre("one.hl7", "two.hl7", "two.hl7 (2)"));
  EXPECT_THAT(outcome.problems, IsEmpty());
}

TEST(InputStream, TellsAProblemOnceHoweverOftenItSends) {
  const ScratchFolder folder;
  InputStream stream({{folder.write("a.hl7", "ward 3\nMSH|1\n")},
                      {folder.write("b.txt", "prose")},
                      {folder.path() + "/gone.hl7"}},
                     {}, 2);
  const Outcome outcome = read_all(stream, folder.path());
  EXPECT_THAT(outcome.payloads, ElementsAre("MSH|1\r", "MSH|1\r"));
  EXPECT_THAT(outcome.problems,
              ElementsAre("a.hl7: text before the first MSH was left out",
                          "b.txt: no message: no line begins with MSH, FHS or BHS",
                          "gone.hl7: No such file or directory"));
}

TEST(InputStream, AFolderInTheWayOfAFileIsAProblemAndNoCrash) {
  const ScratchFolder folder;
  InputStream stream({{folder.path()}}, {}, 1);
  EXPECT_FALSE(stream.next());
  EXPECT_THAT(stream.take_problems(), ElementsAre(HasSubstr("Is a directory")));
}

TEST(InputStream, KnowsHowFarItIs) {
  const ScratchFolder folder;
  InputStream stream({{folder.write("a.hl7", "MSH|1\nMSH|2\n"), 12}}, {}, 2);
  std::vector<double> shares = {stream.share_given().value()};
  while (stream.next()) shares.push_back(stream.share_given().value());
  shares.push_back(stream.share_given().value());
  EXPECT_THAT(shares, ElementsAre(0.0, 0.25, 0.5, 0.75, 1.0, 1.0));
}

TEST(InputStream, DoesNotPretendToKnowTheEndOfStdin) {
  const InputStream stream({{"-", 0}}, {}, 1);
  EXPECT_FALSE(stream.share_given());
}

TEST(InputStream, OfNoInputsIsEmpty) {
  InputStream stream({}, {}, 5);
  EXPECT_FALSE(stream.next());
}

TEST(MakeOutgoing, KnowsWhichAnswersBelongToIt) {
  const auto ids = [](const char* payload) { return make_outgoing(payload).control_ids; };
  EXPECT_THAT(ids("MSH|^~\\&|A|B|C|D|2026||ADT^A01|M1|P|2.3\r"), ElementsAre("M1"));
  EXPECT_THAT(ids("hello"), ElementsAre("")) << "an answer to it has an empty MSA-2";
  EXPECT_THAT(ids("FHS|^~\\&|||||||||F1\rBHS|^~\\&|||||||||B1\rMSH|^~\\&|A|B|C|D|2026||ADT|M1\r"
                  "MSH|^~\\&|A|B|C|D|2026||ADT|M2\rBTS|2\rFTS|1\r"),
              ElementsAre("M1", "M2", "F1", "B1"));
}

}  // namespace
}  // namespace cli
