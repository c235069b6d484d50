# Hooks: what is called before and after steps, when one fails, when a level is paged, and at the end.
. "$(dirname "$0")/lib.sh"

given() { { echo "runbook: book"; cat; } >"$work/book.yaml"; }
runs() { exits "$1" "$RUNBOOK" exec --yes "$work/book.yaml"; }
refuses() { exits 2 "$RUNBOOK" validate "$work/book.yaml" && { out_has "$1" 2>/dev/null || err_has "$1"; }; }
lines_of() { diff <(printf '%s\n' "${@:2}") "$work/$1"; }

given <<'EOF'
hooks:
  before_step: |
    if step.id == "frozen" then return {skip = "frozen until Monday"} end
    if step.id == "friday" then return {fail = "not on a Friday"} end
    exec {"sh", "-c", "echo before " .. step.path .. " >>told"}
    return {set = {begun = vars.begun + 1}}
  after_step: |
    return {note = step.path .. " " .. step.status .. " " .. default(step.exit_code, "-")}
  on_failure: {run: 'echo "failed ${{ step.path }}: ${{ failed.message }}" >>told'}
  on_finish: {run: 'echo "ended ${{ ended.status }} after ${{ vars.begun }}" >>told'}
steps:
  - set: {begun: 0}
  - {id: one, foreach: [a, b], run: "echo ${{ item }}"}
  - {id: frozen, run: echo never >>told}
  - {id: friday, continue_on_error: true, run: echo never >>told}
  - {id: boom, run: exit 3}
always:
  - {id: tidy, run: echo tidy >>told}
EOF
it "calls them" runs 1
it "in the order of what happens, and not for what cleans up" lines_of told "before one[1]" "before one[2]" \
    "failed friday: before_step: not on a Friday" "before boom" "failed boom: exit status 3" tidy "ended failed after 3"
it "has no line for those that went well and said nothing" bash -c "! grep -q 'one.1./before_step' '$work/out'"
it "says why a step was skipped" out_has "frozen  skipped: before_step: frozen until Monday"
it "tells what they note" out_has "note: boom failed 3"

given <<'EOF'
hooks: {after_step: 'error("the hook is wrong")', before_step: 'return {sikp = "why"}'}
steps:
  - {id: one, run: "true"}
EOF
it "a step fails when the code before it returns what means nothing" runs 1
it "and says what may be returned" out_has 'the hook returned "sikp"; it may return note (a text), set (a table), skip or fail'
it "with class action" out_has "class action"

given <<'EOF'
hooks: {after_step: 'error("the hook is wrong")'}
steps: [{id: one, run: "true"}]
EOF
it "a hook that fails afterwards is a warning" runs 0
it "that is counted" out_has "1 warning"

given <<'EOF'
hooks: {on_finish: 'return missing +'}
steps: [{id: one, run: "true"}]
EOF
it "finds mistakes in their code before it runs" refuses "unexpected symbol near <eof>"

# --- an engine that dies ---

given <<'EOF'
hooks:
  after_step: |
    for i = 1, 6 do
      if i == 4 then sleep(60) end
      exec {"sh", "-c", "echo " .. step.id .. i .. " >>done"}
    end
steps:
  - {id: a, run: echo a >>done}
  - {id: b, run: echo b >>done}
EOF
it "is killed within a hook" killed_at 4 "$work/book.yaml" "$sleeping"
ago 60
it "goes on there" exits 0 "$RUNBOOK" resume last
it "has done everything once" lines_of done a a1 a2 a3 a4 a5 a6 b b1 b2 b3 b4 b5 b6

# --- tests and exploration ---

given <<'EOF'
hooks:
  before_step: 'if step.id == "b" and not steps.a.ok then error("boom") end'
steps:
  - {id: a, run: "true", continue_on_error: true}
  - {id: x, run: "true", continue_on_error: true}
  - {id: b, run: "true"}
invariants: [{finally: steps.b.status ~= "failed" or steps.a.ok}]
EOF
cat >"$work/book.test.yaml" <<'EOF'
scenarios:
  - name: the hook is played where no mock says otherwise
    mocks: {a: fail, x: ok}
    expect: {status: failed, class: action, steps: {b: failed, b/before_step: failed, a/before_step: succeeded}}
EOF
it "scenarios name them by their path" exits 1 "$RUNBOOK" test "$work/book.yaml"
it "and play what touches nothing" out_has "the invariant"
it "exploring looks at what their code looks at" exits 1 "$RUNBOOK" explore "$work/book.yaml"
it "and finds what follows" out_has "shortest way: a fails"

# --- before the run ---
given <<'EOF'
hooks:
  before_step: if step.id == "two" then return {skip = "not now"} end
  on_finish: {run: 'echo "ended ${{ ended.status }}"', timeout: 5s}
steps:
  - {id: one, run: "true", timeout: 1s}
  - {id: two, approve: Go on?}
EOF
it "the plan shows them" exits 0 "$RUNBOOK" plan "$work/book.yaml"
it "when they are called" out_has "when the runbook has ended"
it "what they do" out_has 'echo "ended (ended.status)"'
it "and counts them apart" out_has "1 write · 1 question · 2 hooks"
it "they are no steps of the procedure" exits 0 "$RUNBOOK" validate "$work/book.yaml"
it "validate tells them apart" out_has "ok (2 steps, 2 hooks, 1 question)"
it "also for programs" bash -c "'$RUNBOOK' validate --json '$work/book.yaml' | grep -q '\"steps\":2,\"hooks\":2,'"
finish
