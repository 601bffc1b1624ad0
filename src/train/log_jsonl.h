// Rows and samples as JSON, one flat object a line: rows with the names of train_columns and null
// for a real that is not finite, samples with step, bytes, prompt, suffix (null: none) and
// completion, where bytes that are not UTF-8 became U+FFFD.
#ifndef TRAIN_LOG_JSONL_H
#define TRAIN_LOG_JSONL_H

#include "base/buf.h"
#include "train/metrics.h"

bool log_jsonl_row(buf *out, const train_row *row); // with its newline, as log_jsonl_sample
bool log_jsonl_sample(buf *out, const train_sample *sample);

// Whether the line (without its newline) is one that log_jsonl_row writes.
bool log_jsonl_read_row(const char *line, size_t size, train_row *out);

// The same for log_jsonl_sample. Decodes the strings inside line, where *out then points.
bool log_jsonl_read_sample(char *line, size_t size, train_sample *out);

#endif
