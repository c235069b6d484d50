# Lua steps: what touches the world is an event of its own, and is done once, whatever happens to the engine.
. "$(dirname "$0")/lib.sh"

given() { { echo "runbook: book"; cat; } >"$work/book.yaml"; }
runs() { exits "$1" "$RUNBOOK" exec --yes "$work/book.yaml"; }
says() { runs 1 && out_has "$1"; }
refuses() { exits 2 "$RUNBOOK" validate "$work/book.yaml" && { out_has "$1" 2>/dev/null || err_has "$1"; }; }
# counts QUERY NUMBER: of the journal's events
counts() {
    local got
    got=$(python3 -c 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM event WHERE " + sys.argv[2]).fetchone()[0])' "$RUNBOOK_JOURNAL" "$1")
    [ "$got" = "$2" ] || { echo "# $got events where $1, expected $2"; return 1; }
}

# --- what it can do ---

given <<'EOF'
env: {GREETING: hello}
steps:
  - id: all
    lua: |
      local before = now()
      local r = exec {"printf", "%s", "a b"}
      local s = sh("printf '%s %s' \"$GREETING\" \"$WHO\"; exit 3", {env = {WHO = "x; y"}})
      local none = exec {"no-such-command-anywhere"}
      local late = exec {argv = {"sleep", "30"}, timeout = "100ms"}
      local read = exec {argv = {"cat"}, stdin = "from stdin"}
      sleep "50ms"
      local dice = random(1, 6)
      log("the dice say", dice)
      return {r = r, s = s, none = none, late = late, read = read, waited = now() - before, dice = dice}
  - assert:
      - steps.all.output.r.ok and steps.all.output.r.stdout == "a b"
      - steps.all.output.s.exit_code == 3 and steps.all.output.s.stdout == "hello x; y" and not steps.all.output.s.ok
      - "not steps.all.output.none.ok and steps.all.output.none.exit_code == -1 and #steps.all.output.none.error > 0"
      - not steps.all.output.late.ok and contains(steps.all.output.late.error, "did not end within 0.1 s")
      - steps.all.output.read.stdout == "from stdin"
      - steps.all.output.waited >= 0.15
      - steps.all.output.dice >= 1 and steps.all.output.dice <= 6
EOF
it "runs processes, waits, and looks at the clock" runs 0
it "shows what the code says" out_has "the dice say"
it "tells of each call that left the program when it was ordered" counts "type = 'effect.called' AND cause = 1" 10
it "… and when it came back, apart from what was answered on the spot" counts "type = 'effect.returned'" 6

mkdir -p "$work/lib/data"
echo "from a file" >"$work/lib/data/note"
cat >"$work/lib/tools.lua" <<'EOF'
local calls = 0
local function count() calls = calls + 1; return calls end
return {
    main = function(with) return {count(), with.name, trim(fs.read("lib/data/note").text)} end,
    outside = function() return fs.read("../../../../../etc/passwd").error end,
    double = action {
        about = "Doubles a number.",
        effect = "read",
        params = {number = {type = "integer", required = true}},
        run = function(p) return p.number * 2 end,
    },
}
EOF
given <<'EOF'
import: [lib/tools.lua]
steps:
  - id: file
    lua: {file: lib/tools.lua, with: {name: ana}}
  - id: outside
    lua: {file: lib/tools.lua, function: outside}
  - id: action
    uses: tools.double
    with: {number: 21}
  - id: twice
    lua: return {tools.main {name = "a"}[1], tools.main {name = "b"}[1]}
  - id: again
    lua: return tools.main {name = "c"}[1]
  - assert:
      - json(steps.file.output) == json({1, "ana", "from a file"})
      - contains(steps.outside.output, "not under the runbook's directory")
      - steps.action.output == 42
      - json(steps.twice.output) == json({1, 2})
      - steps.again.output == 1
EOF
it "calls functions and actions of imported files, whose own variables do not outlive the step" runs 0

given <<'EOF'
contacts: {ana: {channels: [broken, file]}, bo: {channels: [file]}}
groups: {all: [ana, bo]}
channels:
  broken: {uses: command.run, with: {argv: ["false"]}, retry: {max_attempts: 1}}
  file: {uses: command.run, with: {argv: [sh, -c, 'echo "$RUNBOOK_TARGET $RUNBOOK_MESSAGE" >>told']}}
steps:
  - id: all
    lua: |
      local told, nobody = notify {to = "all", message = "hello"}, notify {to = {"ana", "eve"}, message = "hello"}
      local value = yaml.decode("a: [1, yes, null]\nb: {c: 012}\n")
      return {told = told, nobody = nobody, value = value, text = yaml.encode(value), bad = select(2, pcall(yaml.decode, "a: ["))}
  - assert:
      - steps.all.output.told.ok and steps.all.output.told.reached == 2
      - not steps.all.output.nobody.ok and contains(steps.all.output.nobody.error, 'nobody is called "eve"')
      - json(steps.all.output.value) == '{"a":[1,"yes",null],"b":{"c":12}}'
      - 'steps.all.output.text == "a: [1, yes, null]\nb:\n  c: 12\n"'
      - 'contains(steps.all.output.bad, "yaml.decode: line")'
EOF
told_both() { [ "$(sort told)" = "$(printf '%s\n' 'ana hello' 'bo hello')" ]; }
it "tells people, and reads and writes YAML" runs 0
it "through the channels that work" told_both
it "each message is in the journal" counts "type = 'notify.sent'" 2

# --- what it cannot do ---

step() { printf 'steps:\n  - lua: |\n      %s\n' "$1" | given; }
step 'while true do end'
it "ends code that loops" says "runs too long"
step 'local t = {} for i = 1, 1e9 do t[i] = ("x"):rep(1000) .. i end'
it "ends code that takes memory without end" says "too much memory"
step 'error({a = 1})'
it "says so when an error is no text" says "not a text"
step 'map({1, 2}, function() sleep(1) end)'
it "does not stand still where it cannot" says "cannot be called here"
step 'exec {"true", nme = 1}'
it "does not take arguments it does not know" says "neither a list nor"
step 'exec {argv = {"true"}, nme = 1}'
it "names the arguments it knows" says 'knows no "nme"'
step 'for i = 1, 10001 do now() end'
it "ends code that calls too often" says "10000 times at most"
step 'now = nil'
it "does not let globals be written" says "cannot be changed"
step 'local ok, r = pcall(function() return exec {"false"} end) if not ok or r.ok then fail("pcall") end fail("as wanted")'
it "lets pcall be around a call" says "as wanted"
step 'return io'
it "has no io" says 'there is no name "io"'

given <<'EOF'
steps:
  - lua: |
      local a =
      return b c
  - lua: {file: gone.lua}
  - lua: {file: lib/tools.lua, function: mian}
  - uses: tools.double
EOF
it "finds mistakes in code before it runs" refuses "book.yaml:5:1: error: unexpected symbol near 'return'"
it "… and functions that are not there" out_has 'did you mean "main"?'
printf 'return {\n  x = action {about = "X", effect = "sideways", run = function() end}\n}\n' >"$work/wrong.lua"
printf 'local x = = 1\n' >"$work/broken.lua"
given <<'EOF'
import: [wrong.lua, broken.lua]
steps: [{run: "true"}]
EOF
it "finds mistakes in imported files, where they are" refuses "broken.lua:1:1: error: unexpected symbol near '='"
it "… and in what actions say of themselves" out_has 'lacks effect = "read" or "write"'

given <<'EOF'
secrets: {key: {env: HOME}}
steps:
  - lua: return hmac(secrets.key, "text")
EOF
it "does not take the name of a secret for its value" says "a secret is not known here"

# --- stopping ---

given <<'EOF'
steps:
  - id: slow
    timeout: 300ms
    lua: |
      exec {"sh", "-c", "echo $$ >pid; exec sleep 60"}
EOF
it "fails with class timeout when its time is over" says "timed out"
is_gone() { ! kill -0 "$(cat "$work/pid")" 2>/dev/null; }
it "leaves no process behind" is_gone

# --- an engine that dies ---

given <<'EOF'
steps:
  - id: fifty
    lua: |
      local sum = 0
      for i = 1, 50 do
        if i == 32 then sleep(60) end
        local r = exec {"sh", "-c", "echo " .. i .. " >>done; echo " .. i}
        sum = sum + tonumber(trim(r.stdout))
      end
      return sum
  - assert: steps.fifty.output == 1275
EOF
rm -f "$RUNBOOK_JOURNAL"* done
it "is killed after call 31" killed_at 31 "$work/book.yaml" "$sleeping"
ago 60
it "goes on at call 32" exits 0 "$RUNBOOK" resume last
each_once() { seq 1 50 | cmp - done; }
it "has made each call once" each_once
it "has told of each call once" counts "type = 'effect.called'" 51

given <<'EOF'
steps:
  - id: under_way
    on_interrupt: fail
    lua: |
      exec {"sh", "-c", "echo a >>done"}
      exec {"sh", "-c", "echo b >>done; kill -9 $PPID; sleep 1"}
EOF
dies_under_way() { rm -f "$RUNBOOK_JOURNAL"* done; "$RUNBOOK" exec --yes "$work/book.yaml" >/dev/null 2>&1; [ $? = 137 ]; }
it "is killed while a call is under way" dies_under_way
it "fails then, as on_interrupt says" exits 1 "$RUNBOOK" resume last
it "says which call it was" out_has "call 2 (exec) was under way"
nothing_twice() { printf 'a\nb\n' | cmp - done; }
it "has made no call twice" nothing_twice

given <<'EOF'
contacts: {ana: {channels: [slow]}}
channels: {slow: {uses: command.run, with: {argv: [sh, -c, "echo told >>done; [ -e again ] || sleep 60"]}}}
steps:
  - lua: |
      exec {"sh", "-c", "echo a >>done"}
      local r = notify {to = "ana", message = "hello"}
      exec {"sh", "-c", "echo " .. r.reached .. " >>done"}
EOF
dies_telling() {
    rm -f "$RUNBOOK_JOURNAL"* done
    "$RUNBOOK" exec --yes "$work/book.yaml" >"$work/out" 2>&1 &
    local engine=$!
    eventually eval '[ "$(wc -l 2>/dev/null <done)" = 2 ]'
    kill -9 $engine
    wait $engine 2>/dev/null
    touch again
}
it "is killed while it tells somebody" dies_telling
it "goes on with that" exits 0 "$RUNBOOK" resume last
told_again() { printf '%s\n' a told told 1 | cmp - done; }
it "tells again, rather than never, and does the rest once" told_again

# What is asked for depends on something that is another after the interruption: a secret.
cat >"$work/fickle.lua" <<'EOF'
return {
    go = action {
        about = "Does as a secret says.",
        effect = "write",
        params = {order = {type = "string", required = true, secret = true}},
        run = function(p)
            exec {"echo", "1"}
            if p.order == "ab" then exec {"echo", "a"} exec {"echo", "b"} else exec {"echo", "b"} exec {"echo", "a"} end
            sleep(60)
        end,
    },
}
EOF
given <<EOF
import: [fickle.lua]
secrets:
  order: {file: $work/order}
steps:
  - uses: fickle.go
    with: {order: "\${{ secrets.order }}"}
EOF
dies_fickle() {
    rm -f "$RUNBOOK_JOURNAL"*
    printf ab >"$work/order"
    "$RUNBOOK" exec --yes "$work/book.yaml" >"$work/out" 2>&1 &
    local engine=$!
    eventually query_has "$sleeping"
    kill -9 $engine
    wait $engine 2>/dev/null
    printf ba >"$work/order"
}
dies_fickle
it "notices when the code asks for something else than is recorded" exits 1 "$RUNBOOK" resume last
it "says which call, and what the journal has" out_has 'call 2 was `exec {"argv":["echo","b"]}`, the journal has `exec {"argv":["echo","a"]}`'

# --- without a world ---

given <<'EOF'
steps:
  - id: pure
    lua: return 6 * 7
  - id: touches
    lua: |
      exec {"touch", "touched"}
      return 1
  - id: action
    uses: file.rotate
    with: {path: touched}
  - id: double
    uses: tools.double
    with: {number: 21}
  - assert: steps.pure.output == 42 and steps.double.output == 42
import: [lib/tools.lua]
EOF
it "is carried out in a simulation when it touches nothing" exits 0 "$RUNBOOK" simulate "$work/book.yaml"
untouched() { [ ! -e touched ]; }
it "performs nothing in a simulation" untouched
it "is planned" exits 0 "$RUNBOOK" plan "$work/book.yaml"
it "performs nothing in a plan" untouched

# --- what is no action ---

given <<'EOF'
steps:
  - {uses: mail.send, with: {to: ana@example.org}}
  - {uses: assert.equal}
  - {uses: prometheus.silence}
EOF
it "refuses what is done otherwise" exits 2 "$RUNBOOK" validate "$work/book.yaml"
it "says how a step sends mail" out_has 'hint: a step sends mail by `mail: {to:'
it "how it checks" out_has 'hint: a step checks by `assert: [EXPRESSION'
it "and whose silences are" out_has 'hint: Alertmanager silences: alertmanager.silence'
it "the list of actions says it, too" exits 2 "$RUNBOOK" actions mail
it "in the same words" err_has "a channel by \`uses: mail.send\`"

finish
