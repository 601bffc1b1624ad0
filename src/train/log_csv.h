// The rows as CSV: a header with the names of train_columns, then a line a row. A real that is not
// finite is an empty field; every other one reads back as the same double.
#ifndef TRAIN_LOG_CSV_H
#define TRAIN_LOG_CSV_H

#include "base/buf.h"
#include "train/metrics.h"

bool log_csv_header(buf *out); // with its newline, as log_csv_row
bool log_csv_row(buf *out, const train_row *row);

// Whether the line (without its newline) is one of ours.
bool log_csv_read_header(const char *line, size_t size);
bool log_csv_read_row(const char *line, size_t size, train_row *out);

// For both text formats: a number of at most 20 digits that fits; the whole of text.
bool log_read_count(const char *text, size_t size, uint64_t *out);

#endif
