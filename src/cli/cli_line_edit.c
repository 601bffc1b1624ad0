#include "cli/cli_line_edit.h"

#include "cli/cli_utf8.h"

#include <stdio.h>
#include <string.h>

#define CTRL(letter) ((letter)&0x1f)
#define ESCAPE 0x1b
#define PASTE_BEGIN "\033[200~"
#define PASTE_END "\033[201~"

// ---- places in the line ----

// The start of the character before `at`, and the end of the one behind it.
static size_t before(const edit_text *t, size_t at) {
    if (at == 0) return 0;
    do at--;
    while (at > 0 && ((unsigned char)t->bytes[at] & 0xc0) == 0x80);
    return at;
}

static size_t behind(const edit_text *t, size_t at) {
    if (at == t->size) return at;
    do at++;
    while (at < t->size && ((unsigned char)t->bytes[at] & 0xc0) == 0x80);
    return at;
}

static bool in_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (c & 0x80);
}

static size_t word_before(const edit_text *t, size_t at) {
    while (at > 0 && !in_word(t->bytes[at - 1])) at--;
    while (at > 0 && in_word(t->bytes[at - 1])) at--;
    return at;
}

static size_t word_behind(const edit_text *t, size_t at) {
    while (at < t->size && !in_word(t->bytes[at])) at++;
    while (at < t->size && in_word(t->bytes[at])) at++;
    return at;
}

// ---- changes ----

static void insert(line_edit *e, const char *bytes, size_t size) {
    edit_text *t = &e->line;
    if (size > LINE_EDIT_MAX - t->size) return;
    memmove(t->bytes + e->at + size, t->bytes + e->at, t->size - e->at);
    memcpy(t->bytes + e->at, bytes, size);
    t->size += size;
    e->at += size;
}

static void remove_range(line_edit *e, size_t from, size_t to, bool keep) {
    edit_text *t = &e->line;
    if (from == to) return;
    if (keep) {
        memcpy(e->cut.bytes, t->bytes + from, to - from);
        e->cut.size = to - from;
    }
    memmove(t->bytes + from, t->bytes + to, t->size - to);
    t->size -= to - from;
    e->at = from;
}

// A line of the history.
static const char *line_of(const line_edit *e, size_t which) {
    const char *line = e->history;
    while (which-- > 0) line += strlen(line) + 1;
    return line;
}

static void show(line_edit *e, size_t which) {
    if (which == e->shown || which > e->lines) return;
    if (e->shown == e->lines) e->newest = e->line;
    e->shown = which;
    if (which == e->lines) {
        e->line = e->newest;
    } else {
        const char *line = line_of(e, which);
        e->line.size = strlen(line);
        memcpy(e->line.bytes, line, e->line.size);
    }
    e->at = e->line.size;
}

static void earlier(line_edit *e) {
    if (e->shown > 0) show(e, e->shown - 1);
}

static void later(line_edit *e) {
    show(e, e->shown + 1);
}

// ---- keys ----

static line_event control(line_edit *e, unsigned char key) {
    const edit_text *t = &e->line;
    switch (key) {
    case '\r':
    case '\n':
        return LINE_DONE;
    case CTRL('C'):
        return LINE_DROPPED;
    case CTRL('D'):
        if (t->size == 0) return LINE_END;
        remove_range(e, e->at, behind(t, e->at), false);
        break;
    case CTRL('H'):
    case 0x7f: {
        const size_t from = before(t, e->at);
        remove_range(e, from, e->at, false);
        break;
    }
    case CTRL('A'):
        e->at = 0;
        break;
    case CTRL('E'):
        e->at = t->size;
        break;
    case CTRL('B'):
        e->at = before(t, e->at);
        break;
    case CTRL('F'):
        e->at = behind(t, e->at);
        break;
    case CTRL('P'):
        earlier(e);
        break;
    case CTRL('N'):
        later(e);
        break;
    case CTRL('U'):
        remove_range(e, 0, e->at, true);
        break;
    case CTRL('K'):
        remove_range(e, e->at, t->size, true);
        break;
    case CTRL('W'):
        remove_range(e, word_before(t, e->at), e->at, true);
        break;
    case CTRL('Y'):
        insert(e, e->cut.bytes, e->cut.size);
        break;
    case '\t':
        insert(e, "\t", 1);
        break;
    default:
        break;
    }
    return LINE_GOES_ON;
}

