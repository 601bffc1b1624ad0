#include "data/portion.h"

#include "base/error.h"
#include "data/digest.h"

#include <math.h>
#include <string.h>

// A number that a project has of the seed and its name alone.
static uint64_t key_of(uint64_t seed, const char *name) {
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(seed >> (8 * i));
    digest_state s = {0};
    digest_add(&s, bytes, sizeof bytes);
    digest_add(&s, name, strlen(name));
    return digest_end(&s).word[0];
}

// The smallest key among the projects with at most half of the bytes, of which there is one.
static void take_first(name_table *t, uint64_t seed, uint64_t bytes) {
    name_entry *first = NULL;
    uint64_t least = 0;
    for (size_t i = 0; i < t->count; i++) {
        name_entry *e = &t->entry[i];
        const uint64_t key = key_of(seed, name_table_name(t, i));
        e->held = false;
        if (e->bytes > bytes / 2 || (first && key >= least)) continue;
        first = e;
        least = key;
    }
    first->held = true;
}

axl_status portion_choose(name_table *t, double share, uint64_t seed, axl_error *err) {
    RETURN_IF(t->count == 0, err, AXL_BAD_FILE, "there is no text");
    RETURN_IF(t->count == 1, err, AXL_BAD_FILE,
              "all text is of one project, '%s', which cannot be in both sets: name its parts",
              name_table_name(t, 0));
    const uint64_t below = (uint64_t)ldexp(share, 64);
    uint64_t bytes = 0;
    size_t held = 0;
    for (size_t i = 0; i < t->count; i++) {
        name_entry *e = &t->entry[i];
        e->held = key_of(seed, name_table_name(t, i)) < below;
        held += e->held;
        bytes += e->bytes;
    }
    if (held == 0 || held == t->count) take_first(t, seed, bytes);
    return AXL_OK;
}
