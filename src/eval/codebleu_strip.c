// Python source without comments and docstrings, as the reference implementation makes it: with the
// tokens of Python's own tokenize module (3.11), put together with blanks for all that lies between
// them. So tabs and continued lines change, and the indentation of a block that is made of tabs is
// tabs in its first line and blanks in the others. The syntax tree sees that too.
#include "eval/codebleu.h"

#include <string.h>

#define TAB_SIZE 8
#define INDENTS_MAX 100 // as CPython's own tokenizer

typedef enum token_type {
    TOKEN_INDENT, // also what stands before the first token
    TOKEN_NEWLINE,
    TOKEN_COMMENT,
    TOKEN_STRING,
    TOKEN_OTHER
} token_type;

typedef struct tokenizer {
    const char *text;
    size_t end;                         // of the text
    size_t line, next;                  // starts of this line and the one behind it
    size_t number;                      // of this line, from 1
    size_t first, first_number;         // the same of the line in which the token began
    long open;                          // brackets; may fall below 0
    bool continued;                     // the last line ended with a backslash
    size_t indents[INDENTS_MAX], depth; // columns; indents[0] is 0
    buf *out;
    token_type before;             // the last token
    size_t last_line, last_column; // where it ended
} tokenizer;

// ---- what is written ----

// A token from one place of the text to another in this line. It began in t->first.
static void emit(tokenizer *t, token_type type, size_t from, size_t to) {
    const size_t column = from - t->first;
    if (t->first_number > t->last_line) t->last_column = 0;
    if (column > t->last_column) buf_fill(t->out, ' ', column - t->last_column);
    const bool docstring = t->before == TOKEN_INDENT || t->before == TOKEN_NEWLINE || column == 0;
    if (type != TOKEN_COMMENT && !(type == TOKEN_STRING && docstring))
        buf_append(t->out, t->text + from, to - from);
    t->before = type;
    t->last_line = t->number;
    t->last_column = to - t->line;
    t->first = t->line;
    t->first_number = t->number;
}

// Drops the lines that hold blanks only, and the newline of the last one.
static void drop_blank_lines(buf *out) {
    size_t to = 0;
    for (size_t from = 0; from < out->size;) {
        const char *newline = memchr(out->data + from, '\n', out->size - from);
        const size_t end = newline ? (size_t)(newline - out->data) + 1 : out->size;
        size_t at = from;
        while (at < end && memchr(" \t\n\v\f\r\x1c\x1d\x1e\x1f", out->data[at], 10)) at++;
        if (at < end) {
            memmove(out->data + to, out->data + from, end - from);
            to += end - from;
            if (!newline) break;
        }
        from = end;
    }
    if (to > 0 && out->data[to - 1] == '\n') to--;
    buf_truncate(out, to);
}

// ---- single tokens; each gives the end, or its start where there is none ----

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static char at(const tokenizer *t, size_t i) {
    return i < t->next ? t->text[i] : '\0';
}

static size_t digits(const tokenizer *t, size_t i, const char *set) {
    while (at(t, i) && (strchr(set, at(t, i)) ||
                        (at(t, i) == '_' && at(t, i + 1) && strchr(set, at(t, i + 1)))))
        i++;
    return i;
}

#define DECIMAL "0123456789"

static size_t number_end(const tokenizer *t, size_t i) {
    const char second = at(t, i + 1);
    if (at(t, i) == '0' && second && strchr("xX", second))
        return digits(t, i + 2, DECIMAL "abcdefABCDEF");
    if (at(t, i) == '0' && second && strchr("bBoO", second)) return digits(t, i + 2, DECIMAL);
    i = digits(t, i, DECIMAL);
    if (at(t, i) == '.') i = digits(t, i + 1, DECIMAL);
    if (at(t, i) == 'e' || at(t, i) == 'E') {
        const size_t sign = at(t, i + 1) == '+' || at(t, i + 1) == '-';
        if (is_digit(at(t, i + 1 + sign))) i = digits(t, i + 1 + sign, DECIMAL);
    }
    return at(t, i) == 'j' || at(t, i) == 'J' ? i + 1 : i;
}

// Bytes of a string's prefix, as rb; SIZE_MAX where no string begins.
static size_t string_prefix(const tokenizer *t, size_t i) {
    static const char *const prefixes[] = {"", "b", "r", "u", "f", "br", "rb", "fr", "rf"};
    size_t n = 0;
    char low[3] = "";
    while (n < 3 && at(t, i + n) != '"' && at(t, i + n) != '\'') {
        if (n == 2 || !at(t, i + n)) return SIZE_MAX;
        low[n] = (char)(at(t, i + n) | 0x20);
        n++;
    }
    for (size_t k = 0; k < sizeof prefixes / sizeof *prefixes; k++)
        if (strcmp(low, prefixes[k]) == 0) return n;
    return SIZE_MAX;
}

// The end of a string of three quotes from inside of it, in this line or a later one; 0: none.
static size_t triple_end(const tokenizer *t, size_t i, char quote) {
    for (; i + 2 < t->end; i++) {
        if (t->text[i] == '\\')
            i++;
        else if (t->text[i] == quote && t->text[i + 1] == quote && t->text[i + 2] == quote)
            return i + 3;
    }
    return 0;
}

