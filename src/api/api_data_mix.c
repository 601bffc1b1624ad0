#include "api/data_parts.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "data/digest_set.h"
#include "data/mix.h"
#include "data/path_weights.h"
#include "data/record_store.h"

#include <string.h>

_Static_assert(INTAKE_BYTES_MAX <= UINT32_MAX, "bytes of a document do not fit");

// What the caller gets: the result comes first, so that freeing it finds the rest.
typedef struct owned {
    axl_data_mix_result result;
    axl_data_mix_part *parts;
} owned;

typedef struct mixing {
    const axl_data_mix_options *o;
    owned *result;
    data_reading reading;
    path_weights weights;
    mix_part *parts; // [weights.count]
    record_store store;
    digest_set seen;
    mix_document *list; // [count]
    size_t count, room;
    uint64_t dropped[DROP_REASONS];
    outlet *out;
} mixing;

// ---- reading ----

static axl_status keep(mixing *m, const record *r, digest hash, axl_error *err) {
    if (m->count == m->room) {
        const size_t room = m->room == 0 ? 256 : m->room + m->room / 2;
        mix_document *list = mem_resize_array(m->list, room, sizeof *list);
        if (!list) return error_no_memory(err, "the list of documents", room * sizeof *list);
        m->list = list;
        m->room = room;
    }
    mix_document *d = &m->list[m->count];
    const digest project = digest_of(r->project, strlen(r->project));
    *d = mix_document_of(m->o->seed, hash, project.word[0]);
    d->bytes = (uint32_t)r->bytes;
    d->part = (uint16_t)r->source;
    FORWARD(record_store_put(&m->store, r, &d->at, err));
    m->count++;
    return AXL_OK;
}

static axl_status take(void *ctx, const record *r, axl_error *err) {
    mixing *m = ctx;
    const digest hash = digest_of(r->text, r->bytes);
    data_reading_step(&m->reading);
    if (!utf8_valid(r->text, r->bytes)) {
        m->dropped[DROP_UTF8]++; // JSONL could not hold it as it is
        return AXL_OK;
    }
    if (digest_set_has(&m->seen, hash)) {
        m->dropped[DROP_DUPLICATE]++;
        return AXL_OK;
    }
    FORWARD(digest_set_add(&m->seen, hash, err));
    return keep(m, r, hash, err);
}

static void leave_out(void *ctx, const char *path, uint64_t line, drop_reason reason) {
    mixing *m = ctx;
    (void)path;
    (void)line;
    m->dropped[reason]++;
}

// ---- writing ----

static axl_status write_manifest(mixing *m, const outlet_sum *sum, buf *path, axl_error *err) {
    const axl_data_mix_options *o = m->o;
    buf text = {0};
    json_out j = {.to = &text};
    data_manifest_begin(&j, "axl data mix", &o->source);
    json_out_count(&j, "seed", o->seed);
    json_out_number(&j, "temperature", o->temperature > 0 ? o->temperature : 1);
    json_out_count(&j, "cap", o->cap);
    json_out_array(&j, "parts");
    for (size_t i = 0; i < m->weights.count; i++) {
        const mix_part *p = &m->parts[i];
        json_out_flat_object(&j, NULL);
        json_out_text(&j, "path", m->weights.path[i]);
        json_out_number(&j, "weight", p->weight);
        json_out_number(&j, "share", p->share);
        json_out_count(&j, "found_bytes", p->found_bytes);
        json_out_count(&j, "documents", p->documents);
        json_out_count(&j, "bytes", p->bytes);
        json_out_end(&j);
    }
    json_out_end(&j);
    data_manifest_reasons(&j, m->dropped);
    data_manifest_sum(&j, sum);
    json_out_end(&j);
    const axl_status status = outlet_manifest(m->out, &text, path, err);
    buf_free(&text);
    return status;
}

static axl_status write_out(mixing *m, size_t kept, axl_error *err) {
    FORWARD(record_store_flush(&m->store, err));
    for (size_t i = 0; i < kept; i++) {
        record r;
        FORWARD(record_store_get(&m->store, m->list[i].at, &r, err));
        FORWARD(outlet_put(m->out, &r, err));
    }
    outlet_sum sum;
    buf path = {0};
    FORWARD(outlet_finish(m->out, &sum, err));
    const axl_status status = write_manifest(m, &sum, &path, err);
    data_written(&m->result->result.written, &sum, buf_string(&path));
    buf_free(&path);
    return status;
}

