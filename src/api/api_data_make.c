#include "api/make_output.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "data/filter_look.h"
#include "data/minhash.h"
#include "data/portion.h"
#include "data/record_store.h"
#include "os/clock.h"
#include "os/file_name.h"
#include "os/folder.h"
#include "os/thread.h"

#include <stdlib.h>
#include <string.h>

#define STANDARD_BYTES ((uint64_t)100 << 10) // longest file where nothing was said
#define STANDARD_CONTEXT 1024
#define CONTEXT_MIN 128 // the words around a pair take up to 100
#define CONTEXT_MAX ((size_t)1 << 20)
#define STANDARD_SHARE 0.1
#define NEAR 0.7
#define ASK_NS UINT64_C(500000000)
#define ROUND 32 // files that are read before pairs of them are made

typedef struct entry {
    uint64_t at;    // in the store
    uint64_t dice;  // of the project, the path and the line
    uint64_t order; // of these and the seed
    size_t index;   // as it came in
    uint32_t project;
    bool sketched;
    sketch sketch;
} entry;

typedef struct making {
    const axl_data_make_options *o;
    axl_data_source source;
    axl_data_make_result *result;
    data_reading reading;
    record_store store;
    name_table projects;
    entry *list; // [count]
    size_t count, room;
    digest_set files;
    near_set *near;
    make_output out[TASKS_MAX]; // [tasks]
    size_t tasks;
    sandbox *box;
    maker *maker;
    size_t step;       // files that are done
    os_mutex asking;   // for the two below
    uint64_t asked_ns; // when progress was asked last
    bool over;
    uint64_t dropped[DROP_REASONS];
    uint64_t not_python, tangled;
} making;

// ---- reading ----

static axl_status make_room(making *m, axl_error *err) {
    if (m->count < m->room) return AXL_OK;
    const size_t room = m->room == 0 ? 64 : m->room + m->room / 2;
    entry *list = mem_resize_array(m->list, room, sizeof *list);
    if (!list) return error_no_memory(err, "the list of files", room * sizeof *list);
    m->list = list;
    m->room = room;
    return AXL_OK;
}

static axl_status take(void *ctx, const record *r, axl_error *err) {
    making *m = ctx;
    size_t project;
    data_reading_step(&m->reading);
    if (!may_be_python(r->path)) {
        m->not_python++;
        return AXL_OK;
    }
    if (!utf8_valid(r->text, r->bytes)) {
        m->dropped[DROP_UTF8]++;
        return AXL_OK;
    }
    const digest hash = digest_of(r->text, r->bytes);
    if (digest_set_has(&m->files, hash)) {
        m->dropped[DROP_DUPLICATE]++;
        return AXL_OK;
    }
    FORWARD(digest_set_add(&m->files, hash, err));
    FORWARD(make_room(m, err));
    FORWARD(name_table_count(&m->projects, r->project, r->bytes, err));
    FORWARD(name_table_find(&m->projects, r->project, &project, err));
    entry *e = &m->list[m->count];
    *e = (entry){.project = (uint32_t)project, .index = m->count};
    const uint64_t key[] = {task_hash(r->project, strlen(r->project)),
                            task_hash(r->path, strlen(r->path)), r->line, m->o->seed};
    e->dice = task_hash(key, 3 * sizeof *key);
    e->order = task_hash(key, sizeof key);
    e->sketched = sketch_of(&e->sketch, r->text, r->bytes);
    FORWARD(record_store_put(&m->store, r, &e->at, err));
    m->count++;
    return AXL_OK;
}

static void leave_out(void *ctx, const char *path, uint64_t line, drop_reason reason) {
    making *m = ctx;
    (void)path;
    (void)line;
    m->dropped[reason]++;
}

