# What the live tests share beyond tests/cli/lib.sh: the stand-in cluster, a pager that writes down who it paged,
# terminals, and waiting for things that take a moment.
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
. "$source_dir/tests/cli/lib.sh"
. "$source_dir/tests/lib/servers.sh"
standin=$source_dir/tests/live/kube_standin.py
pids=

# Everything the test started, by its own pid, then what cli/lib.sh cleans up.
stop_all() {
    for pid in $pids; do kill "$pid" 2>/dev/null; done
    for pid in $pids; do wait "$pid" 2>/dev/null; done
    pids=
}
at_exit stop_all

# start_cluster NAME [SCENARIO]: a fresh cluster; sets cluster, health_url and KUBECONFIG.
start_cluster() {
    cluster=$work/$1
    mkdir "$cluster"
    python3 "$standin" serve --dir "$cluster" --scenario "${2:-{\}}" >"$cluster/errors" 2>&1 &
    pids="$pids $!"
    eventually test -s "$cluster/url" || exit 1
    health_url=$(cat "$cluster/url")/app/health
    export KUBECONFIG=$cluster/kubeconfig
}
tell() { python3 "$standin" tell "$cluster" "$1"; }
state() { python3 "$standin" state "$cluster" >"$work/state"; }
state_has() { state && grep -qF -- "$1" "$work/state" || { echo "# the cluster's state lacks: $1"; return 1; }; }
state_lacks() { state && ! grep -qF -- "$1" "$work/state" || { echo "# the cluster's state has: $1"; return 1; }; }

# Whatever line it is broken at.
timeline_has() {
    "$RUNBOOK" timeline last >"$work/timeline" 2>&1
    tr -s '[:space:]' ' ' <"$work/timeline" | grep -qF -- "$1" || { echo "# the timeline lacks: $1"; sed 's/^/# /' "$work/timeline"; return 1; }
}
# ended STATUS: the last run has.
ended() { [ "$("$RUNBOOK" runs -n 1 --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["status"])')" = "$1" ]; }

# A pager that keeps "contact: message" lines in $work/pages.
cat >"$work/pager" <<'SCRIPT'
#!/bin/sh
echo "$1: $2" >> "${0%/*}/pages"
SCRIPT
chmod +x "$work/pager"
export ONCALL_PAGER=$work/pager
paged() { grep -q "^$1: " "$work/pages" 2>/dev/null || { echo "# $1 was not paged"; cat "$work/pages" 2>/dev/null; return 1; }; }
not_paged() { ! grep -q "^$1: " "$work/pages" 2>/dev/null || { echo "# $1 was paged"; return 1; }; }

# on_terminal COMMAND…: runs it in the background on a terminal of its own; sets terminal_pid. Its screen is $work/screen.
on_terminal() {
    local quoted
    printf -v quoted '%q ' "$@"
    # A keyboard that nobody touches: a pipe that is open for writing too, and so never ends.
    [ -p "$work/keyboard" ] || mkfifo "$work/keyboard"
    TERM=dumb script -qfec "$quoted" "$work/screen" <>"$work/keyboard" >/dev/null 2>&1 &
    terminal_pid=$!
    pids="$pids $terminal_pid"
}

# own_books SYSTEM: a copy of its runbooks in $books, in which whoever runs the tests is everybody in the on-call file.
own_books() {
    books=$work/books
    cp -r "$source_dir/runbooks/$1" "$books"
    sed -i "s/user: \[[^]]*\]/user: [$(id -un)]/" "$books/oncall.yaml"
}
# carry_out NAME ARGUMENT…: $books/NAME.yaml, with nobody there to be asked.
carry_out() { "$RUNBOOK" exec "$books/$1.yaml" "${@:2}"; }
timeline_lacks() { ! timeline_has "$1" >/dev/null || { echo "# the timeline has: $1"; return 1; }; }
