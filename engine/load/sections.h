/* sections: the tables of everything that is no kind of step. */
#ifndef LOAD_SECTIONS_H
#define LOAD_SECTIONS_H

#include "model/document.h"
#include "model/step.h"

#include <stddef.h>

extern const struct section defaults_section;
/* A file that `import` names: only the keys of people, at the places they have in a document. */
extern const struct section oncall_section;
extern const struct section trigger_section, window_section, invariant_section;
extern const struct section hooks_section; /* hook.c */
extern const struct section contact_section, channel_section, rotation_section, calendar_section,
    policy_section, severity_section;
extern const struct section smtp_section; /* smtp.c */

/* The keys about people, in a runbook and in an imported file alike. */
#define PEOPLE_FIELDS                                                                                        \
    {"contacts", FIELD_MAP, offsetof(struct document, people.contacts), .section = &contact_section,         \
        .help = "Persons and how to reach them."},                                                           \
        {"channels", FIELD_MAP, offsetof(struct document, people.channels), .section = &channel_section,     \
            .help = "Ways to reach persons or rooms."},                                                      \
        {"groups", FIELD_MAP, offsetof(struct document, people.groups),                                      \
            .help = "Names for lists of contacts."},                                                         \
        {"rotations", FIELD_MAP, offsetof(struct document, people.rotations), .section = &rotation_section,  \
            .help = "Contacts who take turns."},                                                             \
        {"calendars", FIELD_MAP, offsetof(struct document, people.calendars), .section = &calendar_section,  \
            .help = "Working hours and holidays."},                                                          \
        {"smtp", FIELD_SECTION, offsetof(struct document, people.smtp), FIELD_SECRET_OK,                     \
            .section = &smtp_section,                                                                        \
            .help = "The mail server of `mail` and of channels that use "                                    \
                    "`mail.send`."},                                                                         \
        {"policies", FIELD_MAP, offsetof(struct document, people.policies), .section = &policy_section,      \
            .help = "Who is paged, and who next when nobody answers."},                                      \
    {                                                                                                        \
        "severities", FIELD_MAP, offsetof(struct document, people.severities),                               \
            .section = &severity_section, .help = "What follows from a severity."                            \
    }

#endif
