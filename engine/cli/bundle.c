/* Writing bundles. */
#include "cli/bundle_inside.h"

#include <string.h>

const char *const bundle_streams[BUNDLE_STREAMS] = {"stdout", "stderr", "body"};

struct writing {
    FILE *to;
    struct text lines; /* of the run, to be hashed */
};

/* Takes the reference. */
static void put_line(struct writing *writing, json_t *value)
{
    size_t from = writing->lines.len;

    value_canonical(value, &writing->lines);
    text_putc(&writing->lines, '\n');
    fwrite(writing->lines.ptr + from, 1, writing->lines.len - from, writing->to);
    json_decref(value);
}

static json_t *row_json(const struct run_row *row)
{
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "runbook",
        row->runbook, "title", row->title, "severity", row->severity, "file", row->file, "book_sha256",
        row->book_sha256, "created_us", (json_int_t)row->created_us, "user", row->initiator.user, "host",
        row->initiator.host, "way", row->initiator.way, "trigger", row->trigger, "parent", row->parent,
        "group", row->group, "group_limit", (json_int_t)row->group_limit);

    if (row->params)
        json_object_set(json, "params", row->params);
    if (row->labels)
        json_object_set(json, "labels", row->labels);
    return json;
}

static bool put_chunk(void *context, const struct output_chunk *chunk)
{
    char *bytes autofree = base64_encode(chunk->bytes ? chunk->bytes : "", chunk->len);
    json_t *json = json_pack("{s:s, s:s, s:I, s:I, s:I, s:s}", "path", chunk->path, "stream",
        bundle_streams[chunk->stream], "wall_us", (json_int_t)chunk->wall_us, "offset",
        (json_int_t)chunk->offset, "omitted", (json_int_t)chunk->omitted, "bytes", bytes);

    if (chunk->is_last)
        json_object_set_new(json, "total", json_integer((json_int_t)chunk->total));
    if (chunk->sha256)
        json_object_set_new(json, "sha256", json_string(chunk->sha256));
    put_line(context, json_pack("{s:o}", "output", json));
    return true;
}

static void put_proof(struct writing *writing, const struct run_row *row, const json_t *proof)
{
    json_t *item;
    size_t i;

    put_line(writing, json_pack("{s:s, s:s, s:O, s:o}", "format", BUNDLE_FORMAT, "run", row->id, "head",
                          json_object_get(proof, "head"), "row", row_json(row)));
    json_array_foreach(json_object_get(proof, "sources"), i, item)
        put_line(writing, json_pack("{s:O}", "source", item));
    json_array_foreach(json_object_get(proof, "events"), i, item) put_line(writing, json_incref(item));
}

static int finish(struct writing *writing, const char *run_id, struct err *err)
{
    struct sha256 hash = sha256_of(text_str(&writing->lines), writing->lines.len);
    char hex[SHA256_HEX_SIZE];

    sha256_hex(&hash, hex);
    put_line(writing, json_pack("{s:s, s:s}", "end", run_id, "sha256", hex));
    return fflush(writing->to) == 0 && !ferror(writing->to)
               ? 0
               : err_set(err, ERR_IO, "the export could not be written; nothing else was changed");
}

int bundle_write(struct journal *journal, const char *run_id, FILE *to, bool *ret_is_signed, struct err *err)
{
    struct run_row *row = journal_get_run(journal, run_id, err);
    struct writing writing = {.to = to};
    json_t *proof autovalue = NULL;
    int code;

    if (!row)
        return err->code;
    if (row->finished_us)
        proof = proof_make(journal, run_id, ret_is_signed, err);
    else
        err_set(err, ERR_USAGE, "run %.6s has not ended", run_id);
    code = proof ? 0 : err->code;
    if (proof)
        put_proof(&writing, row, proof);
    if (code == 0)
        code = journal_output(journal, run_id, NULL, NULL, put_chunk, &writing, err);
    if (code == 0)
        code = finish(&writing, run_id, err);
    run_row_free(row);
    text_fini(&writing.lines);
    return code;
}
