# Upload Bridge is started, stopped, watched, reconfigured, mended and brought back: a stand-in application that really
# runs, with real processes, signals and versions in Git.
. "$(dirname "$0")/upload.sh"
start() { here startup -p dependencies=check -p start_timeout=2s "$@"; }

# --- startup, health, stop, restart

it "starts it" exits 0 here startup
it "has left it running" only_one_runs
it "has installed what it depends on" grep -q "^install .*-r requirements.txt" run/pip
it "has said which environment it is" grep -qx "production INFO" run/up
it "does not start it twice" exits 1 here startup
it "says that it runs" timeline_has "it runs already as process $(application)"
it "has left the one alone" only_one_runs
it "finds it healthy" exits 0 here health
figures 80 50 95
it "finds it degraded" exits 0 here health
it "says what is worrying" timeline_has "Memory: 80 % in use"
figures 40 92 20
it "finds it unhealthy" exits 1 here health
it "says why" timeline_has "disk 92 %"
figures 40 50 20
first=$(application)
it "restarts it" exits 0 here restart -p log_level=ERROR -p environment=staging
it "has another process" test "$first" != "$(application)"
it "has left nothing of the first" only_one_runs
it "has handed over how it shall log" grep -qx "staging ERROR" run/up
it "stops it" exits 0 here stop
it "has stopped it" nothing_runs
it "is content when nothing is to be stopped" exits 0 here stop

# --- an application that misbehaves

touch run/broken
it "fails when the application ends at once" exits 1 start
it "has left nothing" nothing_runs
it "has left no process id" test ! -e logs/application.pid
figures 95 50 20
it "does not wait for the health of one that has ended" exits 1 start -p start_timeout=10m
it "says so, and what was its last word" timeline_has "the application has ended; the last it said: cannot start"
figures 40 50 20
rm run/broken
touch run/noisy
it "fails when the application logs an error" exits 1 start
it "has stopped what logged it" nothing_runs
rm run/noisy
figures 95 50 20
it "fails when the application does not become healthy" exits 1 start
it "has stopped what is not healthy" nothing_runs
figures 40 50 20
touch run/mute
it "starts one that does not listen" exits 0 start
it "kills what does not end" exits 0 here stop -p grace=1s
it "has killed it" nothing_runs
rm run/mute

it "starts it once more" exits 0 start
kill -KILL "$(application)"
eventually runs_not
it "sees that it has been killed" exits 1 here health
it "says what helps" timeline_has "has died; restart.yaml starts it again"
it "restarts what has been killed" exits 0 here restart
it "has it running" only_one_runs
kill -KILL "$(application)"
(cd / && exec sleep 300) &
stranger=$!
pids="$pids $stranger"
echo "$stranger" >logs/application.pid
it "does not take another process for the application" exits 1 here health
it "does not stop another process" exits 0 here stop
it "has left it alone" kill -0 "$stranger"
it "starts where another process has the number of the old one" exits 0 start

# --- config-reload

reconfigure() { here config-reload -p file="$work/new.json" "$@"; }
cache_size_is() { grep -qF "Configuration: CACHE_SIZE=$1" logs/application.log; }
echo '{"CACHE_SIZE": 300}' >"$work/new.json"
before=$(application)
it "changes the configuration while it runs" exits 0 reconfigure -p hot=true
it "has not restarted it" test "$before" = "$(application)"
it "has reached the process that runs" eventually cache_size_is 300
it "has nothing to do when the configuration is that already" exits 0 reconfigure
it "says so" timeline_has "The configuration is that already"
echo '{"CACHE_SIZE": 200}' >"$work/new.json"
it "changes the configuration by a restart" exits 0 reconfigure
it "has seen in the log that it was read" timeline_lacks "change/logged timed"
it "has the new configuration" cache_size_is 200
it "has restarted it" test "$before" != "$(application)"
echo '{"CACHE_SIZE": ' >"$work/new.json"
it "refuses what is no configuration" exits 1 reconfigure
echo '{"broken": true}' >"$work/new.json"
it "fails when the application does not start with it" exits 1 reconfigure
it "has put the one before back" grep -q 200 config/production.json
it "runs with the one before" only_one_runs

