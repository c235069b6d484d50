"""What `timeline --format html` and `report --format html` write is opened in a headless Chromium: nothing is
fetched, nothing complained about, hostile text stays text, keys zoom, both colour schemes are there, it can be
read without its script, and two thousand steps do not stop it."""

import os
import subprocess
import sys
import tempfile

import browser

if not browser.find():
    print("there is no Chromium here (Debian: chromium)")
    sys.exit(77)

RUNBOOK = os.environ["RUNBOOK"]
HOSTILE = "</script><script>document.title='owned'</script>\"'><img src=http://127.0.0.1:1/x onerror=document.title='owned'>"
RUN = """runbook: hostile
title: %(text)s
severity: "<b>P1</b>"
deadline: 1h
contacts: {ana: {channels: [page]}}
channels: {page: {uses: command.run, with: {argv: ["true"]}}}
policies: {quick: {levels: [{notify: [ana], escalate_after: 1h}]}}
escalation: {policy: quick, message: %(text)s}
steps:
  - id: look
    title: %(text)s
    run: |
      echo %(shell)s; echo %(shell)s >&2; exit 3
    continue_on_error: true
  - note: %(text)s
  - id: group
    steps:
      - {id: inner, wait: 20ms}
outputs: {text: %(lua)s}
"""
LONG = """runbook: long
title: Two thousand steps
steps:
  - id: lot
    foreach: "(function() local all = {} for i = 1, 2000 do all[i] = i end return all end)()"
    max_parallel: 200
    wait: 1ms
  - {id: needle, wait: 1ms}
"""
failures = 0


def it(name, holds):
    global failures
    failures += not holds
    print("%s - %s" % ("ok" if holds else "NOT OK", name), flush=True)


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def shell(text):
    return "'" + text.replace("'", "'\\''") + "'"


def runbook(*argv):
    return subprocess.run((RUNBOOK,) + argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, check=False, timeout=200)


def carry_out(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    done = runbook("exec", name)
    if done.returncode:
        raise SystemExit(done.stdout)


def write_page(*argv):
    path = os.path.join(os.getcwd(), "%s.html" % "-".join(argv[:2]))
    done = runbook(*argv, "--format", "html")
    with open(path, "w", encoding="utf-8") as file:
        file.write(done.stdout)
    return path


def check_page(tab, path, name):
    tab.open(path)
    it("%s: hostile text does nothing" % name, "owned" not in (tab.value("document.title").split(", run")[1]))
    it("%s: there is no markup but ours" % name, tab.value(
        "document.scripts.length === 1 && !document.querySelector('img, iframe, object, link, base, form, h1 b')"))
    it("%s: the title is shown as it was written" % name, tab.value("document.querySelector('h1').textContent") == HOSTILE)
    it("%s: an event that was corrected says so" % name, tab.value(
        "document.querySelector('.correction').textContent.includes('it was the other one')"))
    check_keys(tab, name)
    check_schemes(tab, name)
    it("%s: nothing is fetched" % name, tab.requests == ["file://" + path])
    it("%s: nothing is complained about" % name, not tab.problems)
    if tab.problems:
        print("# " + "\n# ".join(tab.problems))


def check_keys(tab, name):
    tab.value("document.getElementById('chart').focus()")
    for _ in range(4):
        tab.press("+")
    it("%s: + zooms in" % name, tab.value("Number(document.getElementById('chart').dataset.zoom)") > 4)
    it("%s: the lanes get wider by that" % name, tab.value(
        "document.querySelector('.plot').clientWidth > 4 * document.getElementById('chart').clientWidth / 2"))
    it("%s: the scale follows" % name, 2 <= tab.value("document.querySelectorAll('.ticks span').length") <= 60)
    tab.press("End")
    it("%s: End goes to the end" % name, tab.eventually(
        "(c => c.scrollLeft > 0 && c.scrollLeft + c.clientWidth >= c.scrollWidth - 2)(document.getElementById('chart'))"))
    tab.press("0")
    it("%s: 0 shows the whole run" % name, tab.value("document.getElementById('chart').dataset.zoom") == "1")
    tab.press("ArrowDown")
    it("%s: the arrows choose a lane" % name, tab.value("document.activeElement.closest('.lane') !== null"))
    tab.press("f")
    it("%s: f fits it" % name, tab.value("Number(document.getElementById('chart').dataset.zoom)") >= 1)


def check_schemes(tab, name):
    papers = []
    for scheme in ("light", "dark"):
        tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        papers.append(tab.value("getComputedStyle(document.body).backgroundColor"))
    it("%s: it is light or dark, as one likes it" % name, papers[0] == "rgb(255, 255, 255)" and papers[1] == "rgb(16, 21, 27)")


def check_scriptless(tab, path):
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    tab.open(path)
    it("without its script it shows the run", tab.value(
        "document.querySelectorAll('.bar').length > 3 && document.querySelectorAll('.ticks span').length > 2 && "
        "document.querySelectorAll('.events tr[id]').length > 3"))
    it("and no buttons that do nothing", tab.value("getComputedStyle(document.querySelector('.tools')).display") == "none")
    tab.call("Emulation.setScriptExecutionDisabled", value=False)


def check_long(tab, path):
    tab.open(path)
    it("two thousand steps are there", tab.value("document.querySelectorAll('.lane').length") >= 2000)
    tab.value("document.getElementById('chart').focus()")
    for _ in range(12):
        tab.press("+")
    it("and can be zoomed", tab.value("Number(document.getElementById('chart').dataset.zoom)") > 20)
    it("only that part of the scale is drawn which is seen", tab.value("document.querySelectorAll('.ticks span').length") <= 60)
    tab.value("document.getElementById('find').value = 'needle'; "
              "document.getElementById('find').dispatchEvent(new Event('input'))")
    it("one of them can be found", tab.value("document.querySelectorAll('.lane:not([hidden])').length") == 1)
    it("and its event", tab.value("document.querySelectorAll('.events tr[id]:not([hidden])').length") == 1)
    it("nobody complains", not tab.problems)


def main():
    with tempfile.TemporaryDirectory(prefix="runbook-pages.") as folder:
        os.chdir(folder)
        os.environ.update(HOME=folder, XDG_STATE_HOME=folder, RUNBOOK_JOURNAL=folder + "/journal.db", TZ="Europe/Berlin")
        texts = {"text": quoted(HOSTILE), "shell": shell(HOSTILE), "lua": quoted("[==[" + HOSTILE + "]==]")}
        carry_out("hostile.yaml", RUN % texts)
        runbook("note", "hostile", HOSTILE)
        runbook("note", "hostile", "--corrects", "2", "it was the other one")
        carry_out("long.yaml", LONG)
        tab = browser.Browser()
        try:
            check_page(tab, write_page("timeline", "hostile"), "timeline")
            check_page(tab, write_page("report", "hostile"), "report")
            check_scriptless(tab, write_page("timeline", "hostile"))
            check_long(tab, write_page("timeline", "long"))
        finally:
            tab.close()
    sys.exit(failures > 0)


main()
