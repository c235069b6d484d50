# git: on repositories of the test's own.
. "$(dirname "$0")/lib.sh"
command -v git >/dev/null || { echo "git is not installed"; exit 77; }

export GIT_CONFIG_GLOBAL=$work/gitconfig GIT_CONFIG_NOSYSTEM=1
git config --global user.name Test
git config --global user.email test@example.org
git config --global init.defaultBranch main
git init -q --bare "$work/remote.git"
git clone -q "$work/remote.git" "$work/copy" 2>/dev/null
(cd "$work/copy" && echo one >file && git add file && git commit -qm one && git push -q origin main && echo two >file && git commit -qam two)

given <<EOF
  - id: before
    uses: git.head
    with: {path: $work/copy}
  - uses: git.tag
    with: {path: $work/copy, name: v1.0, message: "The first; rm -rf ~"}
  - id: again
    uses: git.tag
    with: {path: $work/copy, name: v1.0, message: once more}
  - uses: git.push
    with: {path: $work/copy, ref: v1.0}
  - uses: git.push
    with: {path: $work/copy, ref: main}
  - uses: git.fetch
    with: {path: $work/copy}
  - id: after
    uses: git.head
    with: {path: $work/copy}
  - assert:
      - steps.before.output.branch == "main" and steps.before.output.clean
      - "#steps.before.output.commit == 40"
      - steps.again.output.commit == steps.before.output.commit
      - steps.after.output.describe == "v1.0"
EOF
it "tags and pushes" succeeds
it "has the tag at the remote" test "$(git -C "$work/remote.git" rev-parse 'v1.0^{commit}')" = "$(git -C "$work/copy" rev-parse HEAD)"
it "keeps the message as it was given" test "$(git -C "$work/remote.git" tag -l --format='%(contents:subject)' v1.0)" = "The first; rm -rf ~"

given <<EOF
  - uses: git.tag
    with: {path: $work/copy, name: v1.0, message: moved, at: HEAD~1}
EOF
it "does not move a tag" fails_with action "the tag v1.0 is there already"

given <<EOF
  - uses: git.push
    with: {path: $work/copy, ref: none}
EOF
it "fails with what git says" fails_with action "git push"

finish
