// A look at a server as its clients have it: for each of them the requests that it sends, and what
// its code needs of the answers. The requests were taken down from the clients; what an answer must
// have is what they were seen to break without.
#ifndef SERVER_DOCTOR_H
#define SERVER_DOCTOR_H

#include "base/buf.h"
#include <axl/serve.h>

#include <stdint.h>

#define DOCTOR_FOUND_MAX 200

typedef struct doctor_spec {
    const char *url;              // "http://HOST:PORT", a "/v1" behind it not counted; "unix:PATH"
    const char *key;              // NULL: none
    const char *model;            // NULL: the first that the server names
    uint64_t patience_ns;         // for an answer
    axl_bench_progress *progress; // may be NULL
    void *progress_ctx;
} doctor_spec;

typedef struct doctor_report {
    char model[128];
    axl_doctor_check *checks;        // [count]
    char (*found)[DOCTOR_FOUND_MAX]; // [count]: what their `found` point at
    size_t count;
} doctor_report;

// AXL_IO where nobody answers at all. *out is to be freed, also after a failure.
axl_status doctor_run(const doctor_spec *spec, doctor_report *out, axl_error *err);
void doctor_report_free(doctor_report *r); // leaves {0}

#endif