static int by_order(const void *a, const void *b) {
    const entry *x = a, *y = b;
    if (x->order != y->order) return x->order < y->order ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

// ---- pairs ----

// The files of a round, with what they are called.
typedef struct round {
    maker_job job[ROUND];
    make_source from[ROUND];
    char *text[ROUND]; // path, project and text behind each other; owned
    size_t count;
} round;

static void round_free(round *r) {
    for (size_t i = 0; i < r->count; i++) {
        maker_job_free(&r->job[i]);
        mem_free(r->text[i]);
    }
    r->count = 0;
}

static axl_status round_add(making *m, round *r, const entry *e, int set, axl_error *err) {
    record file;
    uint8_t hash[SHA256_BYTES];
    sha256 sum;
    FORWARD(record_store_get(&m->store, e->at, &file, err));
    const size_t path = strlen(file.path) + 1, project = strlen(file.project) + 1;
    char *text = mem_alloc(path + project + file.bytes + 1);
    if (!text) return error_no_memory(err, "a file", file.bytes);
    memcpy(text, file.path, path);
    memcpy(text + path, file.project, project);
    memcpy(text + path + project, file.text, file.bytes);
    make_source *from = &r->from[r->count];
    *from = (make_source){.path = text, .project = text + path};
    sha256_begin(&sum);
    sha256_add(&sum, file.text, file.bytes);
    sha256_end(&sum, hash);
    sha256_hex(from->sha256, hash);
    maker_job *job = &r->job[r->count];
    *job = (maker_job){.text = text + path + project,
                       .bytes = file.bytes,
                       .dice = e->dice,
                       .held = set == MAKE_HELD};
    for (size_t i = 0; i < m->tasks; i++)
        if (!make_output_full(&m->out[i], set))
            job->tasks |= 1u << (size_t)(m->out[i].task - task_list);
    r->text[r->count++] = text;
    return AXL_OK;
}

static axl_status round_end(making *m, round *r, int set, axl_error *err) {
    if (r->count == 0) return AXL_OK;
    FORWARD(maker_run(m->maker, r->job, r->count, err));
    for (size_t i = 0; i < r->count; i++) {
        const maker_job *job = &r->job[i];
        m->dropped[DROP_SYNTAX] += job->verdict == MAKER_BROKEN;
        m->tangled += job->verdict == MAKER_TANGLED;
        if (job->verdict == MAKER_FINE) {
            if (set == MAKE_HELD)
                m->result->held_files++;
            else
                m->result->train_files++;
        }
        for (size_t k = 0; k < m->tasks; k++)
            FORWARD(make_output_put(&m->out[k], set, &job->pairs[m->out[k].task - task_list],
                                    &r->from[i], err));
    }
    round_free(r);
    return AXL_OK;
}

static bool is_near(making *m, const entry *e) {
    if (!e->sketched || !near_set_has(m->near, &e->sketch)) return false;
    m->dropped[DROP_NEAR_HELD]++;
    return true;
}

static axl_status tell(making *m, const char *what, size_t step) {
    if (m->source.progress && m->source.progress(m->source.progress_ctx, what, step, m->count) != 0)
        return AXL_INTERRUPTED;
    return AXL_OK;
}

// Asked by the threads that run code, also while it runs: one of them at a time, and not all the
// time.
static bool is_over(void *ctx) {
    making *m = ctx;
    os_mutex_lock(&m->asking);
    const uint64_t now = os_clock_ns();
    if (!m->over && now - m->asked_ns >= ASK_NS) {
        m->asked_ns = now;
        m->over = tell(m, "pairs", m->step) != AXL_OK;
    }
    const bool over = m->over;
    os_mutex_unlock(&m->asking);
    return over;
}

static axl_status make_set(making *m, round *r, int set, axl_error *err) {
    for (size_t i = 0; i < m->count; i++) {
        const entry *e = &m->list[i];
        if (m->projects.entry[e->project].held != (set == MAKE_HELD)) continue;
        if (set == MAKE_TRAIN && is_near(m, e)) continue;
        if (set == MAKE_HELD && e->sketched) FORWARD(near_set_add(m->near, &e->sketch, err));
        FORWARD(round_add(m, r, e, set, err));
        m->step = i;
        if (r->count < ROUND) continue;
        FORWARD(round_end(m, r, set, err));
        RETURN_IF(tell(m, set == MAKE_HELD ? "held-out pairs" : "pairs", i) != AXL_OK, err,
                  AXL_INTERRUPTED, "interrupted");
    }
    return round_end(m, r, set, err);
}

static axl_status make_sets(making *m, axl_error *err) {
    round *r = mem_zalloc(sizeof *r);
    if (!r) return error_no_memory(err, "pairs", sizeof *r);
    axl_status status = make_set(m, r, MAKE_HELD, err);
    if (status == AXL_OK) status = make_set(m, r, MAKE_TRAIN, err);
    round_free(r);
    mem_free(r);
    return status;
}

// ---- what was asked for ----

static axl_status add_task(making *m, const task *t, axl_error *err) {
    axl_data_made *made = &m->result->tasks[m->result->task_count++];
    *made = (axl_data_made){.task = t->name, .about = t->about};
    if (t->runs && !m->box) {
        axl_error why;
        const sandbox_options options = {.stop = is_over, .stop_ctx = m};
        const axl_status status = sandbox_open(&m->box, &options, &why);
        if (status == AXL_INTERRUPTED) return error_set(err, status, "interrupted");
        if (status != AXL_OK) {
            RETURN_IF(strcmp(m->o->task, "all") != 0, err, AXL_UNSUPPORTED,
                      "%s pairs are made by running code: %s", t->name, why.text);
            string_copy(made->missing, sizeof made->missing, why.text);
            return AXL_OK;
        }
    }
    make_output *out = &m->out[m->tasks++];
    *out = (make_output){.task = t, .made = made, .limit = m->o->limit};
    return make_output_open(out, m->o->out, m->o->force, err);
}

static axl_status add_tasks(making *m, axl_error *err) {
    if (strcmp(m->o->task, "all") == 0) {
        for (size_t i = 0; i < task_count; i++) FORWARD(add_task(m, &task_list[i], err));
        return AXL_OK;
    }
    const task *t = task_find(m->o->task);
    RETURN_IF(!t, err, AXL_BAD_ARGUMENT, "no pairs are made for '%s'", m->o->task);
    return add_task(m, t, err);
}

static axl_status open_maker(making *m, axl_error *err) {
    const size_t context = m->o->context ? m->o->context : STANDARD_CONTEXT;
    // BOS and EOS stand around a pair.
    const maker_options options = {
        .threads = m->o->source.threads, .seed = m->o->seed, .longest = context - 2, .box = m->box};
    return maker_open(&m->maker, &options, err);
}

// ---- the end ----

static void add_reason(axl_data_make_result *r, const char *name, const char *text,
                       uint64_t count) {
    if (count == 0) return;
    axl_data_reason *reason = &r->reasons[r->reason_count++];
    string_copy(reason->name, sizeof reason->name, name);
    reason->text = text;
    reason->count = count;
}

_Static_assert((size_t)DROP_REASONS + 2 <= AXL_DATA_REASONS_MAX, "two more fit the list");

static void fill_result(making *m) {
    axl_data_make_result *r = m->result;
    r->reason_count = data_reasons(r->reasons, m->dropped);
    add_reason(r, "not_python", "by its name no Python", m->not_python);
    add_reason(r, "tangled", "nested too deeply, or too much to parse", m->tangled);
    for (size_t i = 0; i < m->projects.count; i++) {
        if (m->projects.entry[i].held)
            r->held_projects++;
        else
            r->train_projects++;
    }
}

static axl_status write_manifest(const making *m, const make_output *out, axl_error *err) {
    buf text = {0}, name = {0};
    json_out j = {.to = &text};
    const axl_data_make_result *r = m->result;
    data_manifest_begin(&j, "axl data make", &m->source);
    json_out_count(&j, "seed", m->o->seed);
    json_out_count(&j, "context", m->o->context ? m->o->context : STANDARD_CONTEXT);
    json_out_number(&j, "held", m->o->held > 0 ? m->o->held : STANDARD_SHARE);
    make_output_tell(out, &j);
    json_out_object(&j, "files_left_out");
    for (size_t i = 0; i < r->reason_count; i++)
        json_out_count(&j, r->reasons[i].name, r->reasons[i].count);
    json_out_end(&j);
    json_out_array(&j, "held_projects");
    for (size_t i = 0; i < m->projects.count; i++)
        if (m->projects.entry[i].held) json_out_text(&j, NULL, name_table_name(&m->projects, i));
    json_out_end(&j);
    json_out_end(&j);
    axl_status status = make_output_name(&name, m->o->out, out->task->name, "manifest.json", err);
    if (status == AXL_OK && !buf_ok(&text)) status = error_no_memory(err, "a manifest", text.size);
    if (status == AXL_OK) status = data_replace_text(buf_string(&name), &text, err);
    buf_free(&text);
    buf_free(&name);
    return status;
}

static axl_status remove_manifest(const making *m, const make_output *out, axl_error *err) {
    buf name = {0};
    axl_status status = make_output_name(&name, m->o->out, out->task->name, "manifest.json", err);
    if (status == AXL_OK) status = os_file_remove(buf_string(&name), err);
    buf_free(&name);
    return status;
}

// Everything is on the disk, and the old manifests are gone, before the first file is replaced: a
// manifest is never of other files than those beside it.
static axl_status put_in_place(making *m, axl_error *err) {
    for (size_t i = 0; i < m->tasks; i++) FORWARD(make_output_sync(&m->out[i], err));
    for (size_t i = 0; i < m->tasks; i++) FORWARD(remove_manifest(m, &m->out[i], err));
    for (size_t i = 0; i < m->tasks; i++) FORWARD(make_output_finish(&m->out[i], err));
    for (size_t i = 0; i < m->tasks; i++) FORWARD(write_manifest(m, &m->out[i], err));
    return AXL_OK;
}

static axl_status run(making *m, axl_error *err) {
    const intake_sink sink = {take, leave_out, m};
    FORWARD(data_reading_begin(&m->reading, &m->source, err));
    FORWARD(data_reading_own(&m->reading, m->o->out, NULL, err));
    FORWARD(near_set_open(&m->near, NEAR, err));
    FORWARD(os_folder_make(m->o->out, err));
    FORWARD(add_tasks(m, err));
    FORWARD(open_maker(m, err));
    FORWARD(record_store_open(&m->store, m->o->out, err));
    FORWARD(intake_read(&m->reading.spec, &sink, err));
    FORWARD(record_store_flush(&m->store, err));
    FORWARD(portion_choose(&m->projects, m->o->held > 0 ? m->o->held : STANDARD_SHARE, m->o->seed,
                           err));
    // A random order, so that a limit takes a fair share of all files.
    if (m->count > 0) qsort(m->list, m->count, sizeof *m->list, by_order);
    FORWARD(make_sets(m, err));
    fill_result(m);
    return put_in_place(m, err);
}

static void close_all(making *m) {
    for (size_t i = 0; i < m->tasks; i++) make_output_close(&m->out[i]);
    maker_close(m->maker);
    sandbox_close(m->box);
    os_mutex_free(&m->asking);
    record_store_close(&m->store);
    name_table_free(&m->projects);
    digest_set_free(&m->files);
    near_set_close(m->near);
    mem_free(m->list);
}

size_t axl_data_make_count(void) {
    return task_count;
}

const char *axl_data_make_task(size_t index) {
    return index < task_count ? task_list[index].name : NULL;
}

axl_status axl_data_make(const axl_data_make_options *options, axl_data_make_result *result,
                         axl_error *err) {
    RETURN_IF(!options || !options->out || !options->task, err, AXL_BAD_ARGUMENT,
              "axl_data_make: paths, task and out must be given");
    RETURN_IF(!(options->held >= 0 && options->held <= 0.5), err, AXL_BAD_ARGUMENT,
              "the held-out share must be up to 0.5");
    RETURN_IF(
        options->context != 0 && (options->context < CONTEXT_MIN || options->context > CONTEXT_MAX),
        err, AXL_BAD_ARGUMENT, "a pair needs a context of %d to %zu", CONTEXT_MIN, CONTEXT_MAX);
    const uint64_t start = os_clock_ns();
    making *m = mem_zalloc(sizeof *m);
    axl_data_make_result *unseen = result ? NULL : mem_zalloc(sizeof *unseen);
    axl_status status = AXL_OK;
    if (!m || (!result && !unseen)) status = error_no_memory(err, "making pairs", sizeof *m);
    if (status == AXL_OK) {
        m->o = options;
        m->source = options->source;
        if (m->source.max_bytes == 0) m->source.max_bytes = STANDARD_BYTES;
        m->result = result ? result : unseen;
        *m->result = (axl_data_make_result){0};
        status = os_mutex_init(&m->asking, err);
    }
    if (status == AXL_OK) {
        status = run(m, err);
        m->result->seconds = (double)(os_clock_ns() - start) * 1e-9;
        close_all(m);
    }
    mem_free(unseen);
    mem_free(m);
    return status;
}
