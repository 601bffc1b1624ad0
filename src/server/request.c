#include "server/request.h"

#include "base/alloc.h"
#include "base/strings.h"

#include <stdarg.h>
#include <string.h>

typedef struct route_row {
    const char *method, *path;
    dialect dialect;
} route_row;

static const route_row routes[] = {[ROUTE_NONE] = {"", "", DIALECT_OPENAI},
#define ROUTE_ROW(name, method, path, dialect) [ROUTE_##name] = {method, path, DIALECT_##dialect},
                                   ROUTE_MAP(ROUTE_ROW)
#undef ROUTE_ROW
};

// Other spellings that clients use.
static const struct {
    const char *path;
    route route;
} aliases[] = {
    {"/v1/health", ROUTE_HEALTH},
    {"/v1/engines/copilot-codex/completions", ROUTE_COMPLETIONS},
};

const char *route_model(const char *path) {
    const char *const head = routes[ROUTE_MODEL].path;
    const bool is_model = string_starts(path, head) && path[strlen(head)] != '\0';
    return is_model ? path + strlen(head) : NULL;
}

route route_find(const char *path) {
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (strcmp(path, aliases[i].path) == 0) return aliases[i].route;
    if (route_model(path)) return ROUTE_MODEL;
    for (size_t i = ROUTE_NONE + 1; i < sizeof routes / sizeof *routes; i++) {
        const char *known = routes[i].path;
        if (i == ROUTE_MODEL) continue;
        if (strcmp(path, known) == 0) return (route)i;
        if (string_starts(known, "/v1/") && strcmp(path, known + 3) == 0) return (route)i;
    }
    return ROUTE_NONE;
}

const char *route_method(route r) {
    return routes[r].method;
}

dialect route_dialect(route r) {
    return routes[r].dialect;
}

dialect path_dialect(const char *path) {
    return string_starts(path, "/api/") ? DIALECT_OLLAMA : DIALECT_OPENAI;
}

void request_free(request *r) {
    if (!r) return;
    for (size_t i = 0; i < r->prompt_count; i++) mem_free(r->prompts[i].symbols);
    mem_free(r->prompts);
    mem_free((void *)r->chooser.bias);
    for (size_t i = 0; i < r->stop_count; i++) mem_free((void *)r->stop[i].bytes);
    mem_free(r->stop);
    for (size_t i = 0; i < r->field_count; i++) mem_free(r->fields[i]);
    mem_free(r->fields);
    buf_free(&r->notes);
    *r = (request){0};
}

bool request_is_vectors(const request *r) {
    return r->route == ROUTE_EMBEDDINGS || r->route == ROUTE_OLLAMA_EMBED ||
           r->route == ROUTE_OLLAMA_EMBEDDINGS;
}

size_t request_cut(const request *r) {
    size_t cut = 0;
    for (size_t i = 0; i < r->prompt_count; i++) cut += r->prompts[i].cut;
    return cut;
}

bool request_note(request *r, const char *fmt, ...) {
    char line[160];
    va_list args;
    va_start(args, fmt);
    string_vformat(line, sizeof line, NULL, fmt, args);
    va_end(args);
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f) *c = '?';
    const char *old = buf_string(&r->notes);
    const char *found = strstr(old, line);
    if (found && (found == old || found[-1] == '\n') && found[strlen(line)] == '\n') return true;
    return buf_format(&r->notes, "%s\n", line);
}
