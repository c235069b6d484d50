# What Upload Bridge keeps: backups and restores, archives of logs, their analysis, regular maintenance, and incidents with
# the people who answer. Real archives of a stand-in application that runs and writes its logs meanwhile.
. "$(dirname "$0")/upload.sh"
backups="$work/back ups"
backup() { here backup -p backups="$backups" "$@"; }
newest() { ls -t "$backups/$1"_backup_*.tar.gz | head -n 1; }
has_member() { tar -tzf "$1" | grep -qx -- "$2" || { echo "# $1 lacks $2"; tar -tzf "$1"; return 1; }; }
lacks_member() { ! has_member "$@" >/dev/null; }

it "starts the application" exits 0 here startup
mkdir .git patterns
echo ref >.git/HEAD
echo star >patterns/one.pattern

# --- backup

it "backs everything up while it runs" exits 0 backup
it "has kept it to its owner" test "$(stat -c %a "$backups" "$(newest config)")" = "700
600"
it "has the configuration" has_member "$(newest config)" config/production.json
it "has the logs" has_member "$(newest logs)" logs/application.log
it "has the application" has_member "$(newest app)" ./patterns/one.pattern
it "leaves Git's folder out" lacks_member "$(newest app)" ./.git/HEAD
it "has kept the hashes" sh -c 'cd "$1" && sha256sum -c --quiet *.sha256' - "$backups"
it "does not back up into what it backs up" exits 1 backup -p backups="$root/backups"
it "fails when there is nothing of that name" exits 1 backup -p what=database
mv config config.away
it "fails when a part is missing" exits 1 backup -p what=config,logs
mv config.away config

# --- restore

restore() { here restore --answer may-restore=yes --answer key-operations=done "$@"; }
config_archive=$(newest config) app_archive=$(newest app)
echo '{"CACHE_SIZE": 7}' >config/production.json
it "restores the configuration" exits 0 restore -p archive="$config_archive"
it "has the configuration that was backed up" grep -q 500 config/production.json
it "has set aside the one that was there" grep -q 7 .before-*/config/production.json
it "runs with it" only_one_runs
rm -rf .before-*

echo circle >patterns/two.pattern
rm patterns/one.pattern
lines=$(wc -l <logs/application.log)
it "restores the application" exits 0 restore -p archive="$app_archive" -p what=app -p dependencies=check
it "has what was lost" grep -q star patterns/one.pattern
it "has not what came later" test ! -e patterns/two.pattern
it "has set it aside" test -e .before-*/patterns/two.pattern
it "has left the logs" test "$(wc -l <logs/application.log)" -gt "$lines"
it "has left Git's folder" test -e .git/HEAD
it "runs it" only_one_runs
rm -rf .before-*

# An archive that does not work: it replaces the program, and adds a file.
bad=$work/bad
mkdir "$bad"
cp -r main.py core pip config requirements.txt "$bad"
echo 'raise SystemExit("worse")' >"$bad/main.py"
touch "$bad/added"
tar -czf "$backups/app_bad.tar.gz" -C "$bad" .
(cd "$backups" && sha256sum app_bad.tar.gz >app_bad.tar.gz.sha256)
before=$(find . -path ./logs -prune -o -path ./run -prune -o -type f -print0 | sort -z | xargs -0 sha256sum)
it "fails when what was restored does not run" exits 1 restore -p archive="$backups/app_bad.tar.gz" -p what=app
it "has put everything back as it was" test "$before" = \
    "$(find . -path ./logs -prune -o -path ./run -prune -o -type f -print0 | sort -z | xargs -0 sha256sum)"
it "runs what was there" only_one_runs
it "changes nothing when nobody may" exits 3 here restore -p archive="$config_archive" --answer may-restore=deny --answer key-operations=no
it "refuses an archive that was changed" bash -c 'echo >>"$1"' - "$config_archive"
it "fails then" exits 1 restore -p archive="$config_archive"
it "has not stopped it for that" only_one_runs

# --- log-archive

