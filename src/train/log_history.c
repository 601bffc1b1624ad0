#include "train/log_history.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "os/file.h"
#include "train/log_csv.h"
#include "train/log_jsonl.h"

#include <string.h>

#define FILE_MAX ((size_t)1 << 30) // bytes of a log: millions of rows

void log_history_free(log_history *h) {
    for (size_t i = 0; i < h->sample_count; i++) mem_free((void *)h->samples[i].prompt.data);
    mem_free(h->samples);
    mem_free(h->rows);
    *h = (log_history){0};
}

// Room for one more in an array of items of that size.
static axl_status grow(void **items, size_t size, size_t count, size_t *capacity, axl_error *err) {
    if (count < *capacity) return AXL_OK;
    const size_t more = size_max(64, *capacity + *capacity / 2);
    void *grown = mem_resize_array(*items, more, size);
    if (grown == NULL) return error_no_memory(err, "the log of the run", more * size);
    *items = grown;
    *capacity = more;
    return AXL_OK;
}

axl_status log_history_add_row(log_history *h, const train_row *row, axl_error *err) {
    RETURN_IF(h->row_count > 0 && row->step <= h->rows[h->row_count - 1].step, err,
              AXL_BAD_ARGUMENT, "the log has a row of step %llu or a later one",
              (unsigned long long)row->step);
    void *rows = h->rows;
    const axl_status status = grow(&rows, sizeof *row, h->row_count, &h->row_capacity, err);
    h->rows = rows;
    if (status == AXL_OK) h->rows[h->row_count++] = *row;
    return status;
}

// Copies text to *at and moves it on; a text that is not there stays so.
static train_text keep(char **at, train_text text) {
    if (text.data == NULL) return (train_text){0};
    if (text.size > 0) memcpy(*at, text.data, text.size);
    const train_text kept = {*at, text.size};
    *at += text.size;
    return kept;
}

axl_status log_history_add_sample(log_history *h, const train_sample *s, axl_error *err) {
    RETURN_IF(h->sample_count > 0 && s->step < h->samples[h->sample_count - 1].step, err,
              AXL_BAD_ARGUMENT, "the log has a sample of a step later than %llu",
              (unsigned long long)s->step);
    void *samples = h->samples;
    const axl_status status = grow(&samples, sizeof *s, h->sample_count, &h->sample_capacity, err);
    h->samples = samples;
    FORWARD(status);
    const size_t bytes = s->prompt.size + s->suffix.size + s->completion.size;
    char *block = mem_alloc(bytes);
    if (block == NULL) return error_no_memory(err, "a sample", bytes);
    train_sample kept = {.step = s->step, .bytes = s->bytes};
    // The first text owns the block, so it is there even when it is empty.
    kept.prompt = (train_text){block, s->prompt.size};
    if (s->prompt.size > 0) memcpy(block, s->prompt.data, s->prompt.size);
    char *at = block + s->prompt.size;
    kept.suffix = keep(&at, s->suffix);
    kept.completion = keep(&at, s->completion);
    h->samples[h->sample_count++] = kept;
    return AXL_OK;
}

void log_history_cut(log_history *h, uint64_t step) {
    while (h->row_count > 0 && h->rows[h->row_count - 1].step > step) h->row_count--;
    while (h->sample_count > 0 && h->samples[h->sample_count - 1].step > step) {
        mem_free((void *)h->samples[--h->sample_count].prompt.data);
    }
}

// The content of a log file; one that is not there is empty.
static axl_status read_file(const char *path, char **text, size_t *size, axl_error *err) {
    void *data = NULL;
    const axl_status status = os_file_read(path, FILE_MAX, &data, size, err);
    *text = data;
    if (status != AXL_NOT_FOUND) return status;
    error_clear(err);
    return AXL_OK;
}

typedef struct lines {
    char *at, *end;
} lines;