// ---- all of it ----

static axl_status choose(mixing *m, size_t *kept, axl_error *err) {
    const mix_rules rules = {.bytes = m->o->bytes,
                             .cap = m->o->cap,
                             .temperature = m->o->temperature > 0 ? m->o->temperature : 1};
    for (size_t i = 0; i < m->weights.count; i++) m->parts[i].weight = m->weights.weight[i];
    const mix all = {m->list, m->count, m->parts, m->weights.count};
    *kept = mix_choose(&all, &rules);
    uint64_t capped = 0;
    for (size_t i = 0; i < m->weights.count; i++) {
        RETURN_IF(m->parts[i].found_documents == 0, err, AXL_BAD_FILE,
                  "no text, or none that is new, in %s", m->weights.path[i]);
        capped += m->parts[i].capped_documents;
    }
    m->dropped[DROP_CAP] += capped;
    m->dropped[DROP_SHARE] += m->count - capped - *kept;
    return AXL_OK;
}

static void fill_result(mixing *m) {
    axl_data_mix_result *r = &m->result->result;
    r->parts = m->result->parts;
    r->part_count = m->weights.count;
    for (size_t i = 0; i < r->part_count; i++) {
        const mix_part *p = &m->parts[i];
        r->parts[i] = (axl_data_mix_part){.path = m->o->source.paths[i],
                                          .weight = p->weight,
                                          .share = p->share,
                                          .found_documents = p->found_documents,
                                          .found_bytes = p->found_bytes,
                                          .capped_bytes = p->capped_bytes,
                                          .documents = p->documents,
                                          .bytes = p->bytes};
    }
    r->reason_count = data_reasons(r->reasons, m->dropped);
}

static axl_status run(mixing *m, axl_error *err) {
    const axl_data_source *s = &m->o->source;
    FORWARD(data_reading_begin(&m->reading, s, err));
    RETURN_IF(s->path_count > UINT16_MAX, err, AXL_BAD_ARGUMENT, "too many paths");
    FORWARD(path_weights_parse(&m->weights, s->paths, s->path_count, err));
    m->reading.spec.path = m->weights.path;
    m->parts = mem_zalloc_array(m->weights.count, sizeof *m->parts);
    m->result->parts = mem_zalloc_array(m->weights.count, sizeof *m->result->parts);
    if (!m->parts || !m->result->parts)
        return error_no_memory(err, "parts", m->weights.count * sizeof *m->parts);
    FORWARD(outlet_open(&m->out, m->o->target.out, m->o->target.force, err));
    FORWARD(data_reading_own(&m->reading, m->o->target.out, m->out, err));
    buf folder = {0};
    axl_status status = data_folder_of(m->o->target.out, &folder, err);
    if (status == AXL_OK) status = record_store_open(&m->store, buf_string(&folder), err);
    buf_free(&folder);
    FORWARD(status);
    const intake_sink sink = {take, leave_out, m};
    size_t kept;
    FORWARD(intake_read(&m->reading.spec, &sink, err));
    FORWARD(choose(m, &kept, err));
    FORWARD(write_out(m, kept, err));
    fill_result(m);
    return AXL_OK;
}

axl_status axl_data_mix(const axl_data_mix_options *options, axl_data_mix_result **out,
                        axl_error *err) {
    RETURN_IF(!out, err, AXL_BAD_ARGUMENT, "axl_data_mix: there is no place for the result");
    *out = NULL;
    RETURN_IF(!options || !options->target.out, err, AXL_BAD_ARGUMENT,
              "axl_data_mix: paths and out must be given");
    RETURN_IF(!(options->temperature >= 0), err, AXL_BAD_ARGUMENT,
              "the temperature must be above 0");
    owned *all = mem_zalloc(sizeof *all);
    if (!all) return error_no_memory(err, "results", sizeof *all);
    mixing m = {.o = options, .result = all};
    const axl_status status = run(&m, err);
    outlet_close(m.out);
    data_reading_end(&m.reading);
    record_store_close(&m.store);
    digest_set_free(&m.seen);
    path_weights_free(&m.weights);
    mem_free(m.parts);
    mem_free(m.list);
    if (status == AXL_OK)
        *out = &all->result;
    else
        axl_data_mix_free(&all->result);
    return status;
}

void axl_data_mix_free(axl_data_mix_result *result) {
    if (!result) return;
    owned *all = (owned *)(void *)result;
    mem_free(all->parts);
    mem_free(all);
}
