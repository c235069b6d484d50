# docker: a command that answers as docker(1) says stands in, and writes down how it was called: tests have no daemon.
. "$(dirname "$0")/lib.sh"

mkdir "$work/bin"
cat >"$work/bin/docker" <<'SCRIPT'
#!/bin/sh
echo "$*" >>"${0%/*}/calls"
case "$1" in
ps) printf '{"ID":"a1","Names":"api"}\n{"ID":"b2","Names":"db"}\n' ;;
inspect) [ "$3" = api ] || { echo "Error: No such container: $3" >&2; exit 1; }
    echo '[{"Name": "/api", "State": {"Running": true}}]' ;;
logs) echo out; echo err >&2 ;;
stats) echo '{"Name":"api","CPUPerc":"1.5%"}' ;;
esac
SCRIPT
chmod +x "$work/bin/docker"
export PATH=$work/bin:$PATH
called() { grep -qFx -- "$1" "$work/bin/calls" || { echo "# never called: $1"; cat "$work/bin/calls"; return 1; }; }

given <<EOF
  - id: ps
    uses: docker.ps
    with: {all: true, filter: ["label=app=api; rm -rf /"]}
  - id: inspect
    uses: docker.inspect
    with: {name: api}
  - id: logs
    uses: docker.logs
    with: {name: api, tail: 5, since: 90s}
  - uses: docker.restart
    with: {name: api, grace: 30s}
  - id: stats
    uses: docker.stats
  - assert:
      - "#steps.ps.output == 2"
      - steps.ps.output[2].Names == "db"
      - steps.inspect.output.State.Running
      - trim(steps.logs.output.stdout) == "out" and trim(steps.logs.output.stderr) == "err"
      - steps.stats.output[1].CPUPerc == "1.5%"
EOF
it "lists, inspects, reads, restarts and measures" succeeds
it "filters as it was told" called "ps --no-trunc --format={{json .}} --all --filter=label=app=api; rm -rf /"
it "reads so much" called "logs --tail=5 --since=90s api"
it "gives it time to end" called "restart --time=30 api"

given <<EOF
  - uses: docker.inspect
    with: {name: none}
EOF
it "fails with what docker says" fails_with action "No such container: none"

finish
