#include "cli/listen_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cli {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// The steps' texts for so many messages.
std::vector<std::string> played(std::string_view text, std::size_t count) {
  auto script = ListenScript::parse(text);
  EXPECT_TRUE(script) << script.error();
  std::vector<std::string> texts;
  for (std::size_t index = 0; index < count; ++index) texts.push_back(script->next().text);
  return texts;
}

TEST(ListenScript, TheLastStepGoesForAllThatFollow) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(played("AA", 3), (Texts{"AA", "AA", "AA"}));
  EXPECT_EQ(played("AE*2, AR,AA", 5), (Texts{"AE", "AE", "AR", "AA", "AA"}));
  EXPECT_EQ(played("AE * 2", 4), (Texts{"AE", "AE", "AE", "AE"}));
  EXPECT_EQ(played("# nothing\nAE  # one\n\n reset , AA\r\n", 3), (Texts{"AE", "reset", "AA"}));
}

TEST(ListenScript, AStepMayBeSeveralActsEachAtItsTime) {
  auto script = ListenScript::parse("CA+AA@1s + close @ 250ms");
  ASSERT_TRUE(script) << script.error();
  const ListenStep& step = script->next();
  EXPECT_EQ(step.text, "CA+AA@1s + close @ 250ms");
  EXPECT_EQ(step.parts, (std::vector<ListenPart>{{ListenAct::kAnswer, hl7::AckCode::kCA, 0s},
                                                 {ListenAct::kAnswer, hl7::AckCode::kAA, 1s},
                                                 {ListenAct::kClose, hl7::AckCode::kAA, 250ms}}));
}

TEST(ListenScript, SaysWhatItDoesNotUnderstand) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "expected a step such as AA"},
      {"# AA", "expected a step such as AA"},
      {"AX", "AA AE AR CA CE CR or one of wrong empty garbage half silent late close reset"},
      {"AX", "found 'AX'"},
      {"AA,,AE", "found ''"},
      {"AA@soon", "expected a time such as 200ms behind @"},
      {"AA*0", "expected a number behind *"},
      {"AA*many", "expected a number behind *"},
      {"AA*1x", "expected a number behind *"},
      {"+AA", "found ''"},
  };
  for (const auto& [text, words] : cases) {
    const auto script = ListenScript::parse(text);
    ASSERT_FALSE(script) << text;
    EXPECT_THAT(script.error(), HasSubstr(words)) << text;
  }
}

}  // namespace
}  // namespace cli
