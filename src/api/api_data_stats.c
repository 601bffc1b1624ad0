#include "api/data_parts.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "data/digest_set.h"
#include "data/minhash.h"
#include "data/name_table.h"
#include "data/quality.h"

#include <stdlib.h>
#include <string.h>

typedef struct counting {
    axl_data_stats_result *out;
    data_reading reading;
    name_table projects, endings;
    digest_set seen;
    near_set *near;  // NULL: not asked
    uint32_t *sizes; // [out->documents], bytes of each
    size_t room;
    uint64_t letters;
    uint64_t dropped[DROP_REASONS];
} counting;

// ---- one document ----

static axl_status count_copies(counting *c, const record *r, axl_error *err) {
    const digest hash = digest_of(r->text, r->bytes);
    sketch k;
    if (digest_set_has(&c->seen, hash)) {
        c->out->duplicates++;
        c->out->duplicate_bytes += r->bytes;
        return AXL_OK;
    }
    FORWARD(digest_set_add(&c->seen, hash, err));
    if (!c->near || !sketch_of(&k, r->text, r->bytes)) return AXL_OK;
    if (!near_set_has(c->near, &k)) return near_set_add(c->near, &k, err);
    c->out->near++;
    c->out->near_bytes += r->bytes;
    return AXL_OK;
}

static axl_status keep_size(counting *c, size_t bytes, axl_error *err) {
    const size_t count = (size_t)c->out->documents;
    if (count == c->room) {
        const size_t room = c->room == 0 ? 256 : c->room * 2;
        uint32_t *sizes = mem_resize_array(c->sizes, room, sizeof *sizes);
        if (!sizes) return error_no_memory(err, "sizes", room * sizeof *sizes);
        c->sizes = sizes;
        c->room = room;
    }
    c->sizes[count] = (uint32_t)bytes;
    return AXL_OK;
}

// ".py", or "none".
static const char *ending_of(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    return dot && dot > name ? dot : "none";
}

static axl_status take(void *ctx, const record *r, axl_error *err) {
    counting *c = ctx;
    axl_data_stats_result *out = c->out;
    const quality q = quality_of(r->text, r->bytes);
    data_reading_step(&c->reading);
    FORWARD(keep_size(c, r->bytes, err));
    FORWARD(name_table_count(&c->projects, r->project, r->bytes, err));
    FORWARD(name_table_count(&c->endings, ending_of(r->path), r->bytes, err));
    out->documents++;
    out->bytes += r->bytes;
    out->lines += q.lines;
    out->empty_lines += q.empty_lines;
    out->not_utf8 += !utf8_valid(r->text, r->bytes);
    out->longest_line = q.longest > out->longest_line ? q.longest : out->longest_line;
    c->letters += q.letters;
    return count_copies(c, r, err);
}

static void leave_out(void *ctx, const char *path, uint64_t line, drop_reason reason) {
    counting *c = ctx;
    (void)path;
    (void)line;
    c->dropped[reason]++;
}

// ---- the result ----

static int by_size(const void *a, const void *b) {
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void fill_percentiles(counting *c) {
    static const unsigned percent[] = {10, 25, 50, 75, 90};
    const uint64_t count = c->out->documents;
    if (count == 0) return;
    qsort(c->sizes, (size_t)count, sizeof *c->sizes, by_size);
    for (size_t i = 0; i < sizeof percent / sizeof *percent; i++)
        c->out->percentiles[i] = c->sizes[(count - 1) * percent[i] / 100];
}

static axl_status fill_top(const name_table *t, axl_data_group out[AXL_DATA_TOP], size_t *count,
                           axl_error *err) {
    uint32_t *order = mem_alloc_array(t->count, sizeof *order);
    if (!order) return error_no_memory(err, "names", t->count * sizeof *order);
    name_table_rank(t, order);
    *count = size_min(t->count, AXL_DATA_TOP);
    for (size_t i = 0; i < *count; i++) {
        const name_entry *e = &t->entry[order[i]];
        string_copy(out[i].name, sizeof out[i].name, name_table_name(t, order[i]));
        out[i].documents = e->documents;
        out[i].bytes = e->bytes;
    }
    mem_free(order);
    return AXL_OK;
}

static axl_status run(counting *c, const axl_data_source *source, double near, axl_error *err) {
    axl_data_stats_result *out = c->out;
    const intake_sink sink = {take, leave_out, c};
    FORWARD(data_reading_begin(&c->reading, source, err));
    if (near > 0) FORWARD(near_set_open(&c->near, near, err));
    FORWARD(intake_read(&c->reading.spec, &sink, err));
    fill_percentiles(c);
    FORWARD(fill_top(&c->projects, out->top_projects, &out->top_project_count, err));
    FORWARD(fill_top(&c->endings, out->top_endings, &out->top_ending_count, err));
    out->projects = c->projects.count;
    out->endings = c->endings.count;
    out->alnum = out->bytes > 0 ? (double)c->letters / (double)out->bytes : 0;
    out->reason_count = data_reasons(out->reasons, c->dropped);
    return AXL_OK;
}

axl_status axl_data_stats(const axl_data_source *source, double near, axl_data_stats_result *result,
                          axl_error *err) {
    RETURN_IF(!source || !result, err, AXL_BAD_ARGUMENT,
              "axl_data_stats: source and result must be given");
    FORWARD(data_check_near(near, err));
    *result = (axl_data_stats_result){0};
    counting c = {.out = result};
    const axl_status status = run(&c, source, near, err);
    name_table_free(&c.projects);
    name_table_free(&c.endings);
    digest_set_free(&c.seen);
    near_set_close(c.near);
    mem_free(c.sizes);
    return status;
}
