#include "hl7/dictionary_names.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hl7 {
namespace {

TEST(DictionaryNames, NameSegmentsFieldsAndTheirParts) {
  const std::string text =
      "MSH|^~\\&|A|||||||||2.5.1\rPID|||4711^^^HIS&1.2.3^x^^^^^^^y\rOBX||CE|||N^Normal\rZPI|1\r";
  Message message;
  ASSERT_TRUE(message.parse(base::as_bytes(text)));
  const DictionaryNames names{Dictionary(Version::kV251)};
  const auto name = [&](std::string_view segment, std::size_t field = 0, std::size_t component = 0,
                        std::size_t subcomponent = 0) {
    return names.name_of({.message = &message,
                          .segment = message.find(segment),
                          .field = field,
                          .component = component,
                          .subcomponent = subcomponent});
  };
  EXPECT_EQ(name("PID"), "Patient Identification");
  EXPECT_EQ(name("MSH", 1), "Field Separator");
  EXPECT_EQ(name("PID", 3), "Patient Identifier List");
  EXPECT_EQ(name("PID", 3, 4), "Assigning Authority");
  EXPECT_EQ(name("PID", 3, 4, 2), "Universal ID");
  EXPECT_EQ(name("OBX", 5, 2), "Text") << "OBX-2 says CE";
  EXPECT_EQ(name("PID", 3, 99), "");
  EXPECT_EQ(name("PID", 99), "");
  EXPECT_EQ(name("PID", 70'000), "");
  EXPECT_EQ(name("ZPI"), "");
  EXPECT_EQ(name("ZPI", 1), "");
}

TEST(DictionaryNames, StandInTheJson) {
  const std::string text = "MSH|^~\\&|A|||||||||2.5.1\rPID||||||||F\r";
  Message message;
  Decoder decoder;
  ASSERT_TRUE(message.parse(base::as_bytes(text)));
  decoder.open(message);
  const DictionaryNames names{Dictionary(Version::kV251)};
  std::string json;
  append_json(json, message, decoder, {.names = &names});
  EXPECT_NE(json.find(R"("title":"Patient Identification")"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("8 Administrative Sex":"F")"), std::string::npos) << json;
}

}  // namespace
}  // namespace hl7
