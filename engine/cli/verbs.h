/* verbs: the list of verbs, in the order of the help. A verb NAME is the constant verb_NAME in cli/NAME.c. */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#define VERBS(X)                                                                                             \
    X(exec)                                                                                                  \
    X(resume)                                                                                                \
    X(retry)                                                                                                 \
    X(rollback)                                                                                              \
    X(validate)                                                                                              \
    X(plan)                                                                                                  \
    X(simulate)                                                                                              \
    X(test)                                                                                                  \
    X(explore)                                                                                               \
    X(runs)                                                                                                  \
    X(show)                                                                                                  \
    X(logs)                                                                                                  \
    X(timeline)                                                                                              \
    X(report)                                                                                                \
    X(replay)                                                                                                \
    X(audit)                                                                                                 \
    X(redact)                                                                                                \
    X(backup)                                                                                                \
    X(prune)                                                                                                 \
    X(export)                                                                                                \
    X(import_runs)                                                                                           \
    X(escalations)                                                                                           \
    X(ack)                                                                                                   \
    X(resolve)                                                                                               \
    X(escalate)                                                                                              \
    X(snooze)                                                                                                \
    X(approve)                                                                                               \
    X(deny)                                                                                                  \
    X(done)                                                                                                  \
    X(answer)                                                                                                \
    X(note)                                                                                                  \
    X(signal)                                                                                                \
    X(cancel)                                                                                                \
    X(kill)                                                                                                  \
    X(actions)                                                                                               \
    X(schema)                                                                                                \
    X(oncall)                                                                                                \
    X(daemon)                                                                                                \
    X(doctor)                                                                                                \
    X(completion)                                                                                            \
    X(version)

#endif
