#include "cli/cli_parse.h"

#include "cli/cli_nearest.h"
#include "cli/cli_output.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct parser {
    arguments *out;
    char **next;  // argv, ends with NULL
    char **words; // argv too: the words found so far move to its front
    char path[CLI_PATH_MAX];
} parser;

// "try 'axl help bench peak'"
static const char *try_help(char out[CLI_PATH_MAX + 16], const command *c) {
    char path[CLI_PATH_MAX];
    snprintf(out, CLI_PATH_MAX + 16, "try '%s help%s'", cli_program.name,
             cli_command_path(path, c) + strlen(cli_program.name));
    return out;
}

static bool wrong(const parser *p, const char *what) {
    char hint[CLI_PATH_MAX + 16];
    cli_complain("%s: %s; %s", p->path, what, try_help(hint, p->out->command));
    return false;
}

static void enter(parser *p, const command *c) {
    p->out->command = c;
    cli_command_path(p->path, c);
}

void cli_unknown_command(const command *parent, const char *word) {
    char path[CLI_PATH_MAX], hint[CLI_PATH_MAX + 16];
    nearest near = cli_nearest_begin(word);
    for (size_t i = 0; i < parent->command_count; i++)
        cli_nearest_try(&near, parent->commands[i].name);
    cli_command_path(path, parent);
    try_help(hint, parent);
    if (near.best)
        cli_complain("%s: unknown command '%s', did you mean '%s'? %s", path, word, near.best,
                     hint);
    else
        cli_complain("%s: unknown command '%s'; %s", path, word, hint);
}

static bool unknown_option(const parser *p, const char *word) {
    char what[512];
    nearest near = cli_nearest_begin(word);
    const command *c = p->out->command;
    for (size_t i = 0; i < c->option_count; i++) cli_nearest_try(&near, c->options[i].name);
    if (near.best)
        snprintf(what, sizeof what, "unknown option '--%.200s', did you mean '--%s'?", word,
                 near.best);
    else
        snprintf(what, sizeof what, "unknown option '--%.200s'", word);
    if (!near.best) return wrong(p, what);
    char hint[CLI_PATH_MAX + 16];
    cli_complain("%s: %s %s", p->path, what, try_help(hint, c));
    return false;
}

// Decimal digits only, 1 .. most.
static bool number_of(const char *text, size_t most, size_t *out) {
    size_t value = 0;
    if (!*text) return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9') return false;
        value = value * 10 + (size_t)(*text - '0');
        if (value > most) return false;
    }
    *out = value;
    return value > 0;
}

// "90", "0.5": above 0, at most `most`.
static bool real_of(const char *text, size_t most, double *out) {
    char *end;
    const double value = strtod(text, &end);
    if (text[0] < '0' || text[0] > '9' || end != text + strspn(text, "0123456789.") || *end)
        return false;
    *out = value;
    return value > 0 && value <= (double)most;
}

// "0", "-1.5", ".5e-3"
static bool any_of(const char *text, given_real *out) {
    char *end;
    const double value = strtod(text, &end);
    if (end == text || end != text + strspn(text, "0123456789.+-eE") || *end) return false;
    *out = (given_real){true, value};
    return isfinite(value);
}

static bool count_of(const char *text, size_t most, given_count *out) {
    size_t value = 0;
    const bool zero = text[0] == '0' && text[strspn(text, "0")] == '\0';
    if (!zero && !number_of(text, most, &value)) return false;
    *out = (given_count){true, value};
    return true;
}

// "512M", "1.5GiB", "16g": decimal digits, a fraction, and a unit of which a power of 1024 is
// meant. Nothing else: strtod alone would also take signs, blanks, exponents and hexadecimal
// numbers.
static bool size_of(const char *text, uint64_t *out) {
    static const char units[] = "KMGT";
    const size_t digits = strspn(text, "0123456789.");
    char *end;
    double value = strtod(text, &end);
    if (text[0] < '0' || text[0] > '9' || end != text + digits) return false;
    size_t power = 0; // of 1024
    for (size_t i = 0; units[i]; i++)
        if ((*end & ~0x20) == units[i]) power = i + 1; // in small letters too
    for (size_t i = 0; i < power; i++) value *= 1024;
    if (power && *++end == 'i') end++;
    if (*end == 'B') end++;
    if (*end || !(value >= 1 && value < 0x1p63)) return false;
    *out = (uint64_t)value;
    return true;
}

