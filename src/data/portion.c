#include "data/portion.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/digest.h"

#include <stdlib.h>
#include <string.h>

typedef struct candidate {
    digest key;
    size_t project;
} candidate;

static int by_key(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    for (int i = 0; i < 2; i++)
        if (x->key.word[i] != y->key.word[i]) return x->key.word[i] < y->key.word[i] ? -1 : 1;
    return 0;
}

static digest key_of(uint64_t seed, const char *name) {
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(seed >> (8 * i));
    digest_state s = {0};
    digest_add(&s, bytes, sizeof bytes);
    digest_add(&s, name, strlen(name));
    return digest_end(&s);
}

static void take(name_table *t, const candidate *list, uint64_t target, uint64_t bytes) {
    // Never all of them, which twice a half would be.
    const uint64_t most = 2 * target < bytes - 1 ? 2 * target : bytes - 1;
    uint64_t taken = 0;
    for (size_t i = 0; i < t->count && taken < target; i++) {
        name_entry *e = &t->entry[list[i].project];
        if (e->bytes > most - taken) continue;
        e->held = true;
        taken += e->bytes;
    }
    if (taken > 0) return;
    name_entry *smallest = &t->entry[list[0].project];
    for (size_t i = 1; i < t->count; i++) {
        name_entry *e = &t->entry[list[i].project];
        if (e->bytes < smallest->bytes) smallest = e;
    }
    smallest->held = true;
}

axl_status portion_choose(name_table *projects, double share, uint64_t seed, axl_error *err) {
    const size_t count = projects->count;
    RETURN_IF(count == 0, err, AXL_BAD_FILE, "there is no text");
    RETURN_IF(count == 1, err, AXL_BAD_FILE,
              "all text is of one project, '%s', which cannot be in both sets: name its parts",
              name_table_name(projects, 0));
    candidate *list = mem_alloc_array(count, sizeof *list);
    if (!list) return error_no_memory(err, "the split", count * sizeof *list);
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        list[i] = (candidate){key_of(seed, name_table_name(projects, i)), i};
        bytes += projects->entry[i].bytes;
    }
    qsort(list, count, sizeof *list, by_key);
    take(projects, list, (uint64_t)((double)bytes * share), bytes);
    mem_free(list);
    return AXL_OK;
}
