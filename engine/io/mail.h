/* mail: one message handed to a mail server, with libcurl: SMTP, TLS and MIME are its business. */
#ifndef IO_MAIL_H
#define IO_MAIL_H

#include "io/loop.h"

struct mail_sending;
struct mail_response;

/* Of a message that goes out under its own name. */
struct mail_file {
    const char *name, *type; /* type NULL: by the name */
    const char *path;        /* or … */
    const char *bytes;       /* … what it holds */
    size_t len;
};

enum mail_starttls {
    MAIL_TLS_OFF,
    MAIL_TLS_OPTIONAL, /* if the server offers it, whoever it is */
    MAIL_TLS_REQUIRED
};

struct mail_options {
    const char *url;             /* smtp:// (STARTTLS as below) or smtps:// */
    const char *user, *password; /* or NULL */
    const char *from;            /* the bare address, as the envelope has it */
    const char *const *to;       /* bare addresses too */
    size_t to_count;
    const char *const *headers; /* "Subject: …", whole lines without their end; Date comes by itself */
    size_t header_count;
    const char *text, *html; /* html NULL: the text alone */
    const struct mail_file *files;
    size_t file_count;
    const char *ca; /* file, or NULL */
    bool insecure;
    enum mail_starttls starttls;
    int64_t timeout_ms; /* 0: none */
    /* Once, never from inside mail_start. */
    void (*on_done)(void *context, const struct mail_response *response);
    void *context;
};

struct mail_response {
    int error;           /* 0, or a negative err_code: ERR_DENIED (cancelled), ERR_TIMEOUT, ERR_IO … */
    const char *message; /* when it failed */
    int code;            /* the server's last reply, 0: it has said nothing */
    const char *reply;   /* its words, without the code; "" when it has said nothing */
};

int mail_start(struct loop *loop, const struct mail_options *options, struct mail_sending **ret_sending,
    struct err *err);
void mail_cancel(struct mail_sending *sending);

#endif
