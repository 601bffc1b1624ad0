#include "server/http/http_text.h"

#include <string.h>

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static bool is_token_character(char c) {
    return is_digit(c) || is_letter(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

size_t http_token_size(const char *text) {
    size_t size = 0;
    while (is_token_character(text[size])) size++;
    return size;
}

bool http_is_token(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (!is_token_character(text[i])) return false;
    return size > 0;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool http_same(const char *a, const char *b) {
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

int http_hex(char digit) {
    if (is_digit(digit)) return digit - '0';
    const char c = lower(digit);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool http_decimal(const char *text, uint64_t *out) {
    uint64_t value = 0;
    if (!is_digit(*text)) return false;
    for (; is_digit(*text); text++) {
        const uint64_t digit = (uint64_t)(*text - '0');
        if (value > (UINT64_MAX - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *out = value;
    return *text == '\0';
}

bool http_list_has(const char *list, const char *word) {
    const size_t length = strlen(word);
    while (*list) {
        list += strspn(list, " \t,");
        const size_t size = http_token_size(list);
        size_t same = 0;
        while (same < size && same < length && lower(list[same]) == lower(word[same])) same++;
        if (size == length && same == length) return true;
        list += strcspn(list, ",");
    }
    return false;
}

bool http_field_split(char *line, char **name, char **value) {
    const size_t size = http_token_size(line);
    if (size == 0 || line[size] != ':') return false;
    line[size] = '\0';
    char *from = line + size + 1;
    while (is_blank(*from)) from++;
    size_t length = strlen(from);
    while (length > 0 && is_blank(from[length - 1])) length--;
    from[length] = '\0';
    for (size_t i = 0; i < length; i++)
        if (from[i] == '\t') from[i] = ' ';
    *name = line;
    *value = from;
    return true;
}

bool http_is_authority(const char *text) {
    size_t size = 0;
    if (*text == '[') {
        do size++;
        while (http_hex(text[size]) >= 0 || text[size] == ':' || text[size] == '.');
        if (size == 1 || text[size] != ']') return false;
        size++;
    } else {
        while (is_letter(text[size]) || is_digit(text[size]) ||
               (text[size] != '\0' && strchr("-._~!$&'()*+,;=", text[size]) != NULL))
            size++;
        if (size == 0) return false;
    }
    uint64_t port = 0;
    const char *rest = text + size;
    if (strcmp(rest, "") == 0 || strcmp(rest, ":") == 0) return true;
    return *rest == ':' && http_decimal(rest + 1, &port) && port <= 65535;
}
