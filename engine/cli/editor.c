#include "cli/editor.h"

#include <string.h>

void editor_fini(struct editor *editor)
{
    text_fini(&editor->text);
    editor->at = 0;
}

void editor_set(struct editor *editor, const char *text)
{
    text_clear(&editor->text);
    text_puts(&editor->text, text);
    editor->at = editor->text.len;
}

static bool is_inside(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

static size_t before(const struct editor *editor, size_t at)
{
    const char *text = text_str(&editor->text);

    if (at)
        at--;
    while (at && is_inside(text[at]))
        at--;
    return at;
}

static size_t after(const struct editor *editor, size_t at)
{
    const char *text = text_str(&editor->text);

    if (at < editor->text.len)
        at++;
    while (at < editor->text.len && is_inside(text[at]))
        at++;
    return at;
}

static void cut(struct editor *editor, size_t from, size_t to)
{
    if (from == to)
        return;
    memmove(editor->text.ptr + from, editor->text.ptr + to, editor->text.len - to + 1);
    editor->text.len -= to - from;
    editor->at = from;
}

static void insert(struct editor *editor, const char *bytes, size_t len)
{
    struct text tail autotext = {0};

    text_puts(&tail, text_str(&editor->text) + editor->at);
    editor->text.len = editor->at;
    text_add(&editor->text, bytes, len);
    editor->at = editor->text.len;
    text_puts(&editor->text, text_str(&tail));
}

static size_t word_before(const struct editor *editor)
{
    const char *text = text_str(&editor->text);
    size_t at = editor->at;

    while (at && text[at - 1] == ' ')
        at--;
    while (at && text[at - 1] != ' ')
        at--;
    return at;
}

static void move_left(struct editor *editor)
{
    editor->at = before(editor, editor->at);
}

static void move_right(struct editor *editor)
{
    editor->at = after(editor, editor->at);
}

static void move_home(struct editor *editor)
{
    editor->at = 0;
}

static void move_end(struct editor *editor)
{
    editor->at = editor->text.len;
}

static void delete_before(struct editor *editor)
{
    cut(editor, before(editor, editor->at), editor->at);
}

static void delete_here(struct editor *editor)
{
    cut(editor, editor->at, after(editor, editor->at));
}

static void delete_word(struct editor *editor)
{
    cut(editor, word_before(editor), editor->at);
}

static void delete_line(struct editor *editor)
{
    cut(editor, 0, editor->at);
}

static void delete_rest(struct editor *editor)
{
    cut(editor, editor->at, editor->text.len);
    move_end(editor);
}

/* The longer sequences first: none is the beginning of a later one. */
static const struct {
    const char *bytes;
    void (*edit)(struct editor *editor); /* NULL: `key` is for the caller */
    enum key key;
} keys[] = {
    {"\033[1~", move_home, KEY_NONE},
    {"\033[4~", move_end, KEY_NONE},
    {"\033[3~", delete_here, KEY_NONE},
    {"\033[D", move_left, KEY_NONE},
    {"\033[C", move_right, KEY_NONE},
    {"\033[H", move_home, KEY_NONE},
    {"\033[F", move_end, KEY_NONE},
    {"\033OD", move_left, KEY_NONE},
    {"\033OC", move_right, KEY_NONE},
    {"\033OH", move_home, KEY_NONE},
    {"\033OF", move_end, KEY_NONE},
    {"\002", move_left, KEY_NONE},
    {"\006", move_right, KEY_NONE},
    {"\001", move_home, KEY_NONE},
    {"\005", move_end, KEY_NONE},
    {"\177", delete_before, KEY_NONE},
    {"\010", delete_before, KEY_NONE},
    {"\025", delete_line, KEY_NONE},
    {"\013", delete_rest, KEY_NONE},
    {"\027", delete_word, KEY_NONE},
    {"\r", NULL, KEY_ENTER},
    {"\n", NULL, KEY_ENTER},
    {"\t", NULL, KEY_TAB},
    {"\004", NULL, KEY_END_OF_INPUT},
};

/* A sequence that is in no table (a function key, a mouse) is passed over as a whole. */
static size_t escape_len(const char *bytes, size_t len)
{
    size_t at = 2;

    if (len < 2 || (bytes[1] != '[' && bytes[1] != 'O'))
        return 1;
    while (at < len && !(bytes[at] >= '@' && bytes[at] <= '~'))
        at++;
    return at < len ? at + 1 : len;
}

enum key editor_key(struct editor *editor, const char *bytes, size_t len, size_t *ret_used)
{
    size_t n;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        n = strlen(keys[i].bytes);
        if (n > len || memcmp(keys[i].bytes, bytes, n) != 0)
            continue;
        *ret_used = n;
        if (keys[i].edit)
            keys[i].edit(editor);
        return keys[i].key;
    }
    if (bytes[0] == '\033') {
        *ret_used = escape_len(bytes, len);
        return *ret_used == 1 ? KEY_ESCAPE : KEY_NONE;
    }
    for (n = 1; n < len && is_inside(bytes[n]); n++)
        continue;
    *ret_used = n;
    if ((unsigned char)bytes[0] >= ' ' && utf8_valid(bytes, n) == n)
        insert(editor, bytes, n);
    return KEY_NONE;
}
