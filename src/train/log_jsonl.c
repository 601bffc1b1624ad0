#include "train/log_jsonl.h"

#include "base/decimal.h"
#include "base/json_out.h"
#include "base/utf8.h"
#include "train/log_csv.h"

#include <math.h>
#include <string.h>

bool log_jsonl_row(buf *out, const train_row *row) {
    json_out j = {.to = out};
    json_out_flat_object(&j, NULL);
    for (size_t i = 0; i < TRAIN_COLUMNS; i++) {
        const train_column *c = &train_columns[i];
        if (c->type == COLUMN_COUNT) {
            json_out_count(&j, c->name, train_row_count(row, c));
        } else {
            json_out_number(&j, c->name, train_row_real(row, c));
        }
    }
    json_out_end(&j);
    return buf_ok(out);
}

static void put_text(json_out *j, const char *name, train_text text) {
    if (text.data == NULL && text.size == 0) {
        json_out_text(j, name, NULL);
    } else {
        json_out_bytes(j, name, text.data, text.size);
    }
}

bool log_jsonl_sample(buf *out, const train_sample *s) {
    json_out j = {.to = out};
    json_out_flat_object(&j, NULL);
    json_out_count(&j, "step", s->step);
    json_out_count(&j, "bytes", s->bytes);
    put_text(&j, "prompt", s->prompt);
    put_text(&j, "suffix", s->suffix);
    put_text(&j, "completion", s->completion);
    json_out_end(&j);
    return buf_ok(out);
}

// Reads exactly what json_out writes: one space behind a colon or a comma, names in their order.
// Only lines of our own come here; whatever else is found is not taken.
typedef struct reading {
    char *at;
    const char *end;
} reading;

static bool take(reading *r, const char *text) {
    const size_t length = strlen(text);
    if ((size_t)(r->end - r->at) < length || memcmp(r->at, text, length) != 0) return false;
    r->at += length;
    return true;
}

static bool take_name(reading *r, const char *name) {
    return take(r, "\"") && take(r, name) && take(r, "\": ");
}

// The text up to the next comma or brace, for numbers and null.
static size_t scalar_length(const reading *r) {
    size_t length = 0;
    while (r->at + length < r->end && r->at[length] != ',' && r->at[length] != '}') length++;
    return length;
}

static bool take_count(reading *r, uint64_t *out) {
    const size_t length = scalar_length(r);
    if (!log_read_count(r->at, length, out)) return false;
    r->at += length;
    return true;
}

static bool take_real(reading *r, double *out) {
    const size_t length = scalar_length(r);
    *out = NAN;
    const bool null = length == 4 && memcmp(r->at, "null", 4) == 0;
    if (!null && !decimal_read(r->at, length, out)) return false;
    r->at += length;
    return true;
}

bool log_jsonl_read_row(const char *line, size_t size, train_row *out) {
    reading r = {(char *)line, line + size}; // nothing here writes
    for (size_t i = 0; i < TRAIN_COLUMNS; i++) {
        const train_column *c = &train_columns[i];
        uint64_t count = 0;
        double real = 0;
        if (!take(&r, i == 0 ? "{" : ", ") || !take_name(&r, c->name)) return false;
        if (c->type == COLUMN_COUNT) {
            if (!take_count(&r, &count)) return false;
            train_row_set_count(out, c, count);
        } else {
            if (!take_real(&r, &real)) return false;
            train_row_set_real(out, c, real);
        }
    }
    return take(&r, "}") && r.at == r.end;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// What follows a backslash, decoded to *to. json_out escapes as \u00XX, and ", \ and n shortly.
static bool take_escape(reading *r, char *to) {
    if (r->at == r->end) return false;
    const char c = *r->at++;
    *to = c == 'n' ? '\n' : c;
    if (c == 'n' || c == '"' || c == '\\') return true;
    if (c != 'u' || r->end - r->at < 4 || r->at[0] != '0' || r->at[1] != '0') return false;
    const int high = hex_digit(r->at[2]), low = hex_digit(r->at[3]);
    if (high < 0 || high > 7 || low < 0) return false;
    *to = (char)(high * 16 + low);
    r->at += 4;
    return true;
}

// A string or null. It becomes shorter, so it is decoded where it stands.
static bool take_text(reading *r, train_text *out) {
    *out = (train_text){0};
    if (take(r, "null")) return true;
    if (!take(r, "\"")) return false;
    char *to = r->at;
    out->data = to;
    while (r->at < r->end && *r->at != '"') {
        const char c = *r->at++;
        if ((unsigned char)c < 0x20) return false;
        if (c != '\\') {
            *to++ = c;
        } else if (take_escape(r, to)) {
            to++;
        } else {
            return false;
        }
    }
    out->size = (size_t)(to - out->data);
    return take(r, "\"") && utf8_valid(out->data, out->size);
}

bool log_jsonl_read_sample(char *line, size_t size, train_sample *out) {
    reading r = {line, line + size};
    return take(&r, "{") && take_name(&r, "step") && take_count(&r, &out->step) && take(&r, ", ") &&
           take_name(&r, "bytes") && take_count(&r, &out->bytes) && take(&r, ", ") &&
           take_name(&r, "prompt") && take_text(&r, &out->prompt) && take(&r, ", ") &&
           take_name(&r, "suffix") && take_text(&r, &out->suffix) && take(&r, ", ") &&
           take_name(&r, "completion") && take_text(&r, &out->completion) && take(&r, "}") &&
           r.at == r.end;
}