typedef void move_fn(line_edit *e);
static void go_left(line_edit *e) {
    e->at = before(&e->line, e->at);
}
static void go_right(line_edit *e) {
    e->at = behind(&e->line, e->at);
}
static void go_home(line_edit *e) {
    e->at = 0;
}
static void go_end(line_edit *e) {
    e->at = e->line.size;
}
static void go_word_left(line_edit *e) {
    e->at = word_before(&e->line, e->at);
}
static void go_word_right(line_edit *e) {
    e->at = word_behind(&e->line, e->at);
}
static void delete_here(line_edit *e) {
    remove_range(e, e->at, behind(&e->line, e->at), false);
}
static void delete_word(line_edit *e) {
    remove_range(e, e->at, word_behind(&e->line, e->at), true);
}
static void begin_paste(line_edit *e) {
    e->pasting = true;
}

static const struct {
    const char *bytes;
    move_fn *run;
} keys[] = {
    {"\033[D", go_left},        {"\033OD", go_left},
    {"\033[C", go_right},       {"\033OC", go_right},
    {"\033[A", earlier},        {"\033OA", earlier},
    {"\033[B", later},          {"\033OB", later},
    {"\033[H", go_home},        {"\033OH", go_home},
    {"\033[1~", go_home},       {"\033[7~", go_home},
    {"\033[F", go_end},         {"\033OF", go_end},
    {"\033[4~", go_end},        {"\033[8~", go_end},
    {"\033[3~", delete_here},   {"\033[1;5D", go_word_left},
    {"\033b", go_word_left},    {"\033[1;5C", go_word_right},
    {"\033f", go_word_right},   {"\033d", delete_word},
    {PASTE_BEGIN, begin_paste},
};

// Whether an escape sequence is at its end: one letter behind ESC, or ESC [ and ESC O up to a
// letter or a tilde.
static bool is_complete(const char *key, size_t size) {
    if (size < 2) return false;
    if (key[1] != '[' && key[1] != 'O') return true;
    return size > 2 && key[size - 1] >= '@' && key[size - 1] <= '~';
}

static void escape(line_edit *e) {
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strlen(keys[i].bytes) == e->key_size && memcmp(keys[i].bytes, e->key, e->key_size) == 0)
            keys[i].run(e);
}

// A byte of a character, or of an escape sequence, that is not complete yet.
static bool gather(line_edit *e, unsigned char byte) {
    if (e->key_size == sizeof e->key) e->key_size = 0; // no key is that long
    e->key[e->key_size++] = (char)byte;
    if (e->key[0] == ESCAPE) return is_complete(e->key, e->key_size);
    return cli_utf8_character(e->key, e->key_size, NULL) > 0 || e->key_size == 4;
}

static void paste(line_edit *e, unsigned char byte) {
    if (byte == '\r') byte = '\n';
    const bool plain = (byte >= ' ' && byte < 0x7f) || byte == '\n' || byte == '\t';
    if (plain && e->key_size == 0) {
        insert(e, (const char *)&byte, 1);
        return;
    }
    if (byte < 0x80 && byte != ESCAPE && e->key_size == 0) return; // another control character
    if (!gather(e, byte)) return;
    const size_t end = strlen(PASTE_END);
    if (e->key_size == end && memcmp(e->key, PASTE_END, end) == 0)
        e->pasting = false;
    else if (cli_utf8_character(e->key, e->key_size, NULL) == e->key_size && e->key_size > 1)
        insert(e, e->key, e->key_size);
    e->key_size = 0;
}

