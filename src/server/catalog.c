#include "server/catalog.h"

#include <string.h>

const request_limits request_limits_standard = {
    .standard_bytes = 256,
    .most_bytes = 65536,
    .prompt_bytes = (size_t)4 << 20,
    .told_bytes = (uint64_t)256 << 10,
    .choices = 512,
};

static bool is_name(const model_facts *m, const char *name) {
    const size_t size = strlen(m->name);
    if (strncmp(name, m->name, size) != 0) return false;
    return name[size] == '\0' || strcmp(name + size, ":latest") == 0;
}

const model_facts *catalog_find(const catalog *c, const char *name) {
    for (size_t i = 0; i < c->count; i++)
        if (is_name(&c->list[i], name)) return &c->list[i];
    return c->any_name && c->count > 0 ? &c->list[0] : NULL;
}
