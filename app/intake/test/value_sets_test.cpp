#include "intake/value_sets.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "cel/render.hpp"
#include "intake/hl7_in_cel.hpp"

namespace intake {
namespace {

class ValueSetsTest : public testing::Test {
 protected:
  ValueSetsTest() { std::filesystem::create_directory(folder_); }

  ~ValueSetsTest() override { std::filesystem::remove_all(folder_); }

  // The result of an expression with this text as set `wards`, or what is wrong.
  std::string run(std::string_view text, std::string_view expression) {
    settings_.name = "wards";
    settings_.file = (folder_ / "wards.csv").string();
    std::ofstream(settings_.file, std::ios::binary) << text;
    const auto sets = ValueSets::load({&settings_, 1});
    if (!sets) return config::to_string(sets.error());
    const auto program = make_environment(**sets).compile(expression);
    if (!program) return program.error().front().message;
    hl7::Message message;
    const std::string_view octets = "MSH|^~\\&|A|B|C|D|||ADT^A01|ICU|P|2.5\r";
    EXPECT_TRUE(message.parse(base::as_bytes(octets)).has_value());
    MessageContext context;
    const Peer peer;
    context.open(message, {.peer = peer, .now = {}});
    return cel::to_literal(context.evaluate(*program));
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("value_sets_" + std::to_string(::getpid()));
  config::SetSettings settings_;
};

constexpr std::string_view kWards = "code,name\r\nICU,\"Intensive, \"\"A\"\"\"\nSUR,Surgery\n\n";

TEST_F(ValueSetsTest, KeysAndWhatStandsBesideThem) {
  EXPECT_EQ(run(kWards, "'ICU' in sets.wards"), "true");
  EXPECT_EQ(run(kWards, "msh.control_id in sets.wards && !('X' in sets.wards)"), "true");
  EXPECT_EQ(run(kWards, "sets.map('wards', 'ICU')"), R"(optional.of("Intensive, \"A\""))");
  EXPECT_EQ(run(kWards, "sets.map('wards', msh.control_id).orValue('')"), R"("Intensive, \"A\"")");
  EXPECT_EQ(run(kWards, "sets.map('wards', 'X')"), "optional.none()");
  EXPECT_EQ(run(kWards, "sets.wards.size()"), "2");
}

TEST_F(ValueSetsTest, WhatIsMisspelt) {
  EXPECT_EQ(run(kWards, "'ICU' in sets.ward"), "'sets' has no field 'ward'; it has wards");
  EXPECT_EQ(run(kWards, "sets.map('ward', 'x').hasValue()"),
            "no value set is named 'ward'; there are wards");
}

TEST_F(ValueSetsTest, ColumnsSeparatorsAndHeaders) {
  settings_.column = "name";
  settings_.value = "code";
  EXPECT_EQ(run(kWards, "sets.map('wards', 'Surgery').value()"), "\"SUR\"");
  settings_ = {};
  settings_.separator = ';';
  settings_.has_header = false;
  EXPECT_EQ(run("ICU;x\nSUR;y", "sets.map('wards', 'SUR').value() + string(sets.wards.size())"),
            "\"y2\"");
  settings_ = {};
  settings_.has_header = false;
  EXPECT_EQ(run("\xEF\xBB\xBFICU\nSUR\n", "'ICU' in sets.wards"), "true");
}

TEST_F(ValueSetsTest, BadFilesAreToldWithTheirLine) {
  const auto says = [this](std::string_view text, std::string_view what) {
    const std::string told = run(text, "true");
    EXPECT_NE(told.find(what), std::string::npos) << told;
  };
  says("code,name\nICU\n", "wards.csv:2: set wards: expected 2 columns, found 1");
  says("code,name\nICU,x\n\nICU,y\n", "wards.csv:4: set wards: the key ICU is there already");
  says("code,name\nICU,\"x\n", "wards.csv:2: set wards: a quote that is never closed");
  says("code,name\nICU,\xFF\n", "is not valid UTF-8");
  settings_.column = "cod";
  says(kWards, "sets.wards: no column is named cod; there are code, name");
  settings_.column = "3";
  says(kWards, "sets.wards: there are 2 columns, no column 3");
  settings_ = {};
  says(std::string(16 * 1024 * 1024 + 1, 'x'), "over 16MiB");
}

}  // namespace
}  // namespace intake
