// admin/openapi.hpp: what the admin server offers, as an OpenAPI 3.1 document.
#pragma once

#include <string>
#include <string_view>

namespace admin {

// Of all routes, as JSON. `version` is the program's.
[[nodiscard]] std::string openapi_document(std::string_view version);

}  // namespace admin