# --- monitors

it "watches in the background" exits 4 "$RUNBOOK" exec "$books/monitors.yaml" -p home="$root" -p every=500ms -p rounds=40 --detach
it "sees that all is well" eventually timeline_has "Upload Bridge is healthy"
it "wakes nobody" not_paged "Operator on call"
figures 40 85 20
it "tells what is worrying" eventually timeline_has "Degraded: memory 40 %, disk 85 %"
kill -KILL "$(application)"
it "wakes the operator when it dies" eventually paged "Operator on call"
it "takes an acknowledgement" "$RUNBOOK" ack last
figures 40 50 20
watching=$("$RUNBOOK" runs -n 1 --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])')
it "restarts it meanwhile" exits 0 here restart
it "sees that it is over" eventually sh -c "'$RUNBOOK' timeline $watching | grep -q 'resolve'"
it "ends when it is told to" "$RUNBOOK" cancel "$watching"

# --- troubleshoot

mend() { here troubleshoot --answer optimise=done --answer documentation=done --answer logs=no --answer guide=no "$@"; }
trouble() { mend --answer may-restart=yes "$@"; }
kill -KILL "$(application)"
eventually runs_not
it "starts what does not run" exits 0 trouble
it "has seen what it was" timeline_has "It looks like this: start"
it "has it running" only_one_runs
figures 95 50 20
it "asks before it restarts" exits 3 mend --answer may-restart=deny
it "has changed nothing" grep -q 200 config/production.json
figures 85 50 20
it "restarts with a smaller cache what has too much memory" exits 0 trouble -p cache_size=50
it "has seen what it was" timeline_has "It looks like this: memory"
it "has the smaller cache" cache_size_is 50
figures 40 85 20
touch -d "2 days ago" tmp/old
touch tmp/new "logs/application.log.5"
touch -d "40 days ago" logs/application.log.5
it "makes room on a full disk" exits 0 trouble
it "has seen what it was" timeline_has "It looks like this: disk"
it "has removed old temporary files" test ! -e tmp/old
it "has kept new ones" test -e tmp/new
it "has archived old logs" sh -c "ls archive/logs_*.tar.gz && ! ls logs/application.log.5"
figures 40 50 20
it "looks at what is slow" exits 0 trouble -p trouble=slow
it "says how slow it is" timeline_has "operations were slow"

# --- emergency

# Here everybody is one person; a version in Git is the application with a word in it.
git() { command git -c user.name=Test -c user.email=test@example.org "$@"; }
commit() { git add main.py core && git commit -qm "$1" && git tag "$1"; }
emergency() { here emergency -p dependencies=check --answer by-hand=no "$@"; }
version() { git describe --tags --exact-match 2>/dev/null; }
git init -q .
commit v1
echo "# better" >>main.py
commit v2
it "restarts in an emergency" exits 0 emergency --answer may-roll-back=yes
it "says that this was enough" timeline_has "Upload Bridge is back: restarted"
sed -i '1i raise SystemExit("worse")' main.py
commit v3
it "does not roll back when nobody may" exits 1 emergency -p version=v2 --answer may-roll-back=deny
it "has left the version" test "$(version)" = v3
it "tells the development team" paged "Developer on duty"
it "rolls back" exits 0 emergency -p version=v2 --answer may-roll-back=yes
it "says to which version" timeline_has "rolled back to v2"
it "has that version" test "$(version)" = v2
it "runs it" only_one_runs
git checkout -q v3
it "fails when the version before is no better" exits 1 emergency -p version=v3 --answer may-roll-back=yes
it "fails when there is no such version" exits 1 emergency -p version=v9 --answer may-roll-back=yes
it "has left the version" test "$(version)" = v3
it "has left nothing half started" nothing_runs
git checkout -q v2
it "starts with errors alone what does not start otherwise" exits 0 here restart -p log_level=ERROR
finish
