# What the live tests of Upload Bridge share: a stand-in application of their own, which really runs, logs and reads its
# configuration, in a folder that has a space in its name; pip is a module beside it that writes down what it is asked.
. "$(dirname "$0")/lib.sh"
needs git tar sha256sum setsid
own_books upload-bridge
# It is up at once, or not at all.
sed -i 's/default: 5s, description: How long it must/default: 1s, description: How long it must/; s/default: 1m, description: How long it may/default: 5s, description: How long it may/' \
    "$books/startup.yaml"
# The interpreter itself, in place of what may choose between several first: it is started often here.
mkdir "$work/bin"
ln -s "$(python3 -c 'import sys; print(sys.executable)')" "$work/bin/python3"
PATH=$work/bin:$PATH
root="$work/upload bridge"
cp -r "$source_dir/tests/live/upload_app" "$root"
mkdir "$root/run" "$root/logs" "$root/config" "$root/tmp"
export PYTHONDONTWRITEBYTECODE=1
cd "$root" || exit 1
echo "# nothing besides Python" >requirements.txt
for environment in development staging production; do echo '{"CACHE_SIZE": 500}' >"config/$environment.json"; done
touch run/pids

# Whatever was started, also what a runbook did not stop.
stop_applications() {
    local pid
    for pid in $(cat "$root/run/pids"); do
        [ ! "/proc/$pid/cwd" -ef "$root" ] || kill -KILL "$pid"
    done
}
at_exit stop_applications

# figures MEMORY DISK CPU: what the application says of itself, in percent.
figures() { echo "{\"memory\": $1, \"disk\": $2, \"cpu\": $3}" >run/figures.json; }
figures 40 50 20

# here NAME ARGUMENT…: the runbook on this application, with nobody there to be asked.
here() {
    local name=$1
    shift
    carry_out "$name" -p home="$root" "$@"
}
application() { cat logs/application.pid; }
runs() { [ "/proc/$(application)/cwd" -ef "$root" ]; }
runs_not() { ! runs 2>/dev/null; }
# No process of the application is left, known by its id or not.
nothing_runs() {
    local pid
    for pid in $(cat run/pids); do
        [ ! "/proc/$pid/cwd" -ef "$root" ] || { echo "# process $pid is still there"; return 1; }
    done
}
# only_one_runs: nothing but what logs/application.pid names.
only_one_runs() {
    local pid
    runs || { echo "# it does not run"; return 1; }
    for pid in $(cat run/pids); do
        [ "$pid" = "$(application)" ] || [ ! "/proc/$pid/cwd" -ef "$root" ] || { echo "# process $pid runs too"; return 1; }
    done
}
