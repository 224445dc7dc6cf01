#include "cli/help_text.hpp"

namespace cli {
namespace {

constexpr std::string_view kOverview =
    R"(mllp-server receives HL7 v2 messages over MLLP, stores them, answers and delivers them.

Usage: mllp-server [COMMAND] [OPTION ...]

Commands:
  serve         receive, store, answer and deliver; also without a command
  send          send messages from files, folders or stdin, and check the answers
  listen        receive messages and answer as told: to test a sender
  show          show a message: names, values, meanings; check it against the standard
  bench         load a server and measure it: throughput, latency percentiles
  check         run the tests of the rules, and judge files as the server would
  config        show every setting with its value and where it came from
  eval          evaluate a CEL expression, as rules and filters are written
  health        ask the server on this machine whether it is well
  certs         check the configured certificates; probe the TLS of a server
  queues        the queue of every connector: depth, oldest, dead letters, state
  dead-letters  list, show, replay, edit, discard what could not be delivered
  messages      list and show the messages that are kept
  audit         verify the audit trail, export it
  store         what the store holds and what will go; back it up; check it

  mllp-server COMMAND --help   options and examples of a command
  mllp-server --version        the version

Examples:
  mllp-server                                  serve on port 2575, store in ./data
  LISTEN_ADDR=:6661 mllp-server                the same on another port
  mllp-server send message.hl7                 send a message to 127.0.0.1:2575
  mllp-server show message.hl7                 read it as a tree with names
  mllp-server bench --duration 30s             how fast is it here?

Environment:
  Every setting of the server is an environment variable, for instance LISTEN_ADDR,
  DATA_DIR, STORE, LOG_LEVEL. ENV_FILE names a file of them. CONFIG_FILE names the YAML
  file of listeners and connectors; config.yaml in the working folder is read if it is
  there. `mllp-server config` lists them all.

Exit codes:
  0  done    1  failed, or not every message was accepted    2  wrong usage or settings
)";

constexpr std::string_view kServe =
    R"(Examples:
  mllp-server
  mllp-server serve --listen 127.0.0.1:6661 --data-dir /var/lib/mllp-server
  mllp-server serve --config hospital.yaml --set IDLE_TIMEOUT=0 --set LOG_FORMAT=json

Environment:
  All settings, see `mllp-server config`. What is given here wins over the environment.

Exit codes:
  0   told to stop (SIGTERM, SIGINT), and everything in order
  1   could not start: the address, the store, a connector
  2   a setting is wrong
  70  what is on disk is unknown after a failed sync: start again, it recovers
)";

constexpr std::string_view kSend =
    R"(Inputs:
  A file may hold one message or several: a line that begins with MSH begins the next
  one. A batch (FHS, BHS) goes out as one frame. MLLP frames are taken as they are. Line
  ends LF and CRLF become CR. Folders are walked in order of name. "-" is stdin.

Answers:
  An answer counts if it is framed, its MSA-1 is a known code and its MSA-2 is the
  message's MSH-10. AE and CE are tried again, as is a message without an answer (which
  the server may then have twice); AR and CR are final.

Examples:
  mllp-server send admission.hl7
  mllp-server send --to lab.example.org:2575 --connections 4 outbox/
  cat *.hl7 | mllp-server send --rate 10 --verbose -
  mllp-server send --json --retries 0 batch.hl7

Exit codes:
  0  every message was accepted (AA, CA)
  1  a message was refused, got no answer or a wrong one, or an input could not be sent
  2  an input or the server's name was not found, or the usage was wrong
)";

constexpr std::string_view kListen =
    R"(Nothing is stored: an answer of this command is no promise.

Script:
  Steps, separated by commas or line ends; each goes for one message, *N makes it N, and
  the last one goes for all that follow. A step is an act, or several joined by +; @TIME
  does it that much later. In a file, what stands behind # is a comment.

  AA AE AR CA CE CR  an answer with that code
  wrong              AA, but to another message (MSA-2)
  empty              AA without MSA-2
  garbage            a frame that is no HL7
  half               the first half of an AA; then the connection ends
  silent             nothing
  late               AA, once the next message has come on this connection
  close, reset       the connection ends, in order or with a reset

