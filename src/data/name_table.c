#include "data/name_table.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/digest.h"

#include <string.h>

const char *name_table_name(const name_table *t, size_t index) {
    return t->text.data + t->entry[index].name;
}

// The slot of the name, or the free one where it belongs.
static size_t find_slot(const name_table *t, const char *name) {
    size_t i = (size_t)digest_of(name, strlen(name)).word[0] & (t->slots - 1);
    while (t->slot[i] != 0 && strcmp(name_table_name(t, t->slot[i] - 1), name) != 0)
        i = (i + 1) & (t->slots - 1);
    return i;
}

// Keeps a quarter of the slots free, so that a search ends soon.
static axl_status grow_slots(name_table *t, axl_error *err) {
    if (t->count < t->slots / 4 * 3) return AXL_OK;
    const size_t slots = t->slots == 0 ? 64 : t->slots * 2;
    uint32_t *slot = mem_zalloc_array(slots, sizeof *slot);
    if (!slot) return error_no_memory(err, "names", slots * sizeof *slot);
    mem_free(t->slot);
    t->slot = slot;
    t->slots = slots;
    for (size_t i = 0; i < t->count; i++)
        slot[find_slot(t, name_table_name(t, i))] = (uint32_t)i + 1;
    return AXL_OK;
}

static axl_status grow_entries(name_table *t, axl_error *err) {
    if (t->count < t->room) return AXL_OK;
    RETURN_IF(t->count >= UINT32_MAX - 1, err, AXL_TOO_LARGE, "more than 2^32 names");
    const size_t room = t->room == 0 ? 64 : t->room + t->room / 2;
    name_entry *entry = mem_resize_array(t->entry, room, sizeof *entry);
    if (!entry) return error_no_memory(err, "names", room * sizeof *entry);
    t->entry = entry;
    t->room = room;
    return AXL_OK;
}

axl_status name_table_find(name_table *t, const char *name, size_t *index, axl_error *err) {
    FORWARD(grow_slots(t, err));
    const size_t slot = find_slot(t, name);
    if (t->slot[slot] == 0) {
        const size_t begin = t->text.size;
        FORWARD(grow_entries(t, err));
        if (!buf_append(&t->text, name, strlen(name) + 1))
            return error_no_memory(err, "names", begin);
        t->entry[t->count++] = (name_entry){.name = begin};
        t->slot[slot] = (uint32_t)t->count;
    }
    *index = t->slot[slot] - 1;
    return AXL_OK;
}

axl_status name_table_count(name_table *t, const char *name, size_t bytes, axl_error *err) {
    size_t index;
    FORWARD(name_table_find(t, name, &index, err));
    t->entry[index].documents++;
    t->entry[index].bytes += bytes;
    return AXL_OK;
}

static bool is_before(const name_table *t, uint32_t a, uint32_t b) {
    const name_entry *x = &t->entry[a], *y = &t->entry[b];
    if (x->bytes != y->bytes) return x->bytes > y->bytes;
    return strcmp(name_table_name(t, a), name_table_name(t, b)) < 0;
}

// Lets order[root] sink in the heap order[0, count), whose last in the ranking is on top.
static void sink(const name_table *t, uint32_t *order, size_t root, size_t count) {
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && is_before(t, order[child], order[child + 1])) child++;
        if (!is_before(t, order[root], order[child])) return;
        const uint32_t lower = order[root];
        order[root] = order[child];
        order[child] = lower;
    }
}

// Sorts in place by a heap: qsort has no place for the table.
void name_table_rank(const name_table *t, uint32_t *order) {
    for (size_t i = 0; i < t->count; i++) order[i] = (uint32_t)i;
    for (size_t i = t->count / 2; i-- > 0;) sink(t, order, i, t->count);
    for (size_t end = t->count; end > 1;) {
        const uint32_t last = order[0];
        order[0] = order[--end];
        order[end] = last;
        sink(t, order, 0, end);
    }
}

void name_table_free(name_table *t) {
    buf_free(&t->text);
    mem_free(t->entry);
    mem_free(t->slot);
    *t = (name_table){0};
}