line_event line_edit_byte(line_edit *e, unsigned char byte) {
    if (e->pasting) {
        paste(e, byte);
        return LINE_GOES_ON;
    }
    if (e->key_size == 0 && byte < 0x80 && byte != ESCAPE) {
        if (byte < ' ' || byte == 0x7f) return control(e, byte);
        insert(e, (const char *)&byte, 1);
        return LINE_GOES_ON;
    }
    // Ctrl-C and Enter also end what was not complete.
    if (e->key_size > 0 && (byte == CTRL('C') || byte == '\r')) {
        e->key_size = 0;
        return control(e, byte);
    }
    if (!gather(e, byte)) return LINE_GOES_ON;
    if (e->key[0] == ESCAPE)
        escape(e);
    else if (cli_utf8_character(e->key, e->key_size, NULL) == e->key_size)
        insert(e, e->key, e->key_size);
    e->key_size = 0;
    return LINE_GOES_ON;
}

// ---- lines ----

static void forget_oldest(line_edit *e) {
    const size_t size = strlen(e->history) + 1;
    memmove(e->history, e->history + size, e->history_size - size);
    e->history_size -= size;
    e->lines--;
}

static void remember(line_edit *e) {
    edit_text *t = &e->line;
    if (t->size == 0 || memchr(t->bytes, 0, t->size)) return;
    t->bytes[t->size] = '\0';
    if (e->lines > 0 && strcmp(line_of(e, e->lines - 1), t->bytes) == 0) return;
    while (e->history_size + t->size + 1 > sizeof e->history) forget_oldest(e);
    memcpy(e->history + e->history_size, t->bytes, t->size + 1);
    e->history_size += t->size + 1;
    e->lines++;
}

void line_edit_begin(line_edit *e, bool keep) {
    if (keep) remember(e);
    e->line.size = e->newest.size = 0;
    e->at = e->left = e->key_size = 0;
    e->pasting = false;
    e->shown = e->lines;
}

// ---- drawing ----

// The character at `at` in a form that keeps the row: its bytes into out, its columns returned.
static size_t sign(const edit_text *t, size_t at, char out[4], size_t *size) {
    size_t used;
    unsigned point = ' ';
    if (t->bytes[at] == '\n' || t->bytes[at] == '\t') {
        *size = 3;
        memcpy(out, t->bytes[at] == '\n' ? "\xe2\x86\xb5" : "\xe2\x87\xa5", 3); // arrows
        return 1;
    }
    *size = cli_utf8_safe(t->bytes + at, t->size - at, out, &used);
    cli_utf8_character(out, *size, &point);
    return cli_utf8_columns(point);
}

static size_t columns_before(const edit_text *t, size_t end) {
    size_t columns = 0, size;
    char out[4];
    for (size_t at = 0; at < end; at = behind(t, at)) columns += sign(t, at, out, &size);
    return columns;
}

void line_edit_draw(line_edit *e, const line_prompt *prompt, size_t columns, char *out) {
    const edit_text *t = &e->line;
    const size_t room = columns > prompt->columns + 2 ? columns - prompt->columns - 1 : 1;
    const size_t cursor = columns_before(t, e->at);
    if (cursor < e->left) e->left = cursor;
    if (cursor > e->left + room) e->left = cursor - room;
    char *to = out + sprintf(out, "\r%s", prompt->text);
    size_t column = 0;
    for (size_t at = 0; at < t->size; at = behind(t, at)) {
        char bytes[4];
        size_t size;
        const size_t wide = sign(t, at, bytes, &size);
        if (column >= e->left && column + wide <= e->left + room) {
            memcpy(to, bytes, size);
            to += size;
        }
        column += wide;
    }
    to += sprintf(to, "\033[K\r");
    const size_t right = prompt->columns + cursor - e->left;
    if (right > 0) sprintf(to, "\033[%zuC", right);
}
