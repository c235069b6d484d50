# Who is on call, what is escalating, and what people make of it: oncall, escalations, resolve, escalate now, snooze.
. "$(dirname "$0")/lib.sh"
cat >"$work/oncall.yaml" <<'YAML'
contacts:
  ana: {channels: [page]}
  bo: {channels: [page, ops]}
  eva: {channels: [ops]}
channels:
  page: {uses: command.run, with: {argv: ["true"]}}
  ops: {uses: command.run, with: {argv: ["true"]}}
rotations:
  primary:
    members: [ana, bo]
    every: 1w
    handoff: "2026-11-02 09:00"
    timezone: Europe/Paris
    overrides: [{member: eva, from: "2026-11-24T18:00:00+01:00", until: "2026-11-25T08:00:00+01:00"}]
  office: {members: [eva], restrict: "Mon-Fri 08:00-18:00", timezone: Europe/Paris}
calendars:
  business: {days: Mon-Fri, hours: "09:00-17:00", timezone: Europe/Paris, ics: closed.ics}
policies:
  platform:
    levels:
      - {notify: primary, escalate_after: 15m}
      - {notify: office, escalate_after: 30m}
      - {notify: [eva, ops]}
  slow: {levels: [{notify: ana, escalate_after: 2h}, {notify: bo}], calendar: business}
YAML
printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261123\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n' >"$work/closed.ics"
cat >"$work/down.yaml" <<'YAML'
runbook: down
import: [oncall.yaml]
policies: {steady: {levels: [{notify: ana, escalate_after: 1h}, {notify: bo, escalate_after: 1h}]}}
escalation: {policy: steady, message: It is down}
steps:
  - id: hold
    wait: {signal: go, timeout: 60s}
  - id: broken
    run: exit 3
YAML
lists() { "$RUNBOOK" escalations "${@:2}" | grep -qE "$1"; }

it "a file of people alone is valid" exits 0 "$RUNBOOK" validate oncall.yaml
it "and it is said what is in it" out_has "3 contacts, 2 rotations, 2 policies"
it "it is no runbook that could be run" exits 2 "$RUNBOOK" exec oncall.yaml

it "oncall shows who is on call" exits 0 "$RUNBOOK" oncall oncall.yaml --at 2026-11-23T07:59:59Z
it "… until the handoff, and who is next" out_has "ana      Mon 2026-11-23 08:00  bo      page"
it "… and when a level would be paged, and who is on call by then" \
    out_has "1  at once  Mon 2026-11-23 07:59  primary   ana"
it "… in the working time of its calendar, closed days of a calendar file left out" \
    out_has "2  2h       Tue 2026-11-24 10:00  bo        bo"
it "who stands in is named" exits 0 "$RUNBOOK" oncall oncall.yaml --at 2026-11-24T20:00:00Z
it "… as such" out_has "eva (stands in)"
it "outside the hours nobody is on call, and the next level is paged at once" out_has "nobody: the level is skipped"
it "who is next can be asked for alone" exits 0 "$RUNBOOK" oncall . --who-next --at 2026-11-23T09:00:00Z
it "… of all files of a folder" out_has "primary: eva from Tue 2026-11-24 17:00"
it "days are drawn" exits 0 "$RUNBOOK" oncall oncall.yaml --days 3 --at 2026-11-22T00:00:00Z
it "… a row for each who takes turns" out_has "  bo    ······ ··████ ████··"
it "programs get JSON" exits 0 "$RUNBOOK" oncall oncall.yaml --json --at 2026-11-23T08:00:00Z
it "… with instants" out_has '"rotation":"primary","on_call":"bo","stands_in":false,"channels":["page","ops"],"until":"2026-11-24T17:00:00Z","next":"eva"'
it "a time that is none is refused" exits 2 "$RUNBOOK" oncall oncall.yaml --at tomorrow
it "a file that is not there is refused" exits 2 "$RUNBOOK" oncall nowhere.yaml

echo 'no calendar' >"$work/closed.ics"
it "a calendar file that is none is refused" exits 2 "$RUNBOOK" oncall oncall.yaml
it "… where it stands" err_has "closed.ics:1:1: error: this is no iCalendar file"
printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//\r\nEND:VCALENDAR\r\n' >"$work/closed.ics"

"$RUNBOOK" exec --no-input down.yaml >"$work/exec.log" 2>&1 &
it "an escalation is listed while it is open" eventually lists 'steady +triggered +ana +1 .* in 59m'
it "with the command that acknowledges it" eventually lists "runbook ack [a-z0-9]+ steady"
it "the next level can be had at once" exits 0 "$RUNBOOK" escalate now last --note "it is the database"
it "… which is said" out_has "wants the next level of escalation steady now: it is the database"
it "and is paged" eventually lists 'steady +triggered +bo +2'
it "without the word now it is asked what is meant" exits 2 "$RUNBOOK" escalate last
it "it can be put off" exits 0 "$RUNBOOK" snooze last 2h
it "and is acknowledged as long" eventually lists "acknowledged .* in 1h59m"
it "a time without a unit is refused" exits 2 "$RUNBOOK" snooze last 2
it "no time at all is refused" exits 2 "$RUNBOOK" snooze last 0s
it "an escalation that there is not is refused" exits 2 "$RUNBOOK" resolve last other
it "and those that there are named" err_has "steady"
"$RUNBOOK" signal last go >/dev/null
wait
it "what a failed run left open stays open, and nobody is paged for it" eventually lists 'acknowledged .* never'
it "it cannot be acknowledged any more" exits 2 "$RUNBOOK" ack last
it "… which says what can be done" err_has "steady closes what it left open"
it "a person can resolve it, though no engine is alive" exits 0 "$RUNBOOK" resolve last --note "a false alarm"
it "it is not open any more" exits 0 "$RUNBOOK" escalations
it "which is said" err_has "no escalation is open"
it "the journal has who resolved it, and why" exits 0 "$RUNBOOK" timeline last
it "… behind the end of the run" out_has "was resolved by $(id -un): a false alarm"
it "it cannot be resolved twice" exits 2 "$RUNBOOK" resolve last
it "the journal is still whole" exits 0 "$RUNBOOK" audit verify

finish
