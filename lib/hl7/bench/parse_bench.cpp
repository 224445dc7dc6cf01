// Reading and answering, each beside the floor: a loop that calls memchr for
// each CR over the same octets and does nothing else. The target is an index of
// segments at no less than 0.25 of that loop's speed.
#include <benchmark/benchmark.h>

#include <cstring>
#include <string>

#include "hl7/ack.hpp"
#include "hl7/frame.hpp"
#include "hl7/header.hpp"
#include "hl7/message.hpp"

namespace {

constexpr std::string_view kHead =
    "MSH|^~\\&|LABSYS|NORTH|EHR|CENTRAL|20260403120000+0000||ORU^R01^ORU_R01|MSG0000001|P|2.5.1\r"
    "PID|1||4711^^^NORTH^MR||DOE^JANE^M||19800101|F|||MAIN ST 1^^TOWN^^12345^FI\r"
    "OBR|1|A1|B2|CBC^COMPLETE BLOOD COUNT^L|||20260403115900\r";

std::string make_oru(int observation_count, std::size_t value_bytes) {
  std::string text(kHead);
  const std::string value(value_bytes, '5');
  for (int index = 1; index <= observation_count; ++index) {
    text += "OBX|" + std::to_string(index) + "|NM|GLU^GLUCOSE^L||" + value +
            "|mmol/L|3.9-5.8|N|||F|||20260403\r";
  }
  return text;
}

// 550 octets with five OBX; 30 KB of OBX; one OBX-5 of 5 MB.
const std::string& message(std::int64_t number) {
  static const std::string kMessages[] = {make_oru(5, 4), make_oru(450, 4), make_oru(1, 5'000'000)};
  return kMessages[number];
}

constexpr std::int64_t kSegmentCounts[] = {8, 453, 4};

void finish(benchmark::State& state, std::int64_t found_count, std::int64_t want_each) {
  // Fast and wrong is not fast.
  if (found_count != state.iterations() * want_each) state.SkipWithError("wrong result");
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(message(state.range(0)).size()));
}

void floor_memchr_per_cr(benchmark::State& state) {
  const std::string& text = message(state.range(0));
  std::int64_t found_count = 0;
  for (auto _ : state) {
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
      const void* found = std::memchr(at, '\r', static_cast<std::size_t>(end - at));
      if (found == nullptr) break;
      at = static_cast<const char*>(found) + 1;
      benchmark::DoNotOptimize(at);
      ++found_count;
    }
  }
  finish(state, found_count, kSegmentCounts[state.range(0)]);
}

void index_of_segments(benchmark::State& state) {
  const base::ByteView octets = base::as_bytes(message(state.range(0)));
  hl7::Message parsed;
  std::int64_t found_count = 0;
  for (auto _ : state) {
    if (!parsed.parse(octets)) return state.SkipWithError("refused its own fixture");
    found_count += static_cast<std::int64_t>(parsed.segments().size());
  }
  finish(state, found_count, kSegmentCounts[state.range(0)]);
}

void split_of_a_single_message(benchmark::State& state) {
  const base::ByteView octets = base::as_bytes(message(state.range(0)));
  hl7::FrameContents contents;
  std::int64_t found_count = 0;
  for (auto _ : state) {
    hl7::split_frame(octets, contents);
    found_count += contents.kind == hl7::FrameKind::kSingle ? 1 : 0;
  }
  finish(state, found_count, 1);
}

void header_alone(benchmark::State& state) {
  const base::ByteView octets = base::as_bytes(message(state.range(0)));
  std::int64_t found_count = 0;
  for (auto _ : state) {
    const auto header = hl7::parse_header(octets);
    found_count += header && header->version == "2.5.1" ? 1 : 0;
  }
  finish(state, found_count, 1);
}

// Of a message that is parsed already.
void ten_fields(benchmark::State& state) {
  hl7::Message parsed;
  if (!parsed.parse(base::as_bytes(message(state.range(0))))) return;
  std::vector<hl7::Path> paths;
  for (const char* text : {"MSH-9.1", "MSH-10", "MSH-12", "PID-3.1", "PID-5.1", "PID-7", "PID-8",
                           "PID-11.6", "OBX-3.1", "OBX-5"}) {
    paths.push_back(*hl7::parse_path(text));
  }
  std::int64_t found_count = 0;
  for (auto _ : state) {
    for (const hl7::Path& path : paths) found_count += parsed.get(path).empty() ? 0 : 1;
  }
  finish(state, found_count, 10);
}

void plain_accept(benchmark::State& state) {
  const auto header = hl7::parse_header(base::as_bytes(message(state.range(0))));
  if (!header) return state.SkipWithError("refused its own fixture");
  std::string out;
  std::int64_t found_count = 0;
  for (auto _ : state) {
    out.clear();
    hl7::append_ack(out, {.header = &*header, .control_id = "019016d8694739baea5"});
    found_count += out.ends_with("MSA|AA|MSG0000001\r") ? 1 : 0;
  }
  finish(state, found_count, 1);
}

BENCHMARK(floor_memchr_per_cr)->DenseRange(0, 2);
BENCHMARK(index_of_segments)->DenseRange(0, 2);
BENCHMARK(split_of_a_single_message)->DenseRange(0, 2);
BENCHMARK(header_alone)->Arg(0);
BENCHMARK(ten_fields)->Arg(0);
BENCHMARK(plain_accept)->Arg(0);

}  // namespace
