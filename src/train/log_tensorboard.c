#include "train/log_tensorboard.h"

#include "base/crc32c.h"

#include <math.h>
#include <string.h>

// Fields of the messages, from tensorflow/core/util/event.proto and framework/summary.proto.
enum {
    EVENT_WALL_TIME = 1, // double
    EVENT_STEP = 2,      // int64
    EVENT_FILE_VERSION = 3,
    EVENT_SUMMARY = 5,
    EVENT_SESSION_LOG = 7,
    SESSION_LOG_STATUS = 1,
    SESSION_START = 1,
    SUMMARY_VALUE = 1,
    VALUE_TAG = 1,
    VALUE_SIMPLE = 2, // float
};

// How the bytes of a field are laid out.
enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

static void put_varint(buf *out, uint64_t value) {
    for (; value >= 0x80; value >>= 7) buf_byte(out, (uint8_t)(value | 0x80));
    buf_byte(out, (uint8_t)value);
}

static void put_key(buf *out, unsigned field, unsigned wire) {
    put_varint(out, field << 3 | wire);
}

static size_t varint_size(uint64_t value) {
    size_t size = 1;
    for (; value >= 0x80; value >>= 7) size++;
    return size;
}

static void put_text(buf *out, unsigned field, const char *text) {
    put_key(out, field, WIRE_BYTES);
    put_varint(out, strlen(text));
    buf_text(out, text);
}

static void put_event_head(buf *out, double time, uint64_t step) {
    put_key(out, EVENT_WALL_TIME, WIRE_64);
    buf_f64(out, time);
    if (step > 0) {
        put_key(out, EVENT_STEP, WIRE_VARINT);
        put_varint(out, step);
    }
}

static uint32_t masked_crc(const void *data, size_t size) {
    const uint32_t crc = crc32c(0, data, size);
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

// A record is made in place: room for its head, the message behind it, then the head and the tail.
static size_t begin_record(buf *out) {
    const size_t start = out->size;
    buf_fill(out, 0, 12);
    return start;
}

static bool end_record(buf *out, size_t start) {
    if (!buf_ok(out)) return false;
    const size_t size = out->size - start - 12;
    uint8_t *head = (uint8_t *)out->data + start;
    for (size_t i = 0; i < 8; i++) head[i] = (uint8_t)((uint64_t)size >> (8 * i));
    const uint32_t crc = masked_crc(head, 8);
    for (size_t i = 0; i < 4; i++) head[8 + i] = (uint8_t)(crc >> (8 * i));
    return buf_u32(out, masked_crc(head + 12, size));
}

bool log_tensorboard_restart(buf *out, double time, uint64_t first_step) {
    const size_t start = begin_record(out);
    put_event_head(out, time, first_step);
    put_key(out, EVENT_SESSION_LOG, WIRE_BYTES);
    put_varint(out, 2);
    put_key(out, SESSION_LOG_STATUS, WIRE_VARINT);
    put_varint(out, SESSION_START);
    return end_record(out, start);
}

bool log_tensorboard_begin(buf *out, double time, uint64_t first_step) {
    const size_t start = begin_record(out);
    put_event_head(out, time, 0);
    put_text(out, EVENT_FILE_VERSION, "brain.Event:2");
    return end_record(out, start) && log_tensorboard_restart(out, time, first_step);
}

// Bytes of the message of one value: a tag and a float, each with its key.
static size_t value_size(const train_column *c) {
    const size_t tag = strlen(c->tag);
    return 1 + varint_size(tag) + tag + 1 + 4;
}

static bool is_shown(const train_row *row, const train_column *c) {
    return c->tag != NULL && isfinite(train_row_real(row, c));
}

bool log_tensorboard_row(buf *out, const train_row *row) {
    const size_t start = begin_record(out);
    size_t size = 0;
    for (size_t i = 0; i < TRAIN_COLUMNS; i++) {
        if (!is_shown(row, &train_columns[i])) continue;
        const size_t value = value_size(&train_columns[i]);
        size += 1 + varint_size(value) + value;
    }
    put_event_head(out, row->time, row->step);
    put_key(out, EVENT_SUMMARY, WIRE_BYTES);
    put_varint(out, size);
    for (size_t i = 0; i < TRAIN_COLUMNS; i++) {
        const train_column *c = &train_columns[i];
        if (!is_shown(row, c)) continue;
        put_key(out, SUMMARY_VALUE, WIRE_BYTES);
        put_varint(out, value_size(c));
        put_text(out, VALUE_TAG, c->tag);
        put_key(out, VALUE_SIMPLE, WIRE_32);
        buf_f32(out, (float)train_row_real(row, c));
    }
    return end_record(out, start);
}
