# exec with secrets: they reach the step, and nothing else.
. "$(dirname "$0")/lib.sh"

cat >secrets.yaml <<'YAML'
runbook: secrets
params:
  pin: {type: string, secret: true}
secrets:
  from_env: {env: TEST_SECRET}
  from_file: {file: secret.txt}
  from_command: {command: [cat, vault.txt]}
  from_systemd: {systemd: cred}
steps:
  - id: uses
    env:
      A: ${{ secrets.from_env }}
      B: Bearer ${{ secrets.from_file }}
      C: ${{ secrets.from_command }}
      D: ${{ secrets.from_systemd }}
      P: ${{ params.pin }}
    run: |
      printf '%s|%s|%s|%s|%s\n' "$A" "$B" "$C" "$D" "$P" >seen
      echo "A=$A"
      echo "B=$B" >&2
      printf '%s' "$C" | base64
      printf 'x%s' "$A" | base64
      # a secret cut in two by a pause
      printf '%s' "$A" | cut -c1-5 | tr -d '\n'; sleep 0.2; printf '%s' "$A" | cut -c6-
      echo "$D"; echo "pin $P"
      head -c 65530 /dev/zero | tr '\\0' x; echo "$C"   # and by the end of a chunk
      printf '%s' "$A" | od -An -tx1 | tr -d ' \\n'
      echo "token=$A" >>"$RUNBOOK_OUTPUT"
  - id: fails
    env: {A: "${{ secrets.from_env }}"}
    continue_on_error: true
    exec: ["sh", "-c", "echo \"no: $A\" >&2; exit 1"]
YAML
printf 'file-value/+&=?"x"\n' >secret.txt
printf 'command value 4711\nsecond line\n' >vault.txt
mkdir creds && printf 'systemd-value-88' >creds/cred
export CREDENTIALS_DIRECTORY=$work/creds TEST_SECRET='env-value-"0815"'

runs() { exits 0 "$RUNBOOK" exec secrets.yaml -p pin=9876543; }
it "runs with secrets from everywhere" runs
it "gives the step the values themselves" grep -qxF 'env-value-"0815"|Bearer file-value/+&=?"x"|command value 4711|systemd-value-88|9876543' seen
it "masks what the step writes" out_has "A=***"

hidden() {
    local value
    for value in 'env-value-"0815"' 'env-value-\"0815\"' 'file-value/+&=?"x"' 'command value 4711' 'systemd-value-88' 9876543 \
        "$(printf 'command value 4711' | base64)" 'ZW52LXZhbHVl' "$(printf 'env-value' | od -An -tx1 | tr -d ' \n')"; do
        if grep -qaF -- "$value" "$@"; then
            echo "# found $value in $(grep -laF -- "$value" "$@")"
            return 1
        fi
    done
}
it "prints no secret in any encoding" hidden out err
it "keeps none in the journal" hidden "$RUNBOOK_JOURNAL"*
json_hidden() { exits 0 "$RUNBOOK" exec secrets.yaml -p pin=9876543 --json && hidden out err; }
it "puts none into the event stream" json_hidden

cat >gone.yaml <<'YAML'
runbook: gone
secrets:
  unset: {env: NOT_THERE_AT_ALL}
  empty: {env: EMPTY_ONE}
  absent: {file: /nonexistent/key}
  folder: {file: creds}
  fine: {file: secret.txt}
  later: {command: [/nonexistent/vault]}
  unit: {systemd: nowhere}
steps:
  - exec: [touch, begun]
YAML
refused() { EMPTY_ONE='' exits 2 "$RUNBOOK" exec gone.yaml && [ ! -e begun ]; }
before=$("$RUNBOOK" runs --json | wc -l)
it "refuses to start without the secrets that could be looked for" refused
all_at_once() {
    err_has 'gone.yaml:3:' && err_has 'the environment variable NOT_THERE_AT_ALL is not set' && err_has 'EMPTY_ONE is empty' &&
        err_has 'cannot read /nonexistent/key: No such file' && err_has 'cannot read creds: Is a directory' &&
        err_has 'looked for where the run is started'
}
it "names all of them at once, where they stand, with what to do" all_at_once
others_left() { ! grep -qE 'vault|nowhere|secret.txt' err; }
it "leaves commands and credentials to the step that needs them" others_left
no_run() { [ "$("$RUNBOOK" runs --json | wc -l)" = "$before" ]; }
it "creates no run" no_run

unset CREDENTIALS_DIRECTORY
missing() { exits 1 "$RUNBOOK" exec secrets.yaml -p pin=9876543 && out_has "systemd gave no credentials"; }
it "fails the step, with the reason, when a secret cannot be had" missing

printf 'runbook: bad\nsecrets: {x: {command: [sh, -c, "exit 3"]}}\nsteps:\n  - {id: a, env: {X: "${{ secrets.x }}"}, run: "true"}\n' >bad.yaml
bad_command() { exits 1 "$RUNBOOK" exec bad.yaml && out_has 'secret "x"' && out_has "exited with 3"; }
it "says so when a secret's command fails" bad_command

printf 'runbook: quiet\nsteps:\n  - {id: a, sensitive: true, run: "echo very-private-words"}\n' >quiet.yaml
sensitive() {
    exits 0 "$RUNBOOK" exec quiet.yaml && ! grep -q very-private out && exits 0 "$RUNBOOK" logs last && ! grep -q very-private-words out
}
it "does not keep the output of a sensitive step" sensitive

cat >quiet.yaml <<'YAML'
runbook: quiet
steps:
  - id: code
    sensitive: true
    on_interrupt: retry
    lua: |
      local r = exec {"sh", "-c", "echo x >>done; echo very-private-words | rev"}
      log("printed " .. r.stdout)
      sh("read word <word; echo $word; echo x >>done; [ -e again ] || sleep 60")
      return #trim(r.stdout) == 18 and {said = r.stdout}
YAML
echo very-secret-file >word
nowhere() { ! grep -aqE "sdrow-etavirp|very-secret-file" "$RUNBOOK_JOURNAL"*; }
it "is killed in the code of a sensitive step" killed_at 2 quiet.yaml
touch again
it "does not go on in the middle of it, for what it was told is gone" exits 0 "$RUNBOOK" resume last
it "but does all of it again, where it may" eval '[ "$(wc -l <done)" = 4 ]'
it "has kept nothing of what its calls brought" nowhere
it "nor of what it printed" exits 0 "$RUNBOOK" logs last code
it "says how much it was" out_has "[19 bytes were not stored]"

finish
