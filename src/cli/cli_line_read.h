// Lines from stdin: edited where it is a terminal, as they come elsewhere.
#ifndef CLI_LINE_READ_H
#define CLI_LINE_READ_H

#include "cli/cli_line_edit.h"

// Lets the user edit a line on the terminal that stdin and stdout are. The terminal is as before
// afterwards. A signal ends the line as Ctrl-D does.
line_event cli_line_edit(line_edit *e, const line_prompt *prompt);

// What was read of stdin and not used yet. {0} begins.
#define LINE_SOURCE_MAX ((size_t)65536)
typedef struct line_source {
    char bytes[4096];
    size_t size, at;
    char line[LINE_SOURCE_MAX + 1]; // the last line, without its newline, terminated
    size_t length;
    bool cut; // it was longer than LINE_SOURCE_MAX; the rest is gone
} line_source;

// The next line; false at the end or after a signal. The last line needs no newline.
bool cli_line_next(line_source *s);

#endif
