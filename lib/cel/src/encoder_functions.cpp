// The extension `encoders`: octets as text and back.
#include "arena_sink.hpp"
#include "base64_text.hpp"
#include "families.hpp"

namespace cel {
namespace {

template <Base64Alphabet alphabet>
Value encode(Context& context, Args args) {
  ArenaSink out(context);
  append_base64(out, args[0].as_text(), alphabet);
  return out.finish_string();
}

template <Base64Alphabet alphabet>
Value decode(Context& context, Args args) {
  ArenaSink out(context);
  if (!append_base64_decoded(out, args[0].as_text(), alphabet)) {
    return context.fail(Fault::kInvalidArgument, "not base64");
  }
  return out.finish_bytes();
}

constexpr Base64Alphabet kStandard = Base64Alphabet::kStandard;
constexpr Base64Alphabet kUrl = Base64Alphabet::kUrl;

const Overload kFunctions[] = {
    {"base64_encode_bytes", Form::kGlobal, "base64.encode", "(bytes) -> string",
     &encode<kStandard>},
    {"base64_decode_string", Form::kGlobal, "base64.decode", "(string) -> bytes",
     &decode<kStandard>},
    {"base64_encode_url_bytes", Form::kGlobal, "base64.encodeUrl", "(bytes) -> string",
     &encode<kUrl>},
    {"base64_decode_url_string", Form::kGlobal, "base64.decodeUrl", "(string) -> bytes",
     &decode<kUrl>},
};

}  // namespace

std::span<const Overload> encoder_functions() { return kFunctions; }

}  // namespace cel
