#include "data/corpus.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/builder.h"
#include "data/ingest.h"
#include "data/path_weights.h"
#include "data/split.h"

#include <string.h>

const char *corpus_reason_text(corpus_reason reason) {
    static const char *const text[] = {
#define CORPUS_REASON_TEXT(name, words) words,
        CORPUS_REASON_MAP(CORPUS_REASON_TEXT)
#undef CORPUS_REASON_TEXT
    };
    return reason < CORPUS_REASONS ? text[reason] : "unknown";
}

const corpus_summary *corpus_summarize(const corpus *c) {
    return &c->summary;
}

void corpus_free(corpus *c) {
    if (!c) return;
    for (size_t i = 0; i < CORPUS_OPEN_FILES; i++) os_reader_close(c->open[i].fd);
    for (size_t g = 0; c->train && g < c->summary.groups; g++) {
        mem_free(c->train[g].document);
        mem_free(c->train[g].start);
    }
    mem_free(c->train);
    mem_free(c->held.document);
    mem_free(c->held.start);
    mem_free(c->weight);
    mem_free(c->document);
    mem_free(c->unit);
    mem_free(c->file);
    buf_free(&c->names);
    os_spool_close(c->spool);
    if (c->locks) os_mutex_free(&c->lock);
    mem_free(c);
}

static axl_status check_spec(const corpus_spec *s, axl_error *err) {
    RETURN_IF(s->paths == 0, err, AXL_BAD_ARGUMENT, "no data was named");
    // Written so that NaN is refused.
    RETURN_IF(!(s->held_fraction >= 0 && s->held_fraction <= 0.5), err, AXL_BAD_ARGUMENT,
              "the held-out fraction must be 0 to 0.5");
    return AXL_OK;
}

static axl_status scan_held(builder *b, axl_error *err) {
    const corpus_spec *s = b->spec;
    b->held = true;
    for (size_t i = 0; i < s->held_paths; i++) FORWARD(ingest_path(b, s->held[i], err));
    b->held = false;
    b->c->summary.held_by_path = s->held_paths > 0;
    RETURN_IF(s->held_paths > 0 && b->c->documents == 0, err, AXL_BAD_FILE,
              "no text in the held-out data: %s", s->held[0]);
    return AXL_OK;
}

static axl_status scan_train(builder *b, const path_weights *w, axl_error *err) {
    const corpus_spec *s = b->spec;
    for (size_t i = 0; i < s->paths; i++) {
        const size_t before = b->c->documents;
        b->group = (uint16_t)(w->weighted ? i : 0);
        FORWARD(ingest_path(b, w->path[i], err));
        RETURN_IF(w->weighted && b->c->documents == before, err, AXL_BAD_FILE,
                  "no text, or none that is new, in %s", w->path[i]);
    }
    return AXL_OK;
}

// Gives back what an array has too much.
static axl_status trim_array(void **array, size_t count, size_t size, axl_error *err) {
    void *smaller = mem_resize_array(*array, count > 0 ? count : 1, size);
    if (!smaller) return error_no_memory(err, "the list of documents", count * size);
    *array = smaller;
    return AXL_OK;
}

static axl_status trim(corpus *c, axl_error *err) {
    void *documents = c->document, *files = c->file, *units = c->unit;
    axl_status status = trim_array(&documents, c->documents, sizeof *c->document, err);
    if (status == AXL_OK) status = trim_array(&files, c->files, sizeof *c->file, err);
    if (status == AXL_OK) status = trim_array(&units, c->units, sizeof *c->unit, err);
    c->document = documents;
    c->file = files;
    c->unit = units;
    return status;
}

static data_text *text_for(corpus *c, const document *d) {
    return d->held ? &c->held : &c->train[c->unit[c->file[d->file].unit].group];
}

static axl_status make_text(data_text *t, axl_error *err) {
    t->document = mem_alloc_array(t->count, sizeof *t->document);
    t->start = mem_alloc_array(t->count, sizeof *t->start);
    if (!t->document || !t->start)
        return error_no_memory(err, "the text", t->count * (sizeof *t->start + 4));
    t->count = 0;
    return AXL_OK;
}

// Lays the documents of each set and group behind each other.
static axl_status lay_texts(corpus *c, axl_error *err) {
    for (size_t i = 0; i < c->documents; i++) text_for(c, &c->document[i])->count++;
    for (size_t g = 0; g < c->summary.groups; g++) FORWARD(make_text(&c->train[g], err));
    FORWARD(make_text(&c->held, err));
    for (size_t i = 0; i < c->documents; i++) {
        data_text *t = text_for(c, &c->document[i]);
        t->document[t->count] = (uint32_t)i;
        t->start[t->count++] = t->length;
        t->length += c->document[i].bytes + 2;
    }
    return AXL_OK;
}

