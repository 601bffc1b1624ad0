// Documents that wait in a temporary file until it is known what becomes of them.
#ifndef DATA_RECORD_STORE_H
#define DATA_RECORD_STORE_H

#include "data/intake.h"
#include "os/spool.h"

// {0} is empty.
typedef struct record_store {
    os_spool *spool;
    buf text; // of the one that was read last
} record_store;

// The temporary file lies in the folder, which must be there.
axl_status record_store_open(record_store *s, const char *folder, axl_error *err);
void record_store_close(record_store *s);

// Keeps a document; *at is for record_store_get.
axl_status record_store_put(record_store *s, const record *r, uint64_t *at, axl_error *err);

// After the last put and before the first get.
axl_status record_store_flush(record_store *s, axl_error *err);

// The document at `at`; borrowed until the next call. Its source is not kept and is 0.
axl_status record_store_get(record_store *s, uint64_t at, record *out, axl_error *err);

#endif
