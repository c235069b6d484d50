# What the tests of the standard library share, beside tests/cli/lib.sh: runbooks given on standard input, and a stand-in
# for other people's HTTP APIs. Source it first; end with `finish`.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../cli/lib.sh"
. "$here/../lib/servers.sh"

# given <<EOF …: the steps of the runbook that the next lines are about; a line "secrets:" and what follows may stand
# behind them.
given() { { echo "runbook: book"; echo "steps:"; cat; } >"$work/book.yaml"; }

# succeeds: it is carried out, and everything in it holds (put `assert:` into it).
succeeds() { exits 0 "$RUNBOOK" exec --yes "$work/book.yaml"; }

# fails_with CLASS TEXT: its only failing step has this class, and a message with this text.
fails_with() {
    exits 1 "$RUNBOOK" exec --yes "$work/book.yaml" || return 1
    "$RUNBOOK" events last --json >"$work/events" 2>/dev/null || "$RUNBOOK" show last --json >"$work/events"
    python3 - "$work/events" "$1" "$2" <<'PY' || { sed 's/^/# out: /' "$work/out"; return 1; }
import json, sys
shown = json.load(open(sys.argv[1]))
failed = [step for step in shown["steps"] if step["status"] == "failed"]
for step in failed:
    if step.get("class") == sys.argv[2] and sys.argv[3] in step.get("message", ""):
        sys.exit(0)
print("# expected", sys.argv[2], sys.argv[3], "and have", [(s.get("class"), s.get("message")) for s in failed])
sys.exit(1)
PY
}

# refuses TEXT: it is not even begun; the text is in what is said of it.
refuses() { exits 2 "$RUNBOOK" validate "$work/book.yaml" && { out_has "$1" 2>/dev/null || err_has "$1"; }; }

# serve <<EOF …: starts a stand-in with these answers, one JSON map a line; $SERVER is its address, without the end of a
# line or a slash. What it was sent before is forgotten.
serve() {
    stop_serving
    cat >"$work/answers"
    rm -f "$work/requests" "$work/port"
    : >"$work/requests"
    python3 "$here/../lib/stand_in.py" "$work/answers" "$work/requests" "$work/port" &
    server=$!
    while [ ! -s "$work/port" ]; do
        kill -0 "$server" 2>/dev/null || { echo "# the stand-in did not start"; return 1; }
        sleep 0.02
    done
    SERVER=http://127.0.0.1:$(cat "$work/port")
}

server=
stop_serving() {
    [ -z "$server" ] || { kill "$server"; wait "$server"; } 2>/dev/null
    server=
}
at_exit stop_serving

# What the stand-in was sent; the first request is 1.
look() {
    python3 - "$work/requests" "$@" <<'PY'
import json, sys
path, what, number, *rest = sys.argv[1:]
requests = [json.loads(line) for line in open(path, encoding="utf-8")]
if what == "count":
    if len(requests) != int(number):
        sys.exit("# %d requests, expected %s: %s" % (len(requests), number, [r["method"] + " " + r["path"] for r in requests]))
    sys.exit(0)
if int(number) > len(requests):
    sys.exit("# there were only %d requests" % len(requests))
request = requests[int(number) - 1]
if what == "requested":
    have, want = [request["method"], request["path"]], rest
elif what == "header":
    have, want = request["headers"].get(rest[0].lower()), rest[1]
elif what == "query":
    have, want = request["query"].get(rest[0]), rest[1:]
elif what == "body":
    have, want = json.loads(request["body"]), json.loads(rest[0])
elif what == "text":
    have, want = request["body"], rest[0]
if have != want:
    sys.exit("# request %s: %s is %s, expected %s" % (number, what, json.dumps(have), json.dumps(want)))
PY
}
requests() { look count "$1"; }      # requests COUNT
requested() { look requested "$@"; } # requested N METHOD PATH
header() { look header "$@"; }       # header N NAME VALUE
query() { look query "$@"; }         # query N NAME VALUE…
body() { look body "$@"; }           # body N JSON: the body is this JSON
text() { look text "$@"; }           # text N TEXT: the body is this text

# said N PYTHON: of the JSON that request N sent, `said`, this holds.
said() {
    python3 - "$work/requests" "$@" <<'PY'
import json, sys
said = json.loads([json.loads(line) for line in open(sys.argv[1], encoding="utf-8")][int(sys.argv[2]) - 1]["body"])
sys.exit(0 if eval("(" + sys.argv[3] + ")") else "# it is %s" % said)
PY
}
