#include "api/data_parts.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "data/digest_set.h"
#include "data/minhash.h"
#include "data/portion.h"
#include "data/record_store.h"
#include "os/file_name.h"
#include "os/folder.h"

#define STANDARD_SHARE 0.1

typedef struct entry {
    uint64_t at; // in the store
    uint32_t project;
    bool sketched;
    digest hash;
} entry;

enum { TRAIN, HELD, SETS };
static const char *const set_names[SETS] = {"train", "held"};

typedef struct splitting {
    const axl_data_split_options *o;
    data_reading reading;
    record_store store;
    name_table projects;
    entry *list;    // [count]
    sketch *sketch; // [count], NULL where near copies are not asked for
    size_t count, room;
    digest_set held; // documents of the held-out set
    near_set *near;
    outlet *out[SETS];
    outlet_sum sum[SETS];
    uint64_t set_projects[SETS];
    uint64_t dropped[DROP_REASONS];
} splitting;

// ---- reading ----

static axl_status make_room(splitting *s, axl_error *err) {
    if (s->count < s->room) return AXL_OK;
    const size_t room = s->room == 0 ? 256 : s->room + s->room / 2;
    entry *list = mem_resize_array(s->list, room, sizeof *list);
    if (!list) return error_no_memory(err, "the list of documents", room * sizeof *list);
    s->list = list;
    if (s->o->near > 0) {
        sketch *grown = mem_resize_array(s->sketch, room, sizeof *grown);
        if (!grown) return error_no_memory(err, "the search for near copies", room * sizeof *grown);
        s->sketch = grown;
    }
    s->room = room;
    return AXL_OK;
}

static axl_status take(void *ctx, const record *r, axl_error *err) {
    splitting *s = ctx;
    size_t project;
    data_reading_step(&s->reading);
    if (!utf8_valid(r->text, r->bytes)) {
        s->dropped[DROP_UTF8]++; // JSONL could not hold it as it is
        return AXL_OK;
    }
    FORWARD(make_room(s, err));
    FORWARD(name_table_count(&s->projects, r->project, r->bytes, err));
    FORWARD(name_table_find(&s->projects, r->project, &project, err));
    entry *e = &s->list[s->count];
    *e = (entry){.project = (uint32_t)project, .hash = digest_of(r->text, r->bytes)};
    e->sketched = s->sketch && sketch_of(&s->sketch[s->count], r->text, r->bytes);
    FORWARD(record_store_put(&s->store, r, &e->at, err));
    s->count++;
    return AXL_OK;
}

static void leave_out(void *ctx, const char *path, uint64_t line, drop_reason reason) {
    splitting *s = ctx;
    (void)path;
    (void)line;
    s->dropped[reason]++;
}

// ---- writing ----

static int set_of(const splitting *s, size_t index) {
    return s->projects.entry[s->list[index].project].held ? HELD : TRAIN;
}

static axl_status put(splitting *s, int set, size_t index, axl_error *err) {
    record r;
    FORWARD(record_store_get(&s->store, s->list[index].at, &r, err));
    return outlet_put(s->out[set], &r, err);
}

static axl_status put_held(splitting *s, axl_error *err) {
    for (size_t i = 0; i < s->count; i++) {
        if (set_of(s, i) != HELD) continue;
        FORWARD(digest_set_add(&s->held, s->list[i].hash, err));
        if (s->list[i].sketched) FORWARD(near_set_add(s->near, &s->sketch[i], err));
        FORWARD(put(s, HELD, i, err));
    }
    return AXL_OK;
}

static axl_status put_train(splitting *s, axl_error *err) {
    for (size_t i = 0; i < s->count; i++) {
        if (set_of(s, i) != TRAIN) continue;
        if (digest_set_has(&s->held, s->list[i].hash))
            s->dropped[DROP_HELD_OUT]++;
        else if (s->list[i].sketched && near_set_has(s->near, &s->sketch[i]))
            s->dropped[DROP_NEAR_HELD]++;
        else
            FORWARD(put(s, TRAIN, i, err));
    }
    return AXL_OK;
}

static void put_set(const splitting *s, json_out *j, int set) {
    const outlet_sum *sum = &s->sum[set];
    json_out_object(j, set_names[set]);
    json_out_count(j, "documents", sum->documents);
    json_out_count(j, "bytes", sum->bytes);
    json_out_text(j, "sha256", sum->sha256);
    json_out_object(j, "projects"); // with their bytes, as they came in
    for (size_t i = 0; i < s->projects.count; i++) {
        const name_entry *e = &s->projects.entry[i];
        if (e->held == (set == HELD)) json_out_count(j, name_table_name(&s->projects, i), e->bytes);
    }
    json_out_end(j);
    json_out_end(j);
}

