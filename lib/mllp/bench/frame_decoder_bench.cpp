// The decoder against one plain pass of memchr over the same octets: what it
// costs to find the frames, compared with what it costs to have looked.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "mllp/frame_decoder.hpp"
#include "mllp/frame_encoder.hpp"

namespace {

constexpr std::size_t kReadBytes = 64 * base::kKiB;

// A message of that size: segments of some 60 octets, no octet of framing.
std::string message_of(std::size_t message_bytes) {
  std::string message = "MSH|^~\\&|HIS|CENTRAL|LAB|PATHOLOGY|20260403120000||ORU^R01|1|P|2.5\r";
  while (message.size() < message_bytes) {
    message += "OBX|1|NM|718-7^Hemoglobin^LN||13.4|g/dL|12.0-16.0|N|||F\r";
  }
  message.resize(message_bytes, 'x');
  return message;
}

struct Stream {
  std::string octets;
  std::size_t frame_count;
};

// About 8 MiB of frames, or one: more than the caches hold, as in a long run.
// The frames of the small case also run from 64 KiB, which stays in the cache.
Stream stream_of(std::size_t payload_bytes, std::size_t stream_bytes) {
  const std::string message = message_of(payload_bytes);
  Stream stream{{}, std::max<std::size_t>(1, stream_bytes / mllp::frame_bytes(payload_bytes))};
  for (std::size_t i = 0; i < stream.frame_count; ++i) {
    mllp::append_frame(stream.octets, base::as_bytes(message));
  }
  return stream;
}

Stream stream_for(const benchmark::State& state) {
  return stream_of(static_cast<std::size_t>(state.range(0)),
                   static_cast<std::size_t>(state.range(1)));
}

void finish_run(benchmark::State& state, const Stream& stream, std::size_t found,
                std::size_t wanted) {
  const auto iterations = static_cast<std::size_t>(state.iterations());
  // A fast decoder that finds too few frames is not fast.
  if (found != wanted * iterations) state.SkipWithError("wrong number found");
  state.SetBytesProcessed(static_cast<std::int64_t>(iterations * stream.octets.size()));
}

// The frames of one read; payload octets are added up to show that all came.
std::size_t decode_read(mllp::FrameDecoder& decoder, base::ByteView read) {
  std::size_t payload_bytes = 0;
  while (!read.empty()) {
    const mllp::DecodeStep step = decoder.decode(read);
    if (step.event == mllp::DecodeEvent::kFrame) payload_bytes += decoder.payload().size();
    read = read.subspan(step.consumed_bytes);
  }
  return payload_bytes;
}

// Reads of 64 KiB, as a session makes them: the frame across two is put together.
void frames_in_reads(benchmark::State& state) {
  const Stream stream = stream_for(state);
  const base::ByteView octets = base::as_bytes(stream.octets);
  mllp::FrameDecoder decoder{mllp::FrameOptions{}};
  std::size_t payload_bytes = 0;
  for ([[maybe_unused]] auto _ : state) {
    for (std::size_t at = 0; at < octets.size(); at += kReadBytes) {
      payload_bytes +=
          decode_read(decoder, octets.subspan(at, std::min(kReadBytes, octets.size() - at)));
    }
  }
  finish_run(state, stream, payload_bytes,
             stream.octets.size() - stream.frame_count * mllp::kFramingBytes);
}

// The whole stream in sight: nothing is put together, this is the search alone.
void frames_in_sight(benchmark::State& state) {
  const Stream stream = stream_for(state);
  mllp::FrameDecoder decoder{mllp::FrameOptions{}};
  std::size_t payload_bytes = 0;
  for ([[maybe_unused]] auto _ : state)
    payload_bytes += decode_read(decoder, base::as_bytes(stream.octets));
  finish_run(state, stream, payload_bytes,
             stream.octets.size() - stream.frame_count * mllp::kFramingBytes);
}

// The measure: one memchr for each end octet and no question asked.
void plain_memchr(benchmark::State& state) {
  const Stream stream = stream_for(state);
  const char* const end = stream.octets.data() + stream.octets.size();
  std::size_t end_count = 0;
  for ([[maybe_unused]] auto _ : state) {
    for (const char* at = stream.octets.data(); at != end; ++end_count) {
      const void* found = std::memchr(at, 0x1c, static_cast<std::size_t>(end - at));
      if (found == nullptr) break;
      at = static_cast<const char*>(found) + 1;
    }
  }
  finish_run(state, stream, end_count, stream.frame_count);
}

// Payload octets, octets of the stream.
void sizes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"payload", "stream"});
  bench->Args({550, 64 << 10})->Args({550, 8 << 20});
  bench->Args({30 << 10, 8 << 20})->Args({5 << 20, 8 << 20});
}

BENCHMARK(plain_memchr)->Apply(sizes);
BENCHMARK(frames_in_sight)->Apply(sizes);
BENCHMARK(frames_in_reads)->Apply(sizes);

}  // namespace
