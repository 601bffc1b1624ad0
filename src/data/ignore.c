#include "data/ignore.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/wild.h"

#include <string.h>

// Cuts the line's trailing blanks, unless a backslash keeps the last one.
static void trim(char *line) {
    char *end = line;
    for (char *p = line; *p; p++) {
        if (*p == '\\' && p[1])
            end = ++p + 1;
        else if (*p != ' ')
            end = p + 1;
    }
    *end = '\0';
}

// False for a line without a pattern.
static bool parse_line(ignore_rule *out, char *line) {
    *out = (ignore_rule){0};
    if (*line == '#') return false;
    trim(line);
    if (*line == '!') {
        out->negated = true;
        line++;
    }
    size_t length = strlen(line);
    if (length > 0 && line[length - 1] == '/') {
        out->folder_only = true;
        line[--length] = '\0';
    }
    out->name_only = strchr(line, '/') == NULL;
    if (*line == '/') line++;
    out->pattern = line;
    return *line != '\0';
}

// The next line of *rest, terminated in place, or NULL.
static char *take_line(char **rest) {
    char *line = *rest;
    if (!line) return NULL;
    char *end = strchr(line, '\n');
    *rest = end ? end + 1 : NULL;
    if (end) {
        if (end > line && end[-1] == '\r') end[-1] = '\0';
        *end = '\0';
    }
    return line;
}

axl_status ignore_parse(ignore_rules *out, char *text, size_t bytes, axl_error *err) {
    *out = (ignore_rules){.text = text};
    size_t lines = 1;
    for (size_t i = 0; i < bytes; i++) lines += text[i] == '\n';
    out->rule = mem_alloc_array(lines, sizeof *out->rule);
    if (!out->rule) {
        ignore_free(out);
        return error_no_memory(err, IGNORE_FILE, lines * sizeof *out->rule);
    }
    char *rest = strncmp(text, "\xEF\xBB\xBF", 3) == 0 ? text + 3 : text;
    for (char *line; (line = take_line(&rest)) != NULL;)
        if (parse_line(&out->rule[out->count], line)) out->count++;
    return AXL_OK;
}

void ignore_free(ignore_rules *r) {
    mem_free(r->text);
    mem_free(r->rule);
    *r = (ignore_rules){0};
}

bool ignore_covers(const ignore_rules *rules, const char *path, bool folder) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    // The last rule that matches decides, and those of deeper folders come last.
    for (const ignore_rules *r = rules; r; r = r->parent) {
        for (size_t i = r->count; i-- > 0;) {
            const ignore_rule *rule = &r->rule[i];
            if (rule->folder_only && !folder) continue;
            if (rule->name_only ? wild_match_name(rule->pattern, name)
                                : wild_match_path(rule->pattern, path + r->base))
                return !rule->negated;
        }
    }
    return false;
}
