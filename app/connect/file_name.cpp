#include "connect/file_name.hpp"

#include <algorithm>

#include "base/try.hpp"

namespace connectors {
namespace {

// Of the folders and the file that the operator wrote, placeholders standing for "x".
base::Status<std::string> check_shape(std::string_view shape) {
  if (shape.empty()) return base::fail(std::string("expected a file name, found nothing"));
  std::size_t begin = 0;
  while (begin <= shape.size()) {
    const std::size_t end = std::min(shape.find('/', begin), shape.size());
    const std::string_view part = shape.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") {
      return base::fail(std::string(
          "expected a name below `directory`, without empty parts and without '.' or '..'"));
    }
    begin = end + 1;
  }
  return base::Done{};
}

}  // namespace

base::Result<FileNameTemplate, std::string> FileNameTemplate::parse(std::string_view text) {
  auto made = TRY(MessageTemplate::parse(text));
  if (const auto good = check_shape(made.shape()); !good) return base::fail(good.error());
  return FileNameTemplate(std::move(made));
}

}  // namespace connectors