// The next line that is ended by a newline; a torn one at the end is none.
static char *next_line(lines *l, size_t *size) {
    char *newline = l->at < l->end ? memchr(l->at, '\n', (size_t)(l->end - l->at)) : NULL;
    if (newline == NULL) return NULL;
    char *line = l->at;
    *size = (size_t)(newline - line);
    l->at = newline + 1;
    return line;
}

typedef bool row_reader(const char *line, size_t size, train_row *out);

// All rows of a text that ascend; other lines are skipped.
static axl_status read_rows(log_history *h, lines l, row_reader *read, axl_error *err) {
    size_t size;
    for (char *line; (line = next_line(&l, &size)) != NULL;) {
        train_row row = {0};
        if (!read(line, size, &row)) continue;
        if (h->row_count > 0 && row.step <= h->rows[h->row_count - 1].step) continue;
        FORWARD(log_history_add_row(h, &row, err));
    }
    return AXL_OK;
}

static axl_status read_csv(log_history *h, const char *path, axl_error *err) {
    char *text = NULL;
    size_t size = 0;
    FORWARD(read_file(path, &text, &size, err));
    lines l = {text, text == NULL ? NULL : text + size};
    size_t length = 0;
    const char *header = next_line(&l, &length);
    axl_status status;
    if (header != NULL && !log_csv_read_header(header, length)) {
        status = error_set(err, AXL_BAD_FILE, "%s has other columns; move it away to go on", path);
    } else {
        status = read_rows(h, l, log_csv_read_row, err);
    }
    mem_free(text);
    return status;
}

static axl_status read_jsonl(log_history *h, const char *path, axl_error *err) {
    char *text = NULL;
    size_t size = 0;
    FORWARD(read_file(path, &text, &size, err));
    const lines l = {text, text == NULL ? NULL : text + size};
    const axl_status status = read_rows(h, l, log_jsonl_read_row, err);
    mem_free(text);
    return status;
}

static axl_status read_samples(log_history *h, const char *path, axl_error *err) {
    char *text = NULL;
    size_t size = 0, length;
    FORWARD(read_file(path, &text, &size, err));
    lines l = {text, text == NULL ? NULL : text + size};
    axl_status status = AXL_OK;
    for (char *line; status == AXL_OK && (line = next_line(&l, &length)) != NULL;) {
        train_sample s = {0};
        if (!log_jsonl_read_sample(line, length, &s)) continue;
        if (h->sample_count > 0 && s.step < h->samples[h->sample_count - 1].step) continue;
        status = log_history_add_sample(h, &s, err);
    }
    mem_free(text);
    return status;
}

// Both lists ascend; the rows that only one has go where they belong.
static axl_status merge(log_history *out, const log_history *a, const log_history *b,
                        axl_error *err) {
    size_t i = 0, j = 0;
    while (i < a->row_count || j < b->row_count) {
        const train_row *left = i < a->row_count ? &a->rows[i] : NULL;
        const train_row *right = j < b->row_count ? &b->rows[j] : NULL;
        const bool take_left = right == NULL || (left != NULL && left->step <= right->step);
        const train_row *row = take_left ? left : right;
        if (left != NULL && left->step == row->step) i++;
        if (right != NULL && right->step == row->step) j++;
        FORWARD(log_history_add_row(out, row, err));
    }
    return AXL_OK;
}

axl_status log_history_read(log_history *h, const char *csv, const char *jsonl, const char *samples,
                            axl_error *err) {
    log_history from_csv = {0}, from_jsonl = {0};
    axl_status status = read_csv(&from_csv, csv, err);
    if (status == AXL_OK) status = read_jsonl(&from_jsonl, jsonl, err);
    if (status == AXL_OK) status = merge(h, &from_csv, &from_jsonl, err);
    if (status == AXL_OK) status = read_samples(h, samples, err);
    log_history_free(&from_csv);
    log_history_free(&from_jsonl);
    if (status != AXL_OK) log_history_free(h);
    return status;
}
