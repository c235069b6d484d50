# aws: a command that answers as the AWS CLI's reference says stands in, and writes down how it was called.
. "$(dirname "$0")/lib.sh"

mkdir "$work/bin"
cat >"$work/bin/aws" <<'SCRIPT'
#!/bin/sh
echo "$*" >>"${0%/*}/calls"
case "$*" in
*list-objects-v2*empty*) ;;
*list-objects-v2*) echo '{"Contents": [{"Key": "a/1", "Size": 10, "LastModified": "2026-01-01T00:00:00Z", "ETag": "\"x\""}]}' ;;
*get-secret-value*plain*) echo '{"Name": "plain", "SecretString": "pl41n secret"}' ;;
*get-secret-value*) echo '{"Name": "db", "SecretString": "{\"password\": \"s3cret\", \"user\": \"api\"}"}' ;;
*describe-secret*) echo '{"Name": "db", "LastChangedDate": "2026-01-01T00:00:00Z", "RotationEnabled": true}' ;;
*none*) echo "fatal error: An error occurred (404) when calling the HeadObject operation: Key \"none\" does not exist" >&2; exit 1 ;;
esac
SCRIPT
chmod +x "$work/bin/aws"
export PATH=$work/bin:$PATH
called() { grep -qFx -- "$1" "$work/bin/calls" || { echo "# never called: $1"; cat "$work/bin/calls"; return 1; }; }

given <<EOF
  - uses: aws.s3_copy
    with: {from: /tmp/x y, to: s3://bucket/x, region: eu-west-3, endpoint: "http://127.0.0.1:9000"}
  - uses: aws.s3_sync
    with: {from: /srv, to: s3://bucket/srv, delete: true}
  - id: list
    uses: aws.s3_list
    with: {bucket: bucket, prefix: a/}
  - id: empty
    uses: aws.s3_list
    with: {bucket: empty}
  - id: secret
    uses: aws.secret_exists
    with: {id: db}
  - assert:
      - steps.list.output[1].key == "a/1" and steps.list.output[1].size == 10
      - "#steps.empty.output == 0"
      - steps.secret.output.rotation_enabled
EOF
it "copies, syncs, lists and looks for secrets" succeeds
it "copies with its region and endpoint" called "--region=eu-west-3 --endpoint-url=http://127.0.0.1:9000 s3 cp --only-show-errors -- /tmp/x y s3://bucket/x"
it "removes only when told to" called "s3 sync --only-show-errors --delete -- /srv s3://bucket/srv"

given <<EOF
  - uses: aws.s3_copy
    with: {from: s3://bucket/none, to: /tmp/none}
EOF
it "fails with what aws says" fails_with action "does not exist"

export BOTH="s3cret, pl41n secret"
given <<EOF
  - {id: one, run: '[ "\$A, \$B" = "\$BOTH" ] && echo "\$A, \$B"', env: {A: "\${{ secrets.a }}", B: "\${{ secrets.b }}"}}
  - assert: steps.one.stdout == "***, ***\\n"
secrets:
  a: {uses: aws.secret, with: {id: db, key: password, region: eu-west-3}}
  b: {uses: aws.secret, with: {id: plain}}
EOF
it "brings secrets, whole or one of their values" succeeds
it "asks for the value" called "--region=eu-west-3 secretsmanager get-secret-value --output=json --secret-id=db"
not_written() { ! grep -qaE 's3cret|pl41n' "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }
it "and writes none of it down" not_written

finish