static axl_status name_manifest(const splitting *s, buf *name, axl_error *err) {
    if (buf_format(name, "%s/manifest.json", s->o->out)) return AXL_OK;
    return error_no_memory(err, "a path", name->size);
}

static axl_status write_manifest(splitting *s, char *path, size_t room, axl_error *err) {
    buf text = {0}, name = {0};
    json_out j = {.to = &text};
    data_manifest_begin(&j, "axl data split", &s->o->source);
    json_out_count(&j, "seed", s->o->seed);
    json_out_number(&j, "share", s->o->held > 0 ? s->o->held : STANDARD_SHARE);
    json_out_number(&j, "near", s->o->near);
    data_manifest_reasons(&j, s->dropped);
    for (int set = 0; set < SETS; set++) put_set(s, &j, set);
    json_out_end(&j);
    axl_status status = name_manifest(s, &name, err);
    if (status == AXL_OK && !buf_ok(&text))
        status = error_no_memory(err, "the manifest", text.size);
    if (status == AXL_OK) status = data_replace_text(buf_string(&name), &text, err);
    string_copy(path, room, buf_string(&name));
    buf_free(&text);
    buf_free(&name);
    return status;
}

// A new set beside an old one could share projects, and an old manifest would call both whole. So
// everything is on the disk before the first is replaced, and the old manifest is gone by then.
static axl_status put_in_place(splitting *s, axl_error *err) {
    buf name = {0};
    for (int set = 0; set < SETS; set++) FORWARD(outlet_sync(s->out[set], err));
    axl_status status = name_manifest(s, &name, err);
    if (status == AXL_OK) status = os_file_remove(buf_string(&name), err);
    buf_free(&name);
    for (int set = 0; set < SETS && status == AXL_OK; set++)
        status = outlet_finish(s->out[set], &s->sum[set], err);
    return status;
}

// ---- all of it ----

static axl_status open_outlets(splitting *s, axl_error *err) {
    buf name = {0};
    axl_status status = os_folder_make(s->o->out, err);
    for (int set = 0; set < SETS && status == AXL_OK; set++) {
        buf_clear(&name);
        status = buf_format(&name, "%s/%s.jsonl", s->o->out, set_names[set])
                     ? outlet_open(&s->out[set], buf_string(&name), s->o->force, err)
                     : error_no_memory(err, "a path", name.size);
    }
    buf_free(&name);
    return status;
}

static void fill_set(const splitting *s, int set, axl_data_split_set *out) {
    *out = (axl_data_split_set){.documents = s->sum[set].documents, .bytes = s->sum[set].bytes};
    string_copy(out->sha256, sizeof out->sha256, s->sum[set].sha256);
    for (size_t i = 0; i < s->projects.count; i++)
        out->projects += s->projects.entry[i].held == (set == HELD);
}

static axl_status run(splitting *s, axl_data_split_result *result, axl_error *err) {
    const axl_data_split_options *o = s->o;
    const intake_sink sink = {take, leave_out, s};
    FORWARD(data_reading_begin(&s->reading, &o->source, err));
    FORWARD(data_reading_own(&s->reading, o->out, NULL, err));
    if (o->near > 0) FORWARD(near_set_open(&s->near, o->near, err));
    FORWARD(open_outlets(s, err));
    FORWARD(record_store_open(&s->store, o->out, err));
    FORWARD(intake_read(&s->reading.spec, &sink, err));
    FORWARD(record_store_flush(&s->store, err));
    FORWARD(portion_choose(&s->projects, o->held > 0 ? o->held : STANDARD_SHARE, o->seed, err));
    FORWARD(put_held(s, err));
    FORWARD(put_train(s, err));
    FORWARD(put_in_place(s, err));
    *result = (axl_data_split_result){0};
    FORWARD(write_manifest(s, result->manifest, sizeof result->manifest, err));
    fill_set(s, TRAIN, &result->train);
    fill_set(s, HELD, &result->held);
    result->reason_count = data_reasons(result->reasons, s->dropped);
    return AXL_OK;
}

axl_status axl_data_split(const axl_data_split_options *options, axl_data_split_result *result,
                          axl_error *err) {
    axl_data_split_result unseen;
    RETURN_IF(!options || !options->out, err, AXL_BAD_ARGUMENT,
              "axl_data_split: paths and out must be given");
    RETURN_IF(!(options->held >= 0 && options->held <= 0.5), err, AXL_BAD_ARGUMENT,
              "the held-out share must be up to 0.5");
    FORWARD(data_check_near(options->near, err));
    splitting s = {.o = options};
    const axl_status status = run(&s, result ? result : &unseen, err);
    for (int set = 0; set < SETS; set++) outlet_close(s.out[set]);
    record_store_close(&s.store);
    near_set_close(s.near);
    digest_set_free(&s.held);
    name_table_free(&s.projects);
    mem_free(s.list);
    mem_free(s.sketch);
    return status;
}
