/* author: a runbook at random. Every control construct, nested a few levels deep, with the keys that change
 * how steps end: retry, until, timeout, deadline, rescue, always, undo … */
#include "author.h"

#include "base/mem.h"

#include <stdio.h>

struct author {
    struct dice *dice;
    struct text *text;
    const char *callee;
    int steps;        /* written so far: the number in the next id */
    int budget;       /* steps that may still be written */
    char sibling[16]; /* the step just written */
};

static const char *one_of(struct author *author, const char *const *list)
{
    uint32_t count = 0;

    while (list[count])
        count++;
    return list[dice_below(author->dice, count)];
}

static bool maybe(struct author *author, uint32_t percent)
{
    return dice_percent(author->dice, percent);
}

static void line(struct author *author, int indent, const char *text)
{
    text_printf(author->text, "%*s%s\n", indent, "", text);
}

static void steps(struct author *author, int indent, int depth, uint32_t most);
static void step(struct author *author, int indent, int depth, const char *needs);

static const char *const conditions[] = {
    "true", "true", "vars.n == 1", "run.id ~= nil", "false", "now() > 0", "vars.n.deep", NULL};
static const char *const durations[] = {"0s", "1s", "5s", "30s", "2m", "10m", NULL};

/* --- kinds --- */

static void write_exec(struct author *author, int indent)
{
    line(author, indent,
        maybe(author, 95) ? "exec: [work, \"${{ run.id }}\"]" : "exec: [\"${{ vars.n.deep }}\"]");
    if (maybe(author, 25))
        line(author, indent, "retry: {max_attempts: 3, delay: 2s, jitter: full}");
    if (maybe(author, 10))
        line(author, indent, "success_when: result.exit_code ~= 2");
    if (maybe(author, 12)) {
        line(author, indent, "until: result.exit_code == 0 and result.stdout == \"2\"");
        line(author, indent, "every: 7s");
        line(author, indent, "timeout: 1m");
    } else if (maybe(author, 20)) {
        line(author, indent, "timeout: 20s");
    }
    if (maybe(author, 10))
        line(author, indent, "outputs: {said: result.stdout}");
}

static void write_pure(struct author *author, int indent)
{
    static const char *const kinds[] = {"set: {n: 1}", "note: \"hello ${{ run.id }}\"",
        "assert: [run.id ~= nil]", "assert: [\"false\"]", "set: {m: \"${{ vars.n.deep }}\"}", "note: here",
        "set: {k: \"${{ now() }}\"}", "acknowledge: default", "resolve: default",
        "escalate: {policy: default, message: help}", "rollback: {reason: so}", NULL};
    static const char *const ends[] = {"fail: enough", "succeed: enough", NULL};

    line(author, indent, one_of(author, maybe(author, 6) ? ends : kinds));
}

static void write_wait(struct author *author, int indent)
{
    static const char *const kinds[] = {"wait: 5s", "wait: 0s", "wait: 20m",
        "wait: {signal: go, timeout: 1m}", "wait: {signal: go}", "wait: {until: '\"2026-01-01T00:10:00Z\"'}",
        NULL};

    line(author, indent, one_of(author, kinds));
}

static void write_ask(struct author *author, int indent)
{
    static const char *const kinds[] = {"approve: {message: go?, timeout: 1m}",
        "approve: {message: go?, timeout: 1m, on_timeout: escalate, escalate: default}",
        "approve: {message: go?, by: [team], count: 2, timeout: 5m, on_timeout: skip, remind: 20s}",
        "approve: {message: go?, escalate: default}",
        "manual: {instructions: do it, timeout: 2m, on_timeout: approve, checklist: [a, b], remind: 30s}",
        "manual: do it",
        "input: {message: how many?, fields: {count: {type: integer}}, timeout: 1m, on_timeout: deny}", NULL};

    line(author, indent, one_of(author, kinds));
}

