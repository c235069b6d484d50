# systemd: no manager runs where tests do, so a command that answers as systemctl(1) says stands in, and writes down how it
# was called.
. "$(dirname "$0")/lib.sh"

mkdir "$work/bin"
cat >"$work/bin/systemctl" <<'SCRIPT'
#!/bin/sh
here=${0%/*}
echo "$*" >>"$here/calls"
case "$*" in
*" show "*none.service) printf 'LoadState=not-found\nActiveState=inactive\n' ;;
*" show "*bad.service) printf 'LoadState=loaded\nActiveState=failed\nSubState=failed\nMainPID=0\nNRestarts=5\nResult=exit-code\n' ;;
*" show "*) printf 'LoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nMainPID=42\nNRestarts=1\nResult=success\n' ;;
*" restart "*bad.service) echo "Job for bad.service failed." >&2; exit 1 ;;
*list-units*) printf 'bad.service loaded failed failed A bad one\nworse.service loaded failed failed Worse\n' ;;
esac
SCRIPT
cat >"$work/bin/journalctl" <<'SCRIPT'
#!/bin/sh
echo "$*" >>"${0%/*}/calls"
echo "Jan 01 00:00:00 host web[1]: hello"
SCRIPT
chmod +x "$work/bin/systemctl" "$work/bin/journalctl"
export PATH=$work/bin:$PATH
called() { grep -qFx -- "$1" "$work/bin/calls" || { echo "# never called: $1"; cat "$work/bin/calls"; return 1; }; }

given <<EOF
  - id: status
    uses: systemd.status
    with: {unit: web.service}
  - uses: systemd.restart
    with: {unit: web.service}
  - id: active
    uses: systemd.wait_active
    with: {unit: web.service, steady: 600ms}
  - id: failed
    uses: systemd.failed
    with: {user: true}
  - id: journal
    uses: systemd.journal
    with: {unit: web.service, lines: 7, since: 10m}
  - assert:
      - steps.status.output.active and steps.status.output.enabled and steps.status.output.pid == 42
      - steps.active.output.restarts == 1
      - "#steps.failed.output == 2"
      - steps.failed.output[2] == "worse.service"
      - contains(steps.journal.output, "hello")
EOF
it "tells how units are, restarts them, and reads what they write" succeeds
for verb in start stop reload; do
    given <<EOF
  - id: done
    uses: systemd.$verb
    with: {unit: web.service}
  - assert: steps.done.output.state == "active"
EOF
    it "has a unit $verb, and tells how it is then" succeeds
    it "by systemctl $verb" called "--no-pager --no-ask-password $verb -- web.service"
done
it "restarts the unit that was meant" called "--no-pager --no-ask-password restart -- web.service"
it "asks the user's manager when told to" called "--no-pager --no-ask-password --user list-units --failed --plain --no-legend"
it "asks for so many lines since then" called "--no-pager --quiet --unit=web.service --lines=7 --since=-600seconds"

for case in "status none.service there is no unit none.service" "restart bad.service Job for bad.service failed" \
    "wait_active bad.service bad.service has failed: exit-code"; do
    set -- $case
    given <<EOF
  - uses: systemd.$1
    with: {unit: $2}
EOF
    it "fails: $case" fails_with action "${case#* * }"
done

given <<EOF
  - uses: systemd.restart
    with: {unit: "--all"}
EOF
it "takes an option for no unit" succeeds
it "hands it over as a unit" called "--no-pager --no-ask-password restart -- --all"

finish
