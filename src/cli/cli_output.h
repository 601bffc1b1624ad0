// Everything that the program writes. Results go to stdout and are checked at the end; messages go
// to stderr.
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>

#define CLI_PRINTF __attribute__((format(printf, 1, 2)))

// To stdout. After a failure the rest is dropped; cli_output_end tells.
void cli_print(const char *fmt, ...) CLI_PRINTF;
// The same in bold, where stdout is a terminal and NO_COLOR is not set.
void cli_print_bold(const char *fmt, ...) CLI_PRINTF;

// Bytes as they are, to stdout at once. False when stdout has failed, now or before: nobody reads.
bool cli_write(const void *bytes, size_t size);

// To stdout, words broken into lines of at most 80 columns. Every line but the first is indented,
// the first one is at column; "\n" in the text is a blank line between paragraphs.
void cli_print_wrapped(const char *text, size_t column, size_t indent);

// One line on stderr. Bytes that could command a terminal are shown as '?'.
void cli_complain(const char *fmt, ...) CLI_PRINTF;
// The same for a failed call: "axl bench peak: TEXT". Returns the exit code.
int cli_failed(const char *path, axl_status status, const axl_error *err);

// Writes what is left. Returns code, or the exit code of an I/O error where stdout took not all of
// the results; a reader that went away gets no message.
int cli_output_end(int code);

#endif