static void write_notify(struct author *author, int indent)
{
    static const char *const kinds[] = {"notify: {to: [ana], message: hi}",
        "notify: {to: [team, bell], message: hi}", "notify: {to: [lost], message: hi}", NULL};

    line(author, indent, one_of(author, kinds));
}

static void write_switch(struct author *author, int indent, int depth)
{
    line(author, indent, "switch:");
    text_printf(author->text, "%*s- when: %s\n", indent + 2, "", one_of(author, conditions));
    line(author, indent + 4, "steps:");
    steps(author, indent + 6, depth + 1, 2);
    line(author, indent + 2, "- else:");
    steps(author, indent + 6, depth + 1, 2);
}

static void write_parallel(struct author *author, int indent, int depth)
{
    if (maybe(author, 30))
        line(author, indent, maybe(author, 50) ? "join: any" : "join: 1");
    if (maybe(author, 30))
        line(author, indent, "fail_fast: false");
    if (maybe(author, 30))
        line(author, indent, "max_parallel: 2");
    line(author, indent, "parallel:");
    for (uint32_t i = 0, count = 1 + dice_below(author->dice, 4); i < count; i++) {
        char *needs autofree = i && maybe(author, 40) ? mem_strdup(author->sibling) : NULL;

        step(author, indent + 2, depth + 1, needs);
    }
}

static void write_block(struct author *author, int indent, int depth)
{
    line(author, indent, "steps:");
    steps(author, indent + 2, depth + 1, 3);
    if (maybe(author, 40)) {
        line(author, indent, "rescue:");
        steps(author, indent + 2, depth + 1, 2);
    }
}

/* --- what stands on any step --- */

static void write_always(struct author *author, int indent, int number, int depth)
{
    line(author, indent, "always:");
    text_printf(author->text, "%*s- id: w%dz\n", indent + 2, "", number);
    line(author, indent + 4, "exec: [tidy]");
    if (maybe(author, 30))
        steps(author, indent + 2, depth + 1, 1);
}

static void write_undo(struct author *author, int indent)
{
    line(author, indent, "undo:");
    text_printf(author->text, "%*sid: u%d\n", indent + 2, "", ++author->steps);
    line(author, indent + 2, maybe(author, 70) ? "exec: [unwork, \"${{ run.id }}\"]" : "set: {n: 0}");
}

static void write_common(struct author *author, int indent, bool is_block)
{
    static const char *const loops[] = {"foreach: [a, b, c]", "foreach: []", "foreach: ${{ {1, 2} }}", NULL};

    if (maybe(author, 15))
        text_printf(author->text, "%*swhen: %s\n", indent, "", one_of(author, conditions));
    if (maybe(author, 10))
        line(author, indent, "continue_on_error: true");
    if (maybe(author, 8))
        text_printf(author->text, "%*sdeadline: %s\n", indent, "", one_of(author, durations + 1));
    else if (maybe(author, 4))
        line(author, indent, "deadline: 3m\n");
    if (is_block && maybe(author, 10))
        text_printf(author->text, "%*stimeout: %s\n", indent, "", one_of(author, durations + 1));
    if (maybe(author, 12)) {
        line(author, indent, one_of(author, loops));
        if (maybe(author, 50))
            line(author, indent, "fail_fast: false");
        if (maybe(author, 40))
            line(author, indent, maybe(author, 50) ? "max_parallel: 2" : "batch: 2");
    } else if (is_block && maybe(author, 10)) {
        line(author, indent, maybe(author, 80) ? "while: index < 4" : "while: true");
        line(author, indent, "max_iterations: 6");
    }
}