archive() { here_logs log-archive "$@"; }
here_logs() {
    local name=$1
    shift
    carry_out "$name" -p logs="$root/logs" -p archives="$root/archive" "$@"
}
it "finds nothing to archive" exits 0 archive
it "says so" timeline_has "No log is older than 30 days"
hostile=$'logs/a b.log.1\nlogs/application.log.2\n--checkpoint-action=exec=touch hacked.log.3'
mkdir -p "$(dirname "$hostile")"
echo hostile >"$hostile"
for name in application.log.1 -rf.log.4 "errors.log.5"; do echo "$name" >"logs/$name"; done
echo young >logs/application.log.2
touch -d "40 days ago" "$hostile" logs/application.log.1 logs/-rf.log.4 logs/errors.log.5
it "archives old logs, whatever their names are" exits 0 archive
it "says how many" out_has "count = 4"
mkdir "$work/unpacked"
tar -xzf archive/logs_*.tar.gz -C "$work/unpacked"
it "has the one with the hostile name" grep -qr hostile "$work/unpacked"
it "has one with a dash" grep -q rf "$work/unpacked/-rf.log.4"
it "has deleted them" test ! -e logs/application.log.1 -a ! -e "$hostile" -a ! -e logs/-rf.log.4
it "has kept what is young" grep -q young logs/application.log.2
it "has left no list" sh -c '! ls archive/*.names archive/*.part 2>/dev/null'
# A tar that forgets the last of them, as one may that is out of space.
echo old >logs/application.log.1
echo old >logs/errors.log.5
touch -d "40 days ago" logs/application.log.1 logs/errors.log.5
cat >"$work/bin/tar" <<'SCRIPT'
#!/bin/sh
case "$*" in -cz*) exec /bin/tar -czf "$2" ./errors.log.5 ;; esac
exec /bin/tar "$@"
SCRIPT
chmod +x "$work/bin/tar"
it "fails when the archive lacks one" exits 1 archive -p archives="$work/other"
it "has deleted none" test -e logs/application.log.1 -a -e logs/errors.log.5
rm "$work/bin/tar" logs/*.log.[15]
it "fails where there are no logs" exits 1 carry_out log-archive -p logs="$root/nowhere" -p archives="$root/archive"

# --- log-analysis

cat >"$work/app log" <<'LOG'
2026-11-21 03:00:00 ERROR pattern_load failed
2026-11-21 03:00:01 ERROR pattern_load failed
2026-11-21 03:00:02 CRITICAL out of memory
2026-11-21 03:00:03 INFO Performance: pattern_load took 1234.5ms
2026-11-21 03:00:04 INFO Performance: upload took 100.5ms
LOG
it "reads the log" exits 0 carry_out log-analysis -p log="$work/app log" -p search=pattern_load
it "counts errors" out_has "errors = 3"
it "names the one that is most frequent" out_has "most = ERROR pattern_load failed"
it "counts slow operations" out_has "slow = 1"
it "knows how long they take" out_has "average_ms = 667.5"
it "fails where there is no log" exits 1 carry_out log-analysis -p log="$work/none"

# --- maintenance

it "does what is done every day" exits 0 here maintenance-daily
it "has seen no errors" timeline_has "No new errors, logs are rotated"
printf '%s ERROR long ago\n  in a traceback\n' "$(date -d '2 days ago' '+%F %T')" >logs/errors.log
it "does not count errors of the day before yesterday" exits 0 here maintenance-daily
it "says so" timeline_has "No new errors"
printf '%s ERROR just now\n  in a traceback\n' "$(date '+%F %T')" >>logs/errors.log
it "counts errors of today" exits 0 here maintenance-daily
it "says so" timeline_has "Errors to look at"

it "does what is done every week" exits 0 here maintenance-weekly --answer reviewed=done
it "knows how many updates there are" timeline_has "0 updates"
echo requests >run/outdated
sed -i "s|/var/backups/upload-bridge|$backups|" "$books/backup.yaml"
it "does what is done every month" exits 0 here maintenance-monthly --answer review=done --answer may-update=yes
it "has updated what it depends on" grep -q "^install .*--upgrade.*-r requirements.txt" run/pip
it "has restarted it" only_one_runs
echo requests >run/outdated
rm run/pip
it "updates nothing that nobody wants" exits 0 here maintenance-monthly --answer review=done --answer may-update=deny
it "has updated nothing" sh -c '! grep -q "^install" run/pip'

# --- escalation, incident

escalate() { carry_out escalation -p summary="Uploads hang since 14:00" "$@"; }
it "needs nobody when the documentation helps" exits 0 escalate --answer documentation=done --answer logs=no --answer guide=no
it "has told nobody" not_paged "Developer on duty"
it "climbs the ladder" exits 0 escalate -p each=300ms --answer documentation=no --answer logs=no --answer guide=no
it "tells the development team" paged "Developer on duty"
rm -f "$work/pages"

it "begins an incident" exits 4 "$RUNBOOK" exec "$books/incident.yaml" -p home="$root" -p summary="Nobody can upload" --detach
answered() { eventually "$RUNBOOK" "$@"; }
it "hears how bad it is" answered answer last assess severity=P1
it "pages the operator" eventually paged "Operator on call"
it "tells the stakeholders" eventually paged "Stakeholders"
it "takes an acknowledgement" answered ack last
it "asks for the cause" answered done last root-cause --note "the store was full"
it "has gathered the logs" sh -c 'tar -tzf incidents/*.tar.gz | grep -q logs/application.log'
it "asks for the repair" answered done last fix
it "asks for the review" answered done last afterwards
it "succeeds" eventually ended succeeded
sed -i 's/max_attempts: 3, delay: 1m/max_attempts: 2, delay: 200ms/' "$books/incident.yaml"
figures 99 50 20
it "begins another" exits 4 "$RUNBOOK" exec "$books/incident.yaml" -p home="$root" -p summary="It is slow" -p severity=P3 --detach
it "asks for its cause" answered done last root-cause --note "too large a pattern"
it "asks for its repair" answered done last fix
it "is not over while the application is unhealthy" eventually ended failed
it "says so" timeline_has "Not over"
finish