Examples:
  mllp-server listen                                  take everything
  mllp-server listen --answer 'AE*2, AA'              refuse twice, then take all
  mllp-server listen --answer 'AA@5s'                 be slow
  mllp-server listen --answer 'silent, reset, half, wrong, AA'
  mllp-server listen --answer 'CA+AA@1s'              enhanced mode: two answers
  mllp-server listen --json --count 10 > came.jsonl   keep ten messages, then end
  mllp-server listen --listen :2576 --cert own.pem --key own.key

JSON:
  One object a line: number, connection, peer, type, trigger, control_id, bytes, answer
  (the step), message. An octet beyond ASCII is \u00xx, so that nothing is lost.

Exit codes:
  0  ended by Ctrl-C, or all of --count came
  1  the address is taken or not ours
  2  the script, a file or the usage was wrong
)";

constexpr std::string_view kShow =
    R"(Inputs:
  A file may hold one message, several, a batch, or MLLP frames. Folders are walked in
  order of name. "-" is stdin. The store is not read.

What is shown:
  Each valued part with its path, the standard's name of it, its value as text, and what
  its code or time means; in colour on a terminal. Names are those of the message's
  version, 2.1 to 2.7.1; later ones are read as 2.7.1. On a terminal control characters
  are shown as \n or \x1B; long values are cut in the tree, and whole everywhere else.

Check:
  Required segments and fields, the order of segments and groups, the form of values, codes
  and lengths, each finding with its path and its code of table 0357. What a receiver
  ignores and what no table knows is no finding; --strict tells the unexpected as well.

Examples:
  mllp-server show admission.hl7
  mllp-server show --path 'PID-3(*).1' inbox/
  mllp-server show --check --strict admission.hl7
  cat *.hl7 | mllp-server show --json --names -

Exit codes:
  0  done
  1  an input holds no message, the path names no value, or a check found errors
  2  an input was not found, or the usage was wrong
)";

constexpr std::string_view kBench =
    R"(Each connection sends its next message when an answer has come (a closed loop). Every
answer is checked: framing, MSA-1, MSA-2 against the random MSH-10 sent, order.
Without FILE the message is an ORU^R01 of 550 octets with five OBX, of 100,000 patients;
in a FILE's messages MSH-10 is replaced, and @PATIENT@ where it stands.

Examples:
  mllp-server bench
  mllp-server bench --connections 256 --duration 30s --json
  mllp-server bench --to 127.0.0.1:6661 --messages 100000 --in-flight 16 sample.hl7

Exit codes:
  0  every message was accepted, every answer was right
  1  not so
  2  a file or the server's name was not found, or the usage was wrong
)";

constexpr std::string_view kCheck =
    R"(The tests of the configuration (`tests:`) run first. Then each FILE is judged with the
server's own code: each rule's verdict, for one that is false the parts of it that were
with their values, the connectors that would get the message, and the answer. Nothing is
stored and nothing is delivered. Values of the message are shown: keep the output safe.

Examples:
  mllp-server check --config hospital.yaml
  mllp-server check --config hospital.yaml admission.hl7 report.hl7
  mllp-server check --json --listener lab report.hl7

Exit codes:
  0  the configuration is right, every test passed, every file would be accepted
  1  a test failed, or a file would be refused
  2  the configuration is wrong, or a file cannot be read
)";

constexpr std::string_view kConfig =
    R"(Examples:
  mllp-server config
  LISTEN_ADDR=:6661 mllp-server config --config hospital.yaml
  mllp-server config --json

Exit codes:
  0  the settings are right
  2  they are not; each fault is told with file, line and column
)";

constexpr std::string_view kEval =
    R"(Examples:
  mllp-server eval '[1, 2, 3].map(n, n * n)'
  mllp-server eval --json '{"pid": {"id": "4711"}}' 'pid.id.matches("^[0-9]+$")'
  mllp-server eval --type --cost --json @message.json 'pid[?"country"].orValue("") == "FI"'

Exit codes:
  0  a value was printed, as the CEL that makes it
  1  the evaluation failed
  2  the expression does not compile, each fault told with line, column and a caret; or the
     bindings or the usage were wrong
)";

