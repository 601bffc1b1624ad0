#include "log_case.h"

#include "support/unit.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX 256

train_row log_case_row(uint64_t step) {
    const double s = (double)step;
    return (train_row){
        .step = step,
        .bytes = step * 4096,
        .seconds = s * 0.37,
        .fraction = s / 1000,
        .train_bpb = 1.8 + 6.2 / (1 + s / 20),
        .exit_bpb = NAN,
        .eval_bpb = step % 50 == 0 ? 1.9 + 6.1 / (1 + s / 20) : NAN,
        .rate = 3e-4 * (1 - s / 1000),
        .grad_norm = 1 / (1 + s / 100),
        .skipped = step / 300,
        .bytes_per_s = 11000 + s,
        .share = 0.61,
        .rss = (uint64_t)300 << 20,
    };
}

log_file log_case_read(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) return (log_file){0};
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    log_file f = {.size = (size_t)ftell(file)};
    rewind(file);
    f.data = malloc(f.size + 1);
    assert_non_null(f.data);
    assert_int_equal(fread(f.data, 1, f.size, file), f.size);
    f.data[f.size] = '\0';
    fclose(file);
    return f;
}

size_t log_case_csv_steps(const char *path, uint64_t *steps, size_t max) {
    log_file f = log_case_read(path);
    assert_non_null(f.data);
    assert_int_equal(strncmp(f.data, "step,bytes,seconds,", 19), 0);
    assert_int_equal(f.data[f.size - 1], '\n');
    size_t count = 0;
    for (char *line = strchr(f.data, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
        assert_true(count < max);
        steps[count++] = strtoull(line, NULL, 10);
    }
    free(f.data);
    return count;
}

// One bit at a time, from the definition.
static uint32_t plain_crc(const uint8_t *p, size_t size) {
    uint32_t crc = ~0u;
    for (size_t i = 0; i < size; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
    }
    crc = ~crc;
    return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

static uint64_t little(const uint8_t *p, size_t bytes) {
    uint64_t value = 0;
    for (size_t i = bytes; i-- > 0;) value = value << 8 | p[i];
    return value;
}

// A message of protobuf, field by field.
typedef struct message {
    const uint8_t *at, *end;
    unsigned field, wire;
    uint64_t number;     // a varint, or the bits of a fixed field
    const uint8_t *data; // of a field with a length, which is number
} message;

static uint64_t varint(message *m) {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        assert_true(m->at < m->end && shift < 64);
        value |= (uint64_t)(*m->at & 0x7f) << shift;
        if (*m->at++ < 0x80) return value;
    }
}

static bool next_field(message *m) {
    if (m->at == m->end) return false;
    const uint64_t key = varint(m);
    m->field = (unsigned)(key >> 3);
    m->wire = (unsigned)(key & 7);
    assert_true(m->field > 0);
    size_t skip = 0;
    if (m->wire == 1) skip = 8;
    if (m->wire == 5) skip = 4;
    if (m->wire == 0 || m->wire == 2) m->number = varint(m);
    if (m->wire == 2) skip = (size_t)m->number;
    assert_true(m->wire == 0 || m->wire == 1 || m->wire == 2 || m->wire == 5);
    assert_true((size_t)(m->end - m->at) >= skip);
    m->data = m->at;
    if (m->wire == 1 || m->wire == 5) m->number = little(m->at, skip);
    m->at += skip;
    return true;
}

static message inside(const message *m) {
    assert_int_equal(m->wire, 2);
    return (message){.at = m->data, .end = m->data + m->number};
}

static void copy_text(const message *m, char *out, size_t size) {
    assert_int_equal(m->wire, 2);
    assert_true(m->number < size);
    memcpy(out, m->data, m->number);
    out[m->number] = '\0';
}

static void decode_value(message m, log_event *e) {
    assert_true(e->count < EVENT_VALUES);
    while (next_field(&m)) {
        if (m.field == 1) copy_text(&m, e->values[e->count].tag, sizeof e->values[0].tag);
        if (m.field == 2) {
            assert_int_equal(m.wire, 5);
            const uint32_t bits = (uint32_t)m.number;
            memcpy(&e->values[e->count].value, &bits, sizeof bits);
        }
    }
    e->count++;
}

static void decode_event(const uint8_t *data, size_t size, log_event *e) {
    message m = {.at = data, .end = data + size};
    *e = (log_event){0};
    while (next_field(&m)) {
        if (m.field == 1) memcpy(&e->time, &m.number, sizeof e->time);
        if (m.field == 2) e->step = m.number;
        if (m.field == 3) copy_text(&m, e->version, sizeof e->version);
        if (m.field == 5) {
            message summary = inside(&m);
            while (next_field(&summary)) decode_value(inside(&summary), e);
        }
        if (m.field == 7) {
            message session = inside(&m);
            while (next_field(&session))
                if (session.field == 1) e->session = session.number;
        }
    }
}

typedef void event_visitor(void *ctx, const log_event *event);

static void visit_events(const char *path, bool torn, event_visitor *visit, void *ctx) {
    log_file f = log_case_read(path);
    assert_non_null(f.data);
    const uint8_t *p = (const uint8_t *)f.data;
    size_t at = 0;
    while (at < f.size) {
        const bool whole = f.size - at >= 16 && little(p + at, 8) <= f.size - at - 16;
        if (!whole && torn) break;
        assert_true(whole);
        const size_t size = (size_t)little(p + at, 8);
        assert_int_equal(little(p + at + 8, 4), plain_crc(p + at, 8));
        assert_int_equal(little(p + at + 12 + size, 4), plain_crc(p + at + 12, size));
        log_event event;
        decode_event(p + at + 12, size, &event);
        visit(ctx, &event);
        at += 16 + size;
    }
    free(f.data);
}

typedef struct event_list {
    log_event *events;
    size_t count, max;
} event_list;

static void keep_event(void *ctx, const log_event *event) {
    event_list *list = ctx;
    assert_true(list->count < list->max);
    list->events[list->count++] = *event;
}

size_t log_case_events(const char *path, log_event *events, size_t max, bool torn) {
    event_list list = {.events = events, .max = max};
    visit_events(path, torn, keep_event, &list);
    return list.count;
}

static int by_name(const void *a, const void *b) {
    return strcmp(a, b);
}

size_t log_case_event_files(const char *folder, char paths[][256], size_t max) {
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    size_t count = 0;
    const struct dirent *entry;
    while ((entry = readdir(entries)) != NULL) {
        if (strstr(entry->d_name, "tfevents") == NULL) continue;
        assert_true(count < max);
        snprintf(paths[count++], 256, "%.150s/%.100s", folder, entry->d_name);
    }
    closedir(entries);
    qsort(paths, count, sizeof paths[0], by_name);
    return count;
}

typedef struct point_list {
    const char *tag;
    uint64_t *steps;
    float *values;
    size_t count, max;
} point_list;

static void keep_points(void *ctx, const log_event *e) {
    point_list *list = ctx;
    while (e->session == 1 && list->count > 0 && list->steps[list->count - 1] >= e->step) {
        list->count--;
    }
    for (size_t i = 0; i < e->count; i++) {
        if (strcmp(e->values[i].tag, list->tag) != 0) continue;
        assert_true(list->count < list->max);
        list->steps[list->count] = e->step;
        list->values[list->count++] = e->values[i].value;
    }
}

size_t log_case_points(const char *folder, const char *tag, uint64_t *steps, float *values,
                       size_t max) {
    static char paths[FILES_MAX][256];
    point_list list = {.tag = tag, .steps = steps, .values = values, .max = max};
    const size_t files = log_case_event_files(folder, paths, FILES_MAX);
    for (size_t i = 0; i < files; i++) visit_events(paths[i], true, keep_points, &list);
    return list.count;
}
