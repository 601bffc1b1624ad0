#include "train/train_log.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"
#include "os/append.h"
#include "os/clock.h"
#include "os/energy.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/listing.h"
#include "train/log_csv.h"
#include "train/log_history.h"
#include "train/log_jsonl.h"
#include "train/log_tensorboard.h"

#include <stdio.h>
#include <string.h>

typedef enum sink_kind { SINK_CSV, SINK_JSONL, SINK_SAMPLES, SINK_TENSORBOARD, SINKS } sink_kind;

static const char *const sink_names[SINKS] = {"log.csv", "log.jsonl", "samples.jsonl",
                                              "tensorboard"};

// One file. Invariant: while it is open, it holds the first `written` entries of the history
// (TensorBoard: those of this session among them) and nothing else. A file that may hold something
// else is closed, and the next flush writes it anew.
typedef struct sink {
    char *path; // owned; of TensorBoard the folder
    os_append *file;
    size_t written;
    size_t first; // entries before belong to earlier sessions' files; 0 but for TensorBoard
} sink;

struct train_log {
    log_history history;
    sink sinks[SINKS];
    uint64_t start; // the session's first step, for TensorBoard
    os_energy meter;
    double joules_before; // by earlier sessions
    buf text;             // reused
};

static size_t entries(const train_log *log, sink_kind kind) {
    return kind == SINK_SAMPLES ? log->history.sample_count : log->history.row_count;
}

static void put_entry(train_log *log, sink_kind kind, size_t i) {
    switch (kind) {
    case SINK_CSV:
        log_csv_row(&log->text, &log->history.rows[i]);
        break;
    case SINK_JSONL:
        log_jsonl_row(&log->text, &log->history.rows[i]);
        break;
    case SINK_SAMPLES:
        log_jsonl_sample(&log->text, &log->history.samples[i]);
        break;
    default:
        log_tensorboard_row(&log->text, &log->history.rows[i]);
        break;
    }
}

static double now(void) {
    return (double)(os_wall_ns() / 1000000) / 1000; // whole milliseconds: few digits
}

// What a new file of events makes void: the entries that it repeats, and what was cut off.
static uint64_t first_step(const train_log *log) {
    const size_t first = log->sinks[SINK_TENSORBOARD].first;
    if (first == log->history.row_count) return log->start;
    const uint64_t step = log->history.rows[first].step;
    return step < log->start ? step : log->start;
}

// Leaves the text of the entries from `from` on in log->text, after what a new file begins with.
static axl_status render(train_log *log, sink_kind kind, size_t from, axl_error *err) {
    buf_clear(&log->text);
    const sink *s = &log->sinks[kind];
    if (s->file == NULL && kind == SINK_CSV) log_csv_header(&log->text);
    if (s->file == NULL && kind == SINK_TENSORBOARD) {
        log_tensorboard_begin(&log->text, now(), first_step(log));
    }
    for (size_t i = from; i < entries(log, kind); i++) put_entry(log, kind, i);
    return buf_ok(&log->text) ? AXL_OK : error_no_memory(err, "lines of the log", log->text.size);
}

#define EVENTS_PREFIX "events.out.tfevents."
#define EVENTS_NAME_MAX 64

// Nanoseconds since 1970 for the name of a new file of events. Readers take the files of a folder
// in the order of their names, so it is after all that are there, even if the clock was set back.
static axl_status events_time(uint64_t *time, const char *folder, axl_error *err) {
    os_listing list = {0};
    FORWARD(os_listing_read(&list, folder, NULL, err));
    *time = os_wall_ns();
    for (size_t i = 0; i < list.count; i++) {
        const char *name = list.entry[i].name;
        unsigned long long seconds, rest;
        if (!string_starts(name, EVENTS_PREFIX) || !string_ends(name, ".axl")) continue;
        if (sscanf(name + strlen(EVENTS_PREFIX), "%10llu.%9llu", &seconds, &rest) != 2) continue;
        const uint64_t taken = (uint64_t)seconds * 1000000000 + rest;
        if (taken >= *time) *time = taken + 1;
    }
    os_listing_free(&list);
    return AXL_OK;
}

static axl_status events_path(char **out, const char *folder, axl_error *err) {
    uint64_t time;
    FORWARD(os_folder_make(folder, err));
    FORWARD(events_time(&time, folder, err));
    const size_t size = strlen(folder) + EVENTS_NAME_MAX;
    *out = mem_alloc(size);
    if (*out == NULL) return error_no_memory(err, "a file name", size);
    snprintf(*out, size, "%s/" EVENTS_PREFIX "%010llu.%09llu.axl", folder,
             (unsigned long long)(time / 1000000000), (unsigned long long)(time % 1000000000));
    return AXL_OK;
}

// Writes the whole file and opens it.
static axl_status write_anew(train_log *log, sink_kind kind, axl_error *err) {
    sink *s = &log->sinks[kind];
    FORWARD(render(log, kind, s->first, err));
    char *path = s->path;
    if (kind == SINK_TENSORBOARD) FORWARD(events_path(&path, s->path, err));
    axl_status status = os_file_replace(path, log->text.data, log->text.size, err);
    if (status == AXL_OK) status = os_append_open(&s->file, path, err);
    if (status == AXL_OK) s->written = entries(log, kind);
    if (kind == SINK_TENSORBOARD) mem_free(path);
    return status;
}

