#include "data/wild.h"

#include <stddef.h>
#include <string.h>

// Ranges of characters, two each. Unlike ctype.h they do not depend on the locale.
static bool in_class(const char *name, size_t length, unsigned char c) {
    static const struct {
        const char *name, *set;
    } classes[] = {
        {"alnum", "azAZ09"},   {"alpha", "azAZ"},   {"blank", "  \t\t"}, {"cntrl", "\1\37\177\177"},
        {"digit", "09"},       {"graph", "!~"},     {"lower", "az"},     {"print", " ~"},
        {"punct", "!/:@[`{~"}, {"space", "  \t\r"}, {"upper", "AZ"},     {"xdigit", "09afAF"},
    };
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (strlen(classes[i].name) != length || strncmp(classes[i].name, name, length) != 0)
            continue;
        for (const char *s = classes[i].set; *s; s += 2)
            if (c >= (unsigned char)s[0] && c <= (unsigned char)s[1]) return true;
    }
    return false;
}

// One member of a set at *p: a class, a range or a character. Moves *p behind it.
static bool member_matches(const char **p, unsigned char c) {
    const char *s = *p;
    if (s[0] == '[' && s[1] == ':') {
        const char *end = strchr(s + 2, ']');
        if (end && end > s + 2 && end[-1] == ':') {
            *p = end + 1;
            return in_class(s + 2, (size_t)(end - 1 - (s + 2)), c);
        }
    }
    if (*s == '\\' && s[1]) s++;
    const unsigned char low = (unsigned char)*s++;
    unsigned char high = low;
    if (s[0] == '-' && s[1] && s[1] != ']') {
        s++;
        if (*s == '\\' && s[1]) s++;
        high = (unsigned char)*s++;
    }
    *p = s;
    return c >= low && c <= high;
}

// p is behind the opening bracket. NULL when the set does not match or never ends; else what
// follows it.
static const char *set_matches(const char *p, unsigned char c) {
    const bool negated = *p == '!' || *p == '^';
    if (negated) p++;
    bool found = false;
    for (bool first = true; first || *p != ']'; first = false) {
        if (!*p) return NULL;
        if (member_matches(&p, c)) found = true;
    }
    return found != negated ? p + 1 : NULL;
}

// Matches one character of text, not a slash or the end, against the start of p, which is no star.
// What follows in the pattern, or NULL.
static const char *one_matches(const char *p, unsigned char c) {
    if (*p == '[') return c == '/' ? NULL : set_matches(p + 1, c);
    if (*p == '?') return c == '/' ? NULL : p + 1;
    if (*p == '\\' && p[1]) p++;
    return (unsigned char)*p == c && c ? p + 1 : NULL;
}

// How many characters at p are stars that stand for folders, with the slash behind them; 0 if none
// are. `before` says that a part of the path starts here.
static size_t folders_at(const char *p, bool before) {
    const size_t stars = strspn(p, "*");
    if (!before || stars < 2 || (p[stars] && p[stars] != '/')) return 0;
    return p[stars] ? stars + 1 : stars;
}

// Two places to come back to when a match fails: behind the last star, which takes one more
// character but no slash, and behind the last "**/", which takes one more folder. Earlier ones need
// no second try: what they could take, the later ones can.
bool wild_match_path(const char *pattern, const char *path) {
    const char *p = pattern, *t = path;
    const char *star = NULL, *star_text = NULL;
    const char *folders = NULL, *folders_text = NULL;
    for (;;) {
        const size_t deep = folders_at(p, p == pattern || p[-1] == '/');
        const char *next = NULL;
        if (deep > 0 && p[deep - 1] == '*') return *t != '\0'; // all that is inside
        if (deep > 0) {
            p += deep;
            folders = p;
            folders_text = t;
            star = NULL;
            continue;
        }
        if (*p == '*') {
            while (*p == '*') p++;
            star = p;
            star_text = t;
            continue;
        }
        if (!*p && !*t) return true;
        if (*p && *t && (next = one_matches(p, (unsigned char)*t)) != NULL) {
            p = next;
            t++;
        } else if (star && *star_text && *star_text != '/') {
            p = star;
            t = ++star_text;
        } else if (folders && (folders_text = strchr(folders_text, '/')) != NULL) {
            p = folders;
            t = ++folders_text;
            star = NULL;
        } else {
            return false;
        }
    }
}

bool wild_match_name(const char *pattern, const char *name) {
    const char *p = pattern, *t = name;
    const char *star = NULL, *star_text = NULL;
    while (*t) {
        const char *next = NULL;
        if (*p == '*') {
            while (*p == '*') p++;
            star = p;
            star_text = t;
        } else if (*p && (next = one_matches(p, (unsigned char)*t)) != NULL) {
            p = next;
            t++;
        } else if (star) {
            p = star;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (*p == '*') p++;
    return !*p;
}

bool wild_present(const char *text) {
    return strpbrk(text, "*?[") != NULL;
}
