// Answers about the server and its models, which no request takes part in.
#ifndef SERVER_CATALOG_BODY_H
#define SERVER_CATALOG_BODY_H

#include "server/answer.h"

bool models_body(const catalog *c, buf *out);                   // GET /v1/models
bool model_body(const model_facts *m, buf *out);                // GET /v1/models/NAME
bool tags_body(const catalog *c, buf *out);                     // GET /api/tags
bool ps_body(const catalog *c, const answer_head *h, buf *out); // GET /api/ps
bool show_body(const model_facts *m, buf *out);                 // POST /api/show
bool version_body(const char *version, buf *out);               // GET /api/version

// One sequence that the server can work on.
typedef struct slot_facts {
    bool busy;
    uint64_t task;   // number of its request
    uint64_t prompt; // bytes
    uint64_t written, left;
} slot_facts;

typedef struct server_state {
    const model_facts *model; // the standard one
    const slot_facts *slots;  // [slot_count]
    size_t slot_count;
    const char *version;
} server_state;

bool props_body(const server_state *s, buf *out); // GET /props
bool slots_body(const server_state *s, buf *out); // GET /slots
bool health_body(bool ready, buf *out);           // GET /health and /ready

// ---- GET /metrics ----

#define METRIC_BUCKETS 14 // of a histogram, the one without an end not counted

typedef struct histogram {
    uint64_t counts[METRIC_BUCKETS + 1]; // each by itself; the last one has no end
    double sum;                          // of what was put in
} histogram;

void histogram_put(histogram *h, double seconds);

typedef struct server_metrics {
    uint64_t prompt_bytes, written_bytes;
    double prompt_seconds, written_seconds;
    uint64_t passes, busy_slots; // passes of the model, and the sequences in all of them together
    uint64_t running, waiting;   // requests now
    uint64_t ended[GENERATION_TIME + 1]; // requests by generation_end; [0]: given up by the client
    uint64_t refused[600];               // answers by HTTP status
    uint64_t cache_queries, cache_hits;  // bytes of prompts, and those that were known already
    uint64_t ahead_bytes;                // read before they were asked for
    double cache_usage;                  // share of its memory
    histogram first_byte, between_bytes, request; // seconds
} server_metrics;

bool metrics_body(const server_metrics *m, buf *out);

#endif
