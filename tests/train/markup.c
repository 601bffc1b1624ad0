#include "markup.h"

#include "base/utf8.h"

#include <ctype.h>
#include <string.h>

#define DEPTH 64
#define NAME_MAX_BYTES 32
#define ATTRIBUTES 16

typedef struct parser {
    const char *start, *at, *end;
    char open[DEPTH][NAME_MAX_BYTES];
    size_t depth;
} parser;

static bool starts(const parser *p, const char *text) {
    const size_t length = strlen(text);
    return (size_t)(p->end - p->at) >= length && memcmp(p->at, text, length) == 0;
}

static bool take(parser *p, const char *text) {
    if (!starts(p, text)) return false;
    p->at += strlen(text);
    return true;
}

static bool name(parser *p, char out[NAME_MAX_BYTES]) {
    size_t length = 0;
    while (p->at < p->end && (isalnum((unsigned char)*p->at) || *p->at == '-')) {
        if (length + 1 == NAME_MAX_BYTES) return false;
        out[length++] = *p->at++;
    }
    out[length] = '\0';
    return length > 0;
}

// One entity; XML knows few by name.
static bool entity(parser *p) {
    if (take(p, "&lt;") || take(p, "&gt;") || take(p, "&amp;") || take(p, "&quot;")) return true;
    if (!take(p, "&#")) return false;
    const char *digits = p->at;
    while (p->at < p->end && isdigit((unsigned char)*p->at)) p->at++;
    return p->at > digits && take(p, ";");
}

static const char *attribute(parser *p, char seen[ATTRIBUTES][NAME_MAX_BYTES], size_t count) {
    if (count == ATTRIBUTES || !name(p, seen[count])) return "bad attribute";
    for (size_t i = 0; i < count; i++)
        if (strcmp(seen[i], seen[count]) == 0) return "attribute twice";
    if (!take(p, "=\"")) return "attribute without quotes";
    while (p->at < p->end && *p->at != '"') {
        if (*p->at == '<') return "'<' in an attribute";
        if (*p->at != '&')
            p->at++;
        else if (!entity(p))
            return "bare '&' in an attribute";
    }
    return take(p, "\"") ? NULL : "open attribute";
}

static const char *opening_tag(parser *p) {
    char seen[ATTRIBUTES][NAME_MAX_BYTES];
    size_t count = 0;
    p->at++;
    if (p->depth == DEPTH || !name(p, p->open[p->depth])) return "bad tag";
    while (take(p, " ")) {
        const char *fault = attribute(p, seen, count++);
        if (fault != NULL) return fault;
    }
    if (take(p, "/>")) return NULL;
    p->depth++;
    return take(p, ">") ? NULL : "tag that does not end";
}

static const char *closing_tag(parser *p) {
    char closed[NAME_MAX_BYTES];
    p->at += 2;
    if (!name(p, closed) || !take(p, ">")) return "bad closing tag";
    if (p->depth == 0 || strcmp(p->open[p->depth - 1], closed) != 0) return "wrong closing tag";
    p->depth--;
    return NULL;
}

static const char *element(parser *p) {
    do {
        const char *fault = NULL;
        if (starts(p, "</"))
            fault = closing_tag(p);
        else if (starts(p, "<"))
            fault = opening_tag(p);
        else if (p->at == p->end)
            fault = "tags left open";
        else if (p->depth == 0)
            fault = "text outside";
        else if (*p->at != '&')
            p->at++;
        else if (!entity(p))
            fault = "bare '&'";
        if (fault != NULL) return fault;
    } while (p->depth > 0);
    take(p, "\n");
    return p->at == p->end ? NULL : "more than one element";
}

const char *markup_fault(const char *text, size_t size, size_t *at) {
    parser p = {.start = text, .at = text, .end = text + size};
    const char *fault = NULL;
    *at = 0;
    if (!utf8_valid(text, size)) return "not UTF-8";
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)text[i];
        *at = i;
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) return "control character";
    }
    fault = take(&p, "<!DOCTYPE html>\n") ? element(&p) : "no document type";
    *at = (size_t)(p.at - p.start);
    return fault;
}
