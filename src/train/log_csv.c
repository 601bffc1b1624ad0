#include "train/log_csv.h"

#include "base/decimal.h"
#include "base/strings.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

bool log_csv_header(buf *out) {
    for (size_t i = 0; i < TRAIN_COLUMNS; i++) {
        if (i > 0) buf_byte(out, ',');
        buf_text(out, train_columns[i].name);
    }
    return buf_byte(out, '\n');
}

bool log_csv_row(buf *out, const train_row *row) {
    for (size_t i = 0; i < TRAIN_COLUMNS; i++) {
        const train_column *c = &train_columns[i];
        if (i > 0) buf_byte(out, ',');
        if (c->type == COLUMN_COUNT) {
            buf_format(out, "%" PRIu64, train_row_count(row, c));
        } else {
            const double value = train_row_real(row, c);
            if (isfinite(value)) decimal_put(out, value);
        }
    }
    return buf_byte(out, '\n');
}

bool log_csv_read_header(const char *line, size_t size) {
    for (size_t i = 0; i < TRAIN_COLUMNS; i++) {
        const size_t length = strlen(train_columns[i].name);
        const size_t comma = i + 1 < TRAIN_COLUMNS;
        if (size < length + comma || memcmp(line, train_columns[i].name, length) != 0) return false;
        if (comma > 0 && line[length] != ',') return false;
        line += length + comma;
        size -= length + comma;
    }
    return size == 0;
}

bool log_read_count(const char *text, size_t size, uint64_t *out) {
    char copy[24];
    if (size >= sizeof copy) return false;
    if (size > 0) memcpy(copy, text, size);
    copy[size] = '\0';
    return strlen(copy) == size && string_to_u64(copy, out);
}

static bool read_field(const char *text, size_t size, const train_column *c, train_row *out) {
    if (c->type == COLUMN_COUNT) {
        uint64_t value;
        if (!log_read_count(text, size, &value)) return false;
        train_row_set_count(out, c, value);
        return true;
    }
    double value = NAN;
    if (size > 0 && !decimal_read(text, size, &value)) return false;
    train_row_set_real(out, c, value);
    return true;
}

bool log_csv_read_row(const char *line, size_t size, train_row *out) {
    for (size_t i = 0; i < TRAIN_COLUMNS; i++) {
        const char *comma = size > 0 ? memchr(line, ',', size) : NULL;
        const bool last = i + 1 == TRAIN_COLUMNS;
        if ((comma == NULL) != last) return false;
        const size_t length = last ? size : (size_t)(comma - line);
        if (!read_field(line, length, &train_columns[i], out)) return false;
        if (!last) {
            line += length + 1;
            size -= length + 1;
        }
    }
    return true;
}
