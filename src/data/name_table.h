// Names, each once, with what was counted for it.
#ifndef DATA_NAME_TABLE_H
#define DATA_NAME_TABLE_H

#include "base/buf.h"

#include <axl/status.h>
#include <stdint.h>

typedef struct name_entry {
    size_t name; // where it begins in the table's text
    uint64_t documents, bytes;
    bool held; // of split
} name_entry;

// {0} is empty. Entries stand in the order in which their names first came.
typedef struct name_table {
    buf text;          // names, a zero byte behind each
    name_entry *entry; // [count]
    size_t count, room;
    uint32_t *slot; // [slots]: 1 + an index; 0 is free
    size_t slots;   // a power of two
} name_table;

// The index of the name, which is added where it is new.
axl_status name_table_find(name_table *t, const char *name, size_t *index, axl_error *err);

// Counts a document for a name.
axl_status name_table_count(name_table *t, const char *name, size_t bytes, axl_error *err);

// Borrowed until the next name is added.
const char *name_table_name(const name_table *t, size_t index);

// Puts the indices into order[count], most bytes first, equal ones by name.
void name_table_rank(const name_table *t, uint32_t *order);

void name_table_free(name_table *t); // leaves {0}

#endif
