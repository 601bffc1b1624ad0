// What the commands below axl data print alike.
#ifndef CLI_DATA_TEXT_H
#define CLI_DATA_TEXT_H

#include "cli/cli_command.h"
#include "cli/cli_json.h"

#include <axl/data.h>

// The source that the words and options name; paths are the words from 0 to count - 1.
axl_data_source data_source(const arguments *args, size_t count, void *progress_ctx);

// A table of what was left out, or that nothing was.
void data_print_reasons(const axl_data_reason *reasons, size_t count);
void data_json_reasons(json *j, const axl_data_reason *reasons, size_t count);

// "12,345 documents, 50.2 MB"
void data_print_amount(uint64_t documents, uint64_t bytes);

void data_print_written(const axl_data_written *w, const char *out);
void data_json_written(json *j, const axl_data_written *w, const char *out);

#endif