// Documents lie by file and files by unit, except for the ends of cut ones, which come last and
// whose unit the other set has already.
static void count_sets(corpus *c) {
    digest_state hash[CORPUS_SETS] = {{{0}, 0, {0}}};
    uint32_t last[CORPUS_SETS] = {UINT32_MAX, UINT32_MAX};
    for (size_t i = 0; i < c->documents; i++) {
        const document *d = &c->document[i];
        const corpus_set set = d->held ? CORPUS_HELD : CORPUS_TRAIN;
        corpus_count *n = &c->summary.set[set];
        data_unit *u = &c->unit[c->file[d->file].unit];
        n->documents++;
        n->bytes += d->bytes;
        n->files += d->file != last[set];
        n->units += (u->sets >> set & 1) == 0;
        u->sets = (uint8_t)(u->sets | 1u << set);
        last[set] = d->file;
        char text[DIGEST_TEXT];
        digest_text(text, d->hash);
        digest_add(&hash[set], text, DIGEST_TEXT);
    }
    for (int set = 0; set < CORPUS_SETS; set++) c->summary.set[set].hash = digest_end(&hash[set]);
}

static axl_status finish(corpus *c, const corpus_spec *s, axl_error *err) {
    if (c->spool) FORWARD(os_spool_flush(c->spool, err));
    if (s->held_paths == 0 && s->held_fraction > 0) {
        const split_choice how = {.seed = s->seed,
                                  .fraction = s->held_fraction,
                                  .full_names = s->paths > 1,
                                  .audit_most = s->audit_most};
        FORWARD(split_corpus(c, &how, err));
    }
    FORWARD(trim(c, err));
    FORWARD(lay_texts(c, err));
    count_sets(c);
    for (size_t g = 0; g < c->summary.groups; g++)
        RETURN_IF(c->train[g].count == 0, err, AXL_BAD_FILE, "no text to train on in %s",
                  s->path[c->summary.groups > 1 ? g : 0]);
    c->seed = s->seed;
    c->held_fraction = s->held_fraction;
    c->summary.spooled = c->spool ? os_spool_bytes(c->spool) : 0;
    c->summary.memory = sizeof *c + c->names.capacity + c->files * sizeof(data_file) +
                        c->units * sizeof(data_unit) +
                        c->documents * (sizeof(document) + sizeof(uint32_t) + sizeof(uint64_t));
    return AXL_OK;
}

static axl_status make_groups(corpus *c, const path_weights *w, axl_error *err) {
    c->summary.groups = w->weighted ? w->count : 1;
    c->train = mem_zalloc_array(c->summary.groups, sizeof *c->train);
    c->weight = mem_zalloc_array(c->summary.groups, sizeof *c->weight);
    if (!c->train || !c->weight)
        return error_no_memory(err, "groups", c->summary.groups * sizeof *c->train);
    double sum = 0;
    for (size_t g = 0; g < c->summary.groups; g++) sum += w->weight[g];
    for (size_t g = 0; g < c->summary.groups; g++) c->weight[g] = w->weight[g] / sum;
    return AXL_OK;
}

static axl_status build(corpus *c, const corpus_spec *s, const path_weights *w, axl_error *err) {
    builder b = {0};
    FORWARD(make_groups(c, w, err));
    axl_status status = builder_open(&b, c, s, err);
    if (status == AXL_OK) status = scan_held(&b, err);
    if (status == AXL_OK) status = scan_train(&b, w, err);
    builder_close(&b);
    FORWARD(status);
    return finish(c, s, err);
}

axl_status corpus_build(corpus **out, const corpus_spec *spec, axl_error *err) {
    *out = NULL;
    FORWARD(check_spec(spec, err));
    corpus *c = mem_zalloc(sizeof *c);
    if (!c) return error_no_memory(err, "a corpus", sizeof *c);
    for (size_t i = 0; i < CORPUS_OPEN_FILES; i++) c->open[i].fd = -1;
    path_weights w = {0};
    axl_status status = os_mutex_init(&c->lock, err);
    c->locks = status == AXL_OK;
    if (status == AXL_OK) status = path_weights_parse(&w, spec->path, spec->paths, err);
    if (status == AXL_OK) status = build(c, spec, &w, err);
    path_weights_free(&w);
    if (status == AXL_OK)
        *out = c;
    else
        corpus_free(c);
    return status;
}