// value: what follows the option, or NULL.
static bool set_option(const parser *p, const option *o, const char *value) {
    char what[512];
    void *field = (char *)p->out + o->offset;
    switch (o->kind) {
    case OPTION_FLAG:
        *(bool *)field = true;
        return true;
    case OPTION_TEXT:
    case OPTION_LEVEL:
        *(const char **)field = value;
        return true;
    case OPTION_LIST: {
        text_list *list = field;
        if (list->count < CLI_LIST_MAX) {
            list->item[list->count++] = value;
            return true;
        }
        snprintf(what, sizeof what, "option '--%s' is given more than %d times", o->name,
                 CLI_LIST_MAX);
        return wrong(p, what);
    }
    case OPTION_NUMBER:
        if (number_of(value, o->most, field)) return true;
        snprintf(what, sizeof what, "option '--%s': '%.200s' is not a number from 1 to %zu",
                 o->name, value, o->most);
        return wrong(p, what);
    case OPTION_REAL:
        if (real_of(value, o->most, field)) return true;
        snprintf(what, sizeof what, "option '--%s': '%.200s' is not a number above 0, at most %zu",
                 o->name, value, o->most);
        return wrong(p, what);
    case OPTION_ANY:
        if (any_of(value, field)) return true;
        snprintf(what, sizeof what, "option '--%s': '%.200s' is not a number", o->name, value);
        return wrong(p, what);
    case OPTION_COUNT:
        if (count_of(value, o->most, field)) return true;
        snprintf(what, sizeof what, "option '--%s': '%.200s' is not a number from 0 to %zu",
                 o->name, value, o->most);
        return wrong(p, what);
    case OPTION_MAYBE:
        if (!value) *(given_count *)field = (given_count){true, 0};
        if (!value || (count_of(value, o->most, field) && ((given_count *)field)->value > 0))
            return true;
        snprintf(what, sizeof what, "option '--%s': '%.200s' is not a number from 1 to %zu",
                 o->name, value, o->most);
        return wrong(p, what);
    case OPTION_SIZE:
        if (size_of(value, field)) return true;
        snprintf(what, sizeof what, "option '--%s': '%.200s' is not a size such as 512M or 16G",
                 o->name, value);
        return wrong(p, what);
    }
    return false;
}

// Sees that a value is there where one is needed, and only there; attached is the one behind "=" or
// a letter, or NULL.
static bool take_option(parser *p, const option *o, const char *attached) {
    char what[128];
    if (o->kind == OPTION_FLAG) {
        if (!attached) return set_option(p, o, NULL);
        snprintf(what, sizeof what, "option '--%s' takes no value", o->name);
        return wrong(p, what);
    }
    if (o->kind == OPTION_MAYBE && !attached) return set_option(p, o, NULL);
    const char *value = attached ? attached : *p->next;
    if (!attached && value) p->next++;
    if (value && *value) return set_option(p, o, value);
    snprintf(what, sizeof what, "option '--%s' needs a value: --%s %s", o->name, o->name, o->value);
    return wrong(p, what);
}

static bool take_long(parser *p, const char *word) {
    const command *c = p->out->command;
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    for (size_t i = 0; i < c->option_count; i++) {
        const option *o = &c->options[i];
        if (strlen(o->name) == length && strncmp(o->name, word, length) == 0)
            return take_option(p, o, equals ? equals + 1 : NULL);
    }
    char name[256];
    snprintf(name, sizeof name, "%.*s", (int)(length < 255 ? length : 255), word);
    return unknown_option(p, name);
}

static bool take_letter(parser *p, const char *word) {
    const command *c = p->out->command;
    char what[256];
    for (size_t i = 0; i < c->option_count; i++) {
        const option *o = &c->options[i];
        if (o->letter == word[0]) return take_option(p, o, word[1] ? word + 1 : NULL);
    }
    snprintf(what, sizeof what, "unknown option '-%.100s'", word);
    return wrong(p, what);
}

static bool take_word(parser *p, char *word) {
    const command *c = p->out->command;
    char what[512];
    if (c->command_count) {
        const command *found = cli_command_find(c, word);
        if (!found) {
            cli_unknown_command(c, word);
            return false;
        }
        enter(p, found);
        return true;
    }
    if (c->words) {
        p->words[p->out->word_count++] = word;
        return true;
    }
    snprintf(what, sizeof what, "unexpected argument '%.200s'", word);
    return wrong(p, what);
}

bool cli_parse(arguments *out, int argc, char **argv) {
    *out = (arguments){.words = (const char *const *)argv};
    parser p = {.out = out, .next = argv + (argc > 0), .words = argv};
    bool words_only = false, ok = true;
    enter(&p, &cli_program);
    while (ok && *p.next) {
        char *word = *p.next++;
        if (words_only || word[0] != '-' || word[1] == '\0')
            ok = take_word(&p, word);
        else if (strcmp(word, "--") == 0)
            words_only = true;
        else if (word[1] == '-')
            ok = take_long(&p, word + 2);
        else
            ok = take_letter(&p, word + 1);
    }
    return ok;
}
