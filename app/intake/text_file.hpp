// intake/text_file.hpp: a file read whole, before anything serves.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.hpp"

namespace intake {

// The error is a sentence that names the file. "-" is standard input.
[[nodiscard]] base::Result<std::string, std::string> read_text_file(const std::string& path,
                                                                    std::size_t bytes_max);

}  // namespace intake