static void step(struct author *author, int indent, int depth, const char *needs)
{
    bool is_block = depth < 4 && author->budget > 3 && maybe(author, 35);
    bool has_always = is_block && maybe(author, 60);
    int number = ++author->steps;

    author->budget--;
    text_printf(author->text, "%*s- id: %c%d\n", indent, "", has_always ? 'w' : 's', number);
    indent += 2;
    if (needs)
        text_printf(author->text, "%*sneeds: [%s]\n", indent, "", needs);
    if (is_block) {
        uint32_t kind = dice_below(author->dice, 10);

        if (kind < 5)
            write_block(author, indent, depth);
        else if (kind < 8)
            write_parallel(author, indent, depth);
        else
            write_switch(author, indent, depth);
        if (has_always)
            write_always(author, indent, number, depth);
        if (kind < 5)
            write_common(author, indent, true);
        if (maybe(author, 10))
            line(author, indent, "retry: {max_attempts: 2, delay: 1s}");
        snprintf(author->sibling, sizeof(author->sibling), "%c%d", has_always ? 'w' : 's', number);
        return;
    }
    if (author->callee && maybe(author, 5))
        text_printf(author->text, "%*scall: %s\n%*stimeout: 2m\n", indent, "", author->callee, indent, "");
    else if (maybe(author, 50))
        write_exec(author, indent);
    else if (maybe(author, 40))
        write_pure(author, indent);
    else if (maybe(author, 34))
        write_wait(author, indent);
    else if (maybe(author, 50))
        write_ask(author, indent);
    else
        write_notify(author, indent);
    if (maybe(author, 15))
        write_common(author, indent, false);
    if (maybe(author, 25))
        write_undo(author, indent);
    snprintf(author->sibling, sizeof(author->sibling), "s%d", number);
}

static void steps(struct author *author, int indent, int depth, uint32_t most)
{
    uint32_t count = 1 + dice_below(author->dice, most);

    for (uint32_t i = 0; i < count; i++)
        step(author, indent, depth, NULL);
}

static const char *const on_call = "contacts:\n"
                                   "  ana: {user: [ana], channels: [pager, bell]}\n"
                                   "  bo: {user: [bo], channels: [pager]}\n"
                                   "  lost: {user: [lost]}\n"
                                   "channels:\n"
                                   "  pager: {uses: command.run, with: {argv: [page]}}\n"
                                   "  bell: {uses: command.run, with: {argv: [ring]}}\n"
                                   "groups: {team: [ana, bo]}\n"
                                   "policies:\n"
                                   "  default:\n"
                                   "    levels:\n"
                                   "      - {notify: [ana], escalate_after: 2m}\n"
                                   "      - {notify: [lost], escalate_after: 2m}\n"
                                   "      - {notify: [team, bell], escalate_after: 5m, when: now() > 0}\n"
                                   "    repeat: 1\n"
                                   "    ack_timeout: 4m\n";

static void write_hooks(struct author *author)
{
    static const char *const hooks[] = {"before_step: {run: judge, timeout: 20s}", "after_step: {run: count}",
        "on_failure: {run: tell, retry: 2}", "on_escalation: {run: paged, when: escalation.level > 1}",
        "on_finish: {run: bye, timeout: 1m}"};

    line(author, 0, "hooks:");
    for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
        if (maybe(author, 50))
            line(author, 2, hooks[i]);
}

void author_write(struct dice *dice, const char *id, const char *callee, struct text *text)
{
    struct author author = {
        .dice = dice, .text = text, .callee = callee, .budget = 4 + (int)dice_below(dice, 24)};

    text_printf(text, "runbook: %s\n%s", id, on_call);
    if (maybe(&author, 20))
        line(&author, 0, "escalation: {policy: default, message: down}");
    if (maybe(&author, 15))
        line(&author, 0, "deadline: 4m");
    if (maybe(&author, 50))
        line(&author, 0, "cancel_timeout: 30s");
    if (maybe(&author, 30))
        write_hooks(&author);
    line(&author, 0, "steps:");
    line(&author, 2, "- set: {n: 1}");
    steps(&author, 2, 0, 5);
    if (maybe(&author, 25)) {
        line(&author, 0, "rescue:");
        steps(&author, 2, 2, 2);
    }
    if (maybe(&author, 50)) {
        line(&author, 0, "always:");
        steps(&author, 2, 2, 2);
    }
}
