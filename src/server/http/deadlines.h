// Which of many deadlines is next: a heap of entries that lie in their owners.
#ifndef SERVER_HTTP_DEADLINES_H
#define SERVER_HTTP_DEADLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEADLINE_NONE UINT64_MAX

typedef struct deadline {
    uint64_t at_ns; // set by deadlines_set only
    size_t index;   // private
    void *of;       // the owner
} deadline;

// {0} is empty. Invariant: no entry is before its parent, (i - 1) / 2.
typedef struct deadlines {
    deadline **entry; // [count]
    size_t count, capacity;
} deadlines;

// Adds the entry, which has no deadline yet, and must stay where it is until it is removed. False:
// no memory.
bool deadlines_add(deadlines *d, deadline *entry, void *of);
void deadlines_remove(deadlines *d, deadline *entry);
void deadlines_set(deadlines *d, deadline *entry, uint64_t at_ns);

// The earliest one, DEADLINE_NONE when there is none.
uint64_t deadlines_next(const deadlines *d);

// The owner of the earliest one if that has come, else NULL. Its owner sets another.
void *deadlines_due(const deadlines *d, uint64_t now_ns);

void deadlines_free(deadlines *d);

#endif
