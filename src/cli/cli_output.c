#include "cli/cli_output.h"

#include "cli/cli_terminal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 80 // columns of wrapped text

static int print_error; // errno of the first failure on stdout

static void note(bool failed) {
    if (failed && print_error == 0) print_error = errno ? errno : EIO;
}

static void print_list(const char *fmt, va_list list) {
    if (print_error) return;
    errno = 0;
    note(vprintf(fmt, list) < 0);
}

void cli_print(const char *fmt, ...) {
    va_list list;
    va_start(list, fmt);
    print_list(fmt, list);
    va_end(list);
}

bool cli_write(const void *bytes, size_t size) {
    if (print_error) return false;
    errno = 0;
    note(fwrite(bytes, 1, size, stdout) != size || fflush(stdout) != 0);
    return print_error == 0;
}

void cli_print_bold(const char *fmt, ...) {
    const bool bold = cli_terminal_colour();
    va_list list;
    va_start(list, fmt);
    if (bold) cli_print("\033[1m");
    print_list(fmt, list);
    if (bold) cli_print("\033[0m");
    va_end(list);
}

void cli_print_wrapped(const char *text, size_t column, size_t indent) {
    bool fresh = true; // nothing on the line yet
    while (*text) {
        if (*text == '\n') {
            cli_print("\n\n%*s", (int)indent, "");
            column = indent;
            fresh = true;
            text++;
            continue;
        }
        size_t length = strcspn(text, " \n");
        if (!fresh && column + 1 + length > WIDTH) {
            cli_print("\n%*s", (int)indent, "");
            column = indent;
            fresh = true;
        }
        cli_print("%s%.*s", fresh ? "" : " ", (int)length, text);
        column += length + (fresh ? 0 : 1);
        fresh = false;
        text += length;
        while (*text == ' ') text++;
    }
    cli_print("\n");
}

void cli_complain(const char *fmt, ...) {
    char line[1024];
    va_list list;
    va_start(list, fmt);
    vsnprintf(line, sizeof line, fmt, list);
    va_end(list);
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
    fprintf(stderr, "%s\n", line);
}

int cli_failed(const char *path, axl_status status, const axl_error *err) {
    if (status == AXL_INTERRUPTED)
        cli_complain("%s: interrupted", path);
    else
        cli_complain("%s: %s", path, err->text[0] ? err->text : axl_status_text(status));
    return axl_status_exit_code(status);
}

int cli_output_end(int code) {
    errno = 0;
    note(fflush(stdout) != 0 || ferror(stdout));
    errno = 0;
    note(fclose(stdout) != 0);
    if (print_error == 0) return code;
    if (print_error != EPIPE)
        cli_complain("axl: cannot write the results: %s", strerror(print_error));
    return code ? code : axl_status_exit_code(AXL_IO);
}
