# Every example is carried out and must end as it says. An example that has no line here fails the test.
. "$(dirname "$0")/../live/lib.sh"
examples=$source_dir/examples
: >"$work/seen"

# example NAME STATUS TEXT ARGUMENT…: exit status and something its timeline shows.
example() {
    local name=$1 status=$2 text=$3
    shift 3
    echo "$name.yaml" >>"$work/seen"
    it "$name $*: exit status $status" exits "$status" "$RUNBOOK" exec "$examples/$name.yaml" "$@"
    "$RUNBOOK" timeline last >>"$work/out" 2>&1
    it "$name $*: shows $text" out_has "$text"
}

timeline_has() { "$RUNBOOK" timeline last >"$work/timeline" && grep -qF -- "$1" "$work/timeline"; }

example hello 0 "It said: hello from"
example params 0 "exactly" -p host=db1
example parallel 0 "packed"
example retry 0 "flaky"
example rescue 0 "smoke failed with class exit"
example rescue 1 "not repaired" -p repair=false
example foreach 0 "4 hosts checked"
example foreach 0 "2 hosts checked" -p 'hosts=["a","b c"]'
example approval 0 "restarted" --yes --answer window=now
example approval 0 "look" --yes --answer window=tonight
example approval 3 "restart" --yes --answer window=now --answer restart=no
example escalation 0 "ana"
example outputs 0 '2 pods, waiting for ["b"]'
example call 0 "The other runbook succeeded."
start_cluster service
example http 0 "The service is healthy." -p url="$health_url"
tell '{"need_replicas": 9}'
example http 1 "up" -p url="$health_url" -p patience=1s

echo signal.yaml >>"$work/seen"
it "signal: can be left in the background" exits 4 "$RUNBOOK" exec "$examples/signal.yaml" --detach
it "signal: waits in the background until the signal comes" eventually "$RUNBOOK" signal last backup-finished
it "signal: goes on then" eventually timeline_has "The backup has finished."
example signal 1 "No signal within 200ms." -p patience=200ms
example conditions 0 "There is room."
example conditions 1 "find out who writes" -p free=5
example lua 0 "bytes"
example lua 1 "listing" -p folder=/nowhere
export PASSWORD=sesame
example secrets 0 "careless"
it "secrets: keeps the password to itself" sh -c '! grep -rqF sesame "$0"' "$RUNBOOK_JOURNAL"
example deploy 0 "healthy" -p version=1.5
echo dump >"$work/dump"
example nightly 0 "fresh" --no-input -p backup="$work/dump"
touch -d "3 days ago" "$work/dump"
example nightly 1 "72 hours old" --no-input -p backup="$work/dump"

it "refuses a wrong parameter before anything runs" exits 2 "$RUNBOOK" exec "$examples/params.yaml" -p host=db1 -p retries=99
it "refuses to ask where nobody is" exits 2 "$RUNBOOK" exec "$examples/approval.yaml"

for file in "$examples"/*.yaml; do
    case $file in *.test.yaml) continue ;; esac
    it "${file##*/} is among the examples above" grep -qxF "${file##*/}" "$work/seen"
    it "${file##*/} is valid, without a warning" exits 0 "$RUNBOOK" validate "$file"
    it "${file##*/} gets no warning" test ! -s "$work/err"
    it "${file##*/} is less than 30 lines" test "$(wc -l <"$file")" -lt 30
    it "${file##*/} has scenarios" test -s "${file%.yaml}.test.yaml"
done
for file in "$source_dir"/runbooks/*/*.yaml; do
    case $file in */oncall.yaml | *.test.yaml) continue ;; esac
    it "${file#"$source_dir"/} is valid" exits 0 "$RUNBOOK" validate "$file"
done
finish
