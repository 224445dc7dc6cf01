// `mllp-server eval`, run as a person would.
#include "cli/eval_command.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "program_run.hpp"
#include "scratch_folder.hpp"

namespace cli {
namespace {

struct EvalCase {
  std::vector<std::string> words;
  int exit_code;
  std::string out;
  std::string err;
};

TEST(Eval, PrintsValuesAndTellsErrors) {
  ScratchFolder folder;
  const std::string file = folder.write("pid.json", R"({"pid": {"id": "4711"}, "n": [1, 2.5]})");
  const std::vector<EvalCase> kCases = {
      {{"1 + 2"}, 0, "3\n", ""},
      {{"-", "--type"}, 0, "\"from stdin\"\ntype: string\n", ""},
      {{"--json", R"({"pid": {"id": "4711"}})", "pid.id", "--type", "--cost"},
       0,
       "\"4711\"\ntype: string\ncost: 2 (estimated 1 to 2)\n",
       ""},
      {{"--json", "@" + file, "n[1] > 2.0 && pid.id.size() == 4"}, 0, "true\n", ""},
      {{"--json", R"({"a": [], "b": null, "c": {"d": [true]}})", "[type(a), type(b), c]"},
       0,
       "[list, null_type, {\"d\": [true]}]\n",
       ""},
      {{"1 / 0"}, 1, "", "error: division by zero\n"},
      {{"{}.a", "--cost"}, 1, "cost: 32 (estimated 31 to 32)\n", "error: no such key: \"a\"\n"},
      {{"1 +"},
       2,
       "",
       "1:4: the expression ends too early: a value is wanted here\n  1 +\n     ^\n"},
      {{"a", "--json", "[1]"}, 2, "", "mllp-server eval: --json: a JSON object is wanted\n"},
      {{"a", "--json", "@/nowhere"}, 2, "", "mllp-server eval: --json: cannot read /nowhere\n"},
  };
  for (const EvalCase& each : kCases) {
    std::vector<std::string> words = {"eval"};
    words.insert(words.end(), each.words.begin(), each.words.end());
    const Ended ended = run_program(words, folder.path(), "'from stdin'");
    EXPECT_EQ(ended.exit_code, each.exit_code) << testing::PrintToString(words);
    EXPECT_EQ(ended.out, each.out) << testing::PrintToString(words);
    EXPECT_EQ(ended.err, each.err) << testing::PrintToString(words);
  }
}

}  // namespace
}  // namespace cli
