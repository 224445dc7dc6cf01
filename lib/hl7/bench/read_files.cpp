// Reads the files named on standard input again and again for a second, as
// bench/hl7_compare.py asks of every library: parse, and ten fields by path.
// Prints how long one round took, how many fields were valued, and which files
// could be read, by their index.
#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "hl7/message.hpp"

namespace {

std::vector<std::string> read_inputs() {
  std::vector<std::string> texts;
  for (std::string path; std::getline(std::cin, path);) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    texts.push_back(text.str());
  }
  return texts;
}

std::vector<hl7::Path> make_paths() {
  std::vector<hl7::Path> paths;
  for (const char* text : {"MSH-9", "MSH-10", "MSH-12", "PID-3", "PID-5", "PID-7", "PID-8", "PV1-2",
                           "OBX-3", "OBX-5"}) {
    paths.push_back(*hl7::parse_path(text));
  }
  return paths;
}

}  // namespace

int main() {
  const std::vector<std::string> texts = read_inputs();
  const std::vector<hl7::Path> paths = make_paths();
  hl7::Message message;
  std::string readable;
  for (std::size_t index = 0; index < texts.size(); ++index) {
    if (!message.parse(base::as_bytes(texts[index]))) continue;
    readable += (readable.empty() ? "" : ",") + std::to_string(index);
  }

  std::size_t round_count = 0;
  std::size_t valued_count = 0;
  const auto begin = std::chrono::steady_clock::now();
  std::chrono::duration<double> taken{};
  for (; taken.count() < 1; ++round_count, taken = std::chrono::steady_clock::now() - begin) {
    for (const std::string& text : texts) {
      if (!message.parse(base::as_bytes(text))) continue;
      for (const hl7::Path& path : paths) valued_count += message.get(path).empty() ? 0U : 1U;
    }
  }
  std::cout << R"({"seconds":)" << taken.count() / static_cast<double>(round_count)
            << R"(,"valued":)" << valued_count / round_count << R"(,"readable":[)" << readable
            << "]}\n";
  return 0;
}
