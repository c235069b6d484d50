# What the live tests of ComplianceAgent share beyond lib.sh: its cluster, whose pods carry commands out on this machine.
. "$(dirname "$0")/lib.sh"
needs kubectl curl
standin=$source_dir/tests/live/kube_apps.py
own_books compliance-agent

# start_apps NAME [SCENARIO] <<EOF: a fresh cluster; what a pod does when it is told a command is the script on standard
# input, which gets the name of the workload and the command. Sets cluster, api_url and KUBECONFIG.
start_apps() {
    mkdir -p "$work/scripts"
    { echo "#!/bin/bash"; cat; } >"$work/scripts/$1"
    chmod +x "$work/scripts/$1"
    start_cluster "$@"
    cp "$work/scripts/$1" "$cluster/inside"
    api_url=${health_url%/app/health}
}
# workload NAME KEY: of the cluster's state.
workload() {
    state
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]][sys.argv[3]])' "$work/state" "$1" "$2"
}
is_now() { [ "$(workload "$1" "$2")" = "$3" ] || { echo "# $2 of $1 is $(workload "$1" "$2"), not $3"; return 1; }; }
