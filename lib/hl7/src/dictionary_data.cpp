#include "dictionary_data.hpp"

#include <cstddef>

// One literal of more octets than a compiler must be able to take; ours do.
#pragma GCC diagnostic ignored "-Woverlength-strings"

namespace hl7::rows {
namespace {

#include "dictionary_data.inc"

static_assert(sizeof kPool + sizeof kOffsets + sizeof kFields + sizeof kSegments + sizeof kTypes +
                      sizeof kNodes + sizeof kStructures + sizeof kEvents + sizeof kTables +
                      sizeof kCodes <
                  std::size_t{600} * 1024,
              "the dictionary has grown: look at what was added");

}  // namespace

constinit const Data kData = {
    .segment_name_count = kSegmentNameCount,
    .type_name_count = kTypeNameCount,
    .pool = kPool,
    .offsets = kOffsets,
    .lengths = kLengths,
    .fields = kFields,
    .segments = kSegments,
    .types = kTypes,
    .nodes = kNodes,
    .structures = kStructures,
    .events = kEvents,
    .tables = kTables,
    .codes = kCodes,
    .versions = kVersions,
};

}  // namespace hl7::rows