constexpr std::string_view kHealth =
    R"(Examples:
  mllp-server health                 is it alive? for a container's check
  mllp-server health --ready         does it take messages now?
  mllp-server health --ready --set ADMIN_ADDR=127.0.0.1:8576

Exit codes:
  0  it is well    1  it is not, or does not answer    2  wrong usage or settings
)";

constexpr std::string_view kCerts =
    R"(Examples:
  mllp-server certs check --config hospital.yaml
  mllp-server certs probe lab.example.org:2576 --ca ca.pem
  mllp-server certs probe 10.1.2.3:2576 --cert own.pem --key own.key --server-name lab

Exit codes of check:
  0  everything fits and lasts 30 days at least
  1  something does not, or ends before; each is told on a line that begins with WRONG
  2  the settings are wrong

Exit codes of probe:
  0  the handshake stands
  1  it does not; one sentence says why
  2  the host or a file was not found, or the usage was wrong
)";

// Of all four.
constexpr std::string_view kKeeper =
    R"(Where:
  A running server is asked by DATA_DIR/control.sock. Without one the folder itself is
  opened, which locks it; what is decided then is in effect when the server starts. Run
  it as the server's user. Times are in UTC.

Output:
  A table on a terminal; elsewhere tabs between the columns and no head; --json: one
  object a line, where an octet beyond ASCII is \u00xx.

Examples:
  mllp-server queues
  mllp-server queues resume lab
  mllp-server dead-letters list --connector lab --since 2h
  mllp-server dead-letters show lab/17
  mllp-server dead-letters replay --connector lab --dry-run
  mllp-server dead-letters replay --connector lab --rate 20
  mllp-server dead-letters edit lab/17 --set PV1-2=O
  mllp-server dead-letters discard lab/17 --reason 'a test message'
  mllp-server messages list --patient 4711 --from 2h --state delivered
  mllp-server messages show 17
  mllp-server store stats            segments, sizes, what is owed, what goes when
  mllp-server store backup /backup/mllp
  mllp-server store check /backup/mllp
  mllp-server store rekey            encrypt all that is kept with the first key of
                                     ENCRYPTION_KEY_FILE (`openssl rand -base64 32`)

Exit codes:
  0  done
  1  something is not there or not whole, or not all could be done
  2  the usage or the settings were wrong
)";

constexpr std::string_view kAudit =
    R"(Where:
  The files of DATA_DIR/audit are read as they stand, of a running server or of a stopped
  one. AUDIT_KEY_FILE names the key that they are chained with, and older ones;
  ENCRYPTION_KEY_FILE the one that they are encrypted with, if they are.

Heads:
  The server publishes the head of the trail on its log (audit_head) and in the metrics
  (mllp_audit_head_info). Keep them on another machine: with one of them `audit verify
  --head` finds also that the end was cut off, or that all of it was made anew.

Examples:
  mllp-server audit verify
  AUDIT_KEY_FILE=/etc/mllp-server/audit.key mllp-server audit verify --head 1207:5be1...
  mllp-server audit verify --data-dir /mnt/backup/data --json
  mllp-server audit export --since 2026-04-01 --until 2026-05-01 > april.jsonl
  mllp-server audit export --since 24h | jq 'select(.kind == "look")'

Exit codes:
  0  all is as it was written
  1  something is not, and each place is told on a line that begins with WRONG; or there
     is no trail, or it cannot be read
  2  the usage or the settings were wrong
)";

}  // namespace

std::string_view overview_help() noexcept { return kOverview; }

std::string_view help_footer(std::string_view verb) noexcept {
  if (verb == "serve") return kServe;
  if (verb == "check") return kCheck;
  if (verb == "send") return kSend;
  if (verb == "listen") return kListen;
  if (verb == "show") return kShow;
  if (verb == "bench") return kBench;
  if (verb == "eval") return kEval;
  if (verb == "config") return kConfig;
  if (verb == "health") return kHealth;
  if (verb.starts_with("certs")) return kCerts;
  if (verb.starts_with("queues") || verb.starts_with("dead-letters")) return kKeeper;
  if (verb.starts_with("audit")) return kAudit;
  if (verb.starts_with("messages") || verb.starts_with("store")) return kKeeper;
  return {};
}

}  // namespace cli
