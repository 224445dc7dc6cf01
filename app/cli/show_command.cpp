#include "cli/show_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <map>
#include <string_view>

#include "cli/check_text.hpp"
#include "cli/exit_code.hpp"
#include "cli/input_stream.hpp"
#include "cli/message_tree.hpp"
#include "cli/printable.hpp"
#include "hl7/decoder.hpp"
#include "hl7/dictionary.hpp"
#include "hl7/dictionary_names.hpp"
#include "hl7/frame.hpp"
#include "hl7/json.hpp"
#include "hl7/matches.hpp"
#include "hl7/message.hpp"
#include "hl7/structure_check.hpp"

namespace cli {
namespace {

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

int refuse(std::string_view sentence) {
  fmt::print(stderr, "mllp-server show: {}\n", sentence);
  return kExitUsage;
}

void complain(std::string_view origin, std::string_view what) {
  fmt::print(stderr, "{}: {}\n", origin, what);
}

void write(std::string_view text) {
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout));  // told by the last flush
}

std::string_view get(const hl7::Message& message, std::string_view path) {
  const auto parsed = hl7::parse_path(path);
  return parsed ? message.get(*parsed) : std::string_view{};
}

// Shows message after message; keeps what it needs again.
class Shower {
 public:
  explicit Shower(const ShowCommandOptions& options) : options_(options) {}

  // False if the command is to end with a failure.
  bool show(base::ByteView octets, std::string_view origin) {
    const auto parsed = message_.parse(octets, {}, options_.charset);
    if (!parsed) {
      complain(origin, to_string(parsed.error().fault));
      return false;
    }
    decoder_.open(message_, options_.charset);
    switch (options_.form) {
      case ShowForm::kTree: show_tree(origin); return true;
      case ShowForm::kJson: show_json(); return true;
      case ShowForm::kRaw: show_raw(); return true;
      case ShowForm::kPath: show_path(); return true;
      case ShowForm::kCheck:
      case ShowForm::kCheckJson: return show_check(origin);
    }
    return true;
  }

  // Whether a path named any value.
  [[nodiscard]] bool has_found() const noexcept { return found_; }

 private:
  void show_tree(std::string_view origin) {
    const hl7::Version version = version_of_message();
    const hl7::Dictionary dictionary(version);
    if (message_count_++ > 0) write("\n");
    write(render_title(origin, version, dictionary));
    TreeReader reader(message_, decoder_, dictionary);
    std::map<std::string_view, std::size_t> counts;
    for (const hl7::Segment& segment : message_.segments()) {
      write(render_rows(reader.read(segment, ++counts[segment.name()]),
                        options_.color ? TreeColors::kTerminal : TreeColors::kNone));
    }
    if (decoder_.replaced_count() == 0) return;
    complain(origin, fmt::format("{} octets are no characters of {}", decoder_.replaced_count(),
                                 to_string(decoder_.charset())));
  }

  // "admit.hl7: ADT^A01, Admit/visit notification, version 2.5.1, ASCII, 4 segments"
  std::string render_title(std::string_view origin, hl7::Version version,
                           const hl7::Dictionary& dictionary) {
    std::string type;
    decoder_.append_utf8(type, get(message_, "MSH-9"));
    const auto structure = dictionary.find_structure(
        dictionary.find_structure_name(get(message_, "MSH-9.1"), get(message_, "MSH-9.2")));
    std::string text = fmt::format("{}: {}", origin, make_printable(type, 80));
    if (structure) text += fmt::format(", {}", structure->title);
    const std::size_t count = message_.segments().size();
    text += fmt::format(", version {}, {}, {} segment{}\n", to_string(version),
                        to_string(decoder_.charset()), count, count == 1 ? "" : "s");
    return text;
  }

  // Segment by segment: a message may be large.
  void show_json() {
    const hl7::DictionaryNames names{hl7::Dictionary(version_of_message())};
    hl7::JsonWriter writer(message_, decoder_, {.names = options_.names ? &names : nullptr});
    for (text_.clear(); writer.append_next(text_); text_.clear()) write(text_);
    write("\n");
  }

  [[nodiscard]] hl7::Version version_of_message() const {
    return hl7::find_version(get(message_, "MSH-12.1")).value_or(hl7::Version::kV251);
  }

  void show_raw() {
    for (const hl7::Segment& segment : message_.segments()) {
      if (options_.color) {
        text_.clear();
        decoder_.append_utf8(text_, segment.text);
        write(make_printable(text_, kNoLimit));
      } else {
        write(segment.text);
      }
      write("\n");
    }
  }

  void show_path() {
    for (const hl7::Match& match : hl7::Matches(message_, options_.path)) {
      const std::string_view value = decoder_.decode(match.value);
      found_ = found_ || !value.empty();
      write(options_.color ? make_printable(value, kNoLimit) : std::string(value));
      write("\n");
    }
  }

  bool show_check(std::string_view origin) {
    const auto strictness = options_.strict ? hl7::Strictness::kStrict : hl7::Strictness::kReceiver;
    hl7::check_structure(message_, {.strictness = strictness}, report_);
    write(options_.form == ShowForm::kCheckJson ? render_check_json(report_, origin)
                                                : render_check(report_, origin, options_.color));
    return !report_.has_errors();
  }

  const ShowCommandOptions& options_;
  hl7::Message message_;
  hl7::Decoder decoder_;
  hl7::CheckReport report_;
  std::string text_;
  std::size_t message_count_ = 0;
  bool found_ = false;
};

// All messages of one frame: of a batch each, named by its number.
bool show_frame(Shower& shower, const OutgoingMessage& frame) {
  const hl7::FrameContents contents = hl7::split_frame(base::as_bytes(frame.payload));
  if (contents.messages.empty()) {
    complain(frame.origin, "a batch without messages");
    return false;
  }
  bool good = true;
  for (std::size_t index = 0; index < contents.messages.size(); ++index) {
    const std::string origin = contents.messages.size() == 1
                                   ? frame.origin
                                   : fmt::format("{} [{}]", frame.origin, index + 1);
    good = shower.show(contents.messages[index], origin) && good;
  }
  return good;
}

bool show_problems(InputStream& stream) {
  const auto problems = stream.take_problems();
  for (const std::string& problem : problems) fmt::print(stderr, "{}\n", problem);
  return !problems.empty();
}

}  // namespace

bool show_message(base::ByteView octets, std::string_view origin, bool raw) {
  ShowCommandOptions options;
  options.form = raw ? ShowForm::kRaw : ShowForm::kTree;
  options.color = ::isatty(STDOUT_FILENO) == 1;
  Shower shower(options);
  const bool shown = shower.show(octets, origin);
  return std::fflush(stdout) == 0 && shown;
}

int run_show_command(const ShowCommandOptions& options) {
  std::vector<std::string> paths = options.paths;
  if (paths.empty()) {
    if (::isatty(STDIN_FILENO) == 1) {
      return refuse("name a file, or pipe a message in (see show --help)");
    }
    paths.emplace_back("-");
  }
  auto inputs = find_inputs(paths);
  if (!inputs) return refuse(inputs.error());

  InputStream stream(*std::move(inputs), {LineEnds::kAsRead, FrameUnit::kMessage}, 1);
  Shower shower(options);
  bool good = true;
  while (const auto frame = stream.next()) {
    good = show_frame(shower, *frame) && good;
    good = !show_problems(stream) && good;
  }
  good = !show_problems(stream) && good;
  if (options.form == ShowForm::kPath) good = good && shower.has_found();
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  return good && written ? kExitDone : kExitFailed;
}

}  // namespace cli