static axl_status flush_sink(train_log *log, sink_kind kind, axl_error *err) {
    sink *s = &log->sinks[kind];
    if (s->file == NULL) return write_anew(log, kind, err);
    if (s->written == entries(log, kind)) return AXL_OK;
    FORWARD(render(log, kind, s->written, err));
    FORWARD(os_append_write(s->file, log->text.data, log->text.size, err));
    s->written = entries(log, kind);
    return AXL_OK;
}

// Each file has its chance; the first failure is the one that is told.
static axl_status flush_all(train_log *log, axl_error *err) {
    axl_status first = AXL_OK;
    for (sink_kind kind = 0; kind < SINKS; kind++) {
        const axl_status status = flush_sink(log, kind, first == AXL_OK ? err : NULL);
        if (first == AXL_OK) first = status;
    }
    return first;
}

static void close_sink(sink *s) {
    os_append_close(s->file);
    s->file = NULL;
}

static void release(train_log *log) {
    for (sink_kind kind = 0; kind < SINKS; kind++) {
        close_sink(&log->sinks[kind]);
        mem_free(log->sinks[kind].path);
    }
    log_history_free(&log->history);
    buf_free(&log->text);
    mem_free(log);
}

static axl_status create(train_log **out, const char *folder, axl_error *err) {
    *out = NULL;
    RETURN_IF(folder == NULL || *folder == '\0', err, AXL_BAD_ARGUMENT, "no folder for the logs");
    train_log *log = mem_zalloc(sizeof *log);
    if (log == NULL) return error_no_memory(err, "the logs", sizeof *log);
    for (sink_kind kind = 0; kind < SINKS; kind++) {
        const size_t size = strlen(folder) + strlen(sink_names[kind]) + 2;
        log->sinks[kind].path = mem_alloc(size);
        if (log->sinks[kind].path == NULL) {
            release(log);
            return error_no_memory(err, "a file name", size);
        }
        snprintf(log->sinks[kind].path, size, "%s/%s", folder, sink_names[kind]);
    }
    os_energy_open(&log->meter, "");
    *out = log;
    return AXL_OK;
}

// Puts the files in place, or gives everything up.
static axl_status begin(train_log **out, axl_error *err) {
    const axl_status status = flush_all(*out, err);
    if (status == AXL_OK) return AXL_OK;
    release(*out);
    *out = NULL;
    return status;
}

axl_status train_log_open(train_log **out, const char *folder, axl_error *err) {
    FORWARD(create(out, folder, err));
    return begin(out, err);
}

axl_status train_log_resume(train_log **out, const char *folder, uint64_t step, axl_error *err) {
    FORWARD(create(out, folder, err));
    train_log *log = *out;
    log_history *h = &log->history;
    const axl_status status =
        log_history_read(h, log->sinks[SINK_CSV].path, log->sinks[SINK_JSONL].path,
                         log->sinks[SINK_SAMPLES].path, err);
    if (status != AXL_OK) {
        release(log);
        *out = NULL;
        return status;
    }
    log_history_cut(h, step);
    log->start = step + 1;
    log->sinks[SINK_TENSORBOARD].first = h->row_count;
    if (h->row_count > 0) log->joules_before = h->rows[h->row_count - 1].joules;
    return begin(out, err);
}

double train_log_joules(train_log *log) {
    os_energy_update(&log->meter, "");
    return log->joules_before + log->meter.joules;
}

axl_status train_log_row(train_log *log, const train_row *row, axl_error *err) {
    train_row filled = *row;
    filled.time = now();
    filled.joules = train_log_joules(log);
    FORWARD(log_history_add_row(&log->history, &filled, err));
    return flush_all(log, err);
}

axl_status train_log_sample(train_log *log, const train_sample *sample, axl_error *err) {
    FORWARD(log_history_add_sample(&log->history, sample, err));
    return flush_all(log, err);
}

axl_status train_log_cut(train_log *log, uint64_t step, axl_error *err) {
    log_history_cut(&log->history, step);
    sink *events = &log->sinks[SINK_TENSORBOARD];
    for (sink_kind kind = 0; kind < SINK_TENSORBOARD; kind++) {
        if (log->sinks[kind].written > entries(log, kind)) close_sink(&log->sinks[kind]);
    }
    // A new file of events, as after a resume; what the old one lacks comes again.
    if (events->file != NULL) events->first = events->written;
    events->first = size_min(events->first, log->history.row_count);
    log->start = step + 1;
    close_sink(events);
    return flush_all(log, err);
}

axl_status train_log_sync(train_log *log, axl_error *err) {
    axl_status first = flush_all(log, err);
    for (sink_kind kind = 0; kind < SINKS; kind++) {
        sink *s = &log->sinks[kind];
        if (s->file == NULL) continue;
        const axl_status status = os_append_sync(s->file, first == AXL_OK ? err : NULL);
        if (status != AXL_OK) close_sink(s);
        if (first == AXL_OK) first = status;
    }
    return first;
}

const train_row *train_log_rows(const train_log *log, size_t *count) {
    *count = log->history.row_count;
    return log->history.rows;
}

const train_sample *train_log_samples(const train_log *log, size_t *count) {
    *count = log->history.sample_count;
    return log->history.samples;
}

axl_status train_log_close(train_log *log, axl_error *err) {
    if (log == NULL) return AXL_OK;
    const axl_status status = train_log_sync(log, err);
    release(log);
    return status;
}
