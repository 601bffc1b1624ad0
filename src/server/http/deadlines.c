#include "server/http/deadlines.h"

#include "base/alloc.h"

static void place(deadlines *d, deadline *entry, size_t index) {
    d->entry[index] = entry;
    entry->index = index;
}

static void rise(deadlines *d, deadline *entry, size_t at) {
    while (at > 0 && d->entry[(at - 1) / 2]->at_ns > entry->at_ns) {
        place(d, d->entry[(at - 1) / 2], at);
        at = (at - 1) / 2;
    }
    place(d, entry, at);
}

static void sink(deadlines *d, deadline *entry, size_t at) {
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= d->count) break;
        if (child + 1 < d->count && d->entry[child + 1]->at_ns < d->entry[child]->at_ns) child++;
        if (d->entry[child]->at_ns >= entry->at_ns) break;
        place(d, d->entry[child], at);
        at = child;
    }
    place(d, entry, at);
}

bool deadlines_add(deadlines *d, deadline *entry, void *of) {
    if (d->count == d->capacity) {
        const size_t capacity = d->capacity > 0 ? 2 * d->capacity : 16;
        deadline **grown = mem_resize_array(d->entry, capacity, sizeof(deadline *));
        if (!grown) return false;
        d->entry = grown;
        d->capacity = capacity;
    }
    *entry = (deadline){.at_ns = DEADLINE_NONE, .of = of};
    place(d, entry, d->count++);
    return true;
}

void deadlines_remove(deadlines *d, deadline *entry) {
    const size_t hole = entry->index;
    deadline *last = d->entry[--d->count];
    if (last == entry) return;
    place(d, last, hole);
    deadlines_set(d, last, last->at_ns);
}

void deadlines_set(deadlines *d, deadline *entry, uint64_t at_ns) {
    entry->at_ns = at_ns;
    rise(d, entry, entry->index);
    sink(d, entry, entry->index);
}

uint64_t deadlines_next(const deadlines *d) {
    return d->count > 0 ? d->entry[0]->at_ns : DEADLINE_NONE;
}

void *deadlines_due(const deadlines *d, uint64_t now_ns) {
    return deadlines_next(d) <= now_ns && d->entry[0]->at_ns != DEADLINE_NONE ? d->entry[0]->of
                                                                              : NULL;
}

void deadlines_free(deadlines *d) {
    mem_free(d->entry);
    *d = (deadlines){0};
}