// The end of a string of one quote from inside of it; a backslash continues it in the next line.
// 0: the line ends before it.
static size_t single_end(const tokenizer *t, size_t i, char quote) {
    for (; i < t->end && t->text[i] != '\n'; i++) {
        if (t->text[i] == quote) return i + 1;
        if (t->text[i] == '\\') i++;
    }
    return 0;
}

// ---- lines ----

static bool next_line(tokenizer *t) {
    t->line = t->next;
    t->number++;
    if (t->line == t->end) return false;
    t->first = t->line;
    t->first_number = t->number;
    const char *newline = memchr(t->text + t->line, '\n', t->end - t->line);
    t->next = newline ? (size_t)(newline - t->text) + 1 : t->end;
    return true;
}

// A whole string, which may lead into later lines. False where it does not end.
static bool take_string(tokenizer *t, size_t *i, size_t prefix, bool *found) {
    const size_t quote = *i + prefix, first = t->line, number = t->number;
    const char q = at(t, quote);
    const bool triple = at(t, quote + 1) == q && at(t, quote + 2) == q;
    const size_t end = triple ? triple_end(t, quote + 3, q) : single_end(t, quote + 1, q);
    *found = end > 0;
    if (end == 0) return !triple;
    while (end > t->next) next_line(t);
    t->first = first;
    t->first_number = number;
    emit(t, TOKEN_STRING, *i, end);
    *i = end;
    return true;
}

// One token or a run of what is no token, from i on, in this line.
static bool take_token(tokenizer *t, size_t *i) {
    const char c = at(t, *i);
    size_t end = *i + 1;
    if (c == '\\' && (at(t, *i + 1) == '\n' || (at(t, *i + 1) == '\r' && at(t, *i + 2) == '\n'))) {
        t->continued = true;
        *i = t->next;
        return true;
    }
    if (c == '\n' || (c == '\r' && at(t, *i + 1) == '\n')) {
        emit(t, t->open > 0 ? TOKEN_OTHER : TOKEN_NEWLINE, *i, t->next);
        *i = t->next;
        return true;
    }
    if (c == '#') {
        while (end < t->next && t->text[end] != '\r' && t->text[end] != '\n') end++;
        emit(t, TOKEN_COMMENT, *i, end);
        *i = end;
        return true;
    }
    const size_t prefix = string_prefix(t, *i);
    if (prefix != SIZE_MAX) {
        bool found;
        if (!take_string(t, i, prefix, &found)) return false;
        if (found) return true;
    }
    if (is_digit(c) || (c == '.' && is_digit(at(t, *i + 1))))
        end = number_end(t, *i);
    else if (is_word(c))
        while (end < t->next && is_word(t->text[end])) end++;
    else if (c == '(' || c == '[' || c == '{')
        t->open++;
    else if (c == ')' || c == ']' || c == '}')
        t->open--;
    emit(t, TOKEN_OTHER, *i, end);
    *i = end;
    return true;
}

// The blanks at the start of a statement's line: what they open and close. False where they fit to
// no open block.
static bool take_indent(tokenizer *t, size_t column, size_t end) {
    if (column > t->indents[t->depth]) {
        if (t->depth + 1 == INDENTS_MAX) return false;
        t->indents[++t->depth] = column;
        emit(t, TOKEN_INDENT, t->line, end);
    }
    while (column < t->indents[t->depth]) {
        t->depth--;
        if (column > t->indents[t->depth]) return false;
        emit(t, TOKEN_OTHER, end, end);
    }
    return true;
}

// The start of a line in which a statement begins. False ends the text with *failed or without.
static bool begin_statement(tokenizer *t, size_t *i, bool *failed) {
    size_t column = 0;
    for (; *i < t->next; ++*i) {
        const char c = t->text[*i];
        if (c == ' ')
            column++;
        else if (c == '\t')
            column = (column / TAB_SIZE + 1) * TAB_SIZE;
        else if (c == '\f')
            column = 0;
        else
            break;
    }
    if (*i == t->next) return false; // the last line, blank and without a newline
    const char c = t->text[*i];
    if (c != '#' && c != '\r' && c != '\n') {
        *failed = !take_indent(t, column, *i);
        return !*failed;
    }
    if (c == '#') take_token(t, i);
    emit(t, TOKEN_OTHER, *i, t->next);
    *i = t->next;
    return true;
}

static bool tokenize(tokenizer *t) {
    while (next_line(t)) {
        size_t i = t->line;
        bool failed = false;
        if (t->open == 0 && !t->continued && !begin_statement(t, &i, &failed)) return !failed;
        t->continued = false;
        while (i < t->next) {
            const char c = t->text[i];
            if (c == ' ' || c == '\t' || c == '\f')
                i++;
            else if (!take_token(t, &i))
                return false;
        }
    }
    return t->open == 0 && !t->continued;
}

bool codebleu_strip(python_span source, buf *out) {
    tokenizer t = {.text = source.text,
                   .end = source.bytes,
                   .out = out,
                   .before = TOKEN_INDENT,
                   .last_line = 0};
    if (!tokenize(&t)) return false;
    if (out->data) drop_blank_lines(out);
    return true;
}
