#include "base/error.h"

#include "base/strings.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// Room to format in before cleaning and cutting to the 256 bytes of axl_error.
enum { SCRATCH = 1024 };

// Copies text to out[size], one line of valid UTF-8: a byte that is neither becomes '?'. Returns
// whether all of it fitted.
static bool clean_copy(char *out, size_t size, const char *text) {
    const size_t length = strlen(text);
    size_t at = 0;
    size_t used = 0;
    while (at < length) {
        utf8_decoder decoder = {0};
        uint32_t point = 0;
        size_t bytes = 0;
        utf8_step step = UTF8_MORE;
        while (step == UTF8_MORE && at + bytes < length) {
            step = utf8_push(&decoder, (uint8_t)text[at + bytes++], &point);
        }
        // C0 and C1 controls and DEL would let a file name write to the terminal.
        const bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
        const bool good = step == UTF8_POINT && !control;
        const size_t out_bytes = good ? bytes : 1;
        if (used + out_bytes > size - 1) break;
        if (good) {
            memcpy(out + used, text + at, bytes);
        } else {
            out[used] = '?';
            bytes = step == UTF8_POINT ? bytes : 1;
        }
        used += out_bytes;
        at += bytes;
    }
    out[used] = '\0';
    return at == length;
}

// Writes the cleaned text into err, with "..." at the end when it was cut here or before.
static void store(axl_error *err, const char *text, bool cut) {
    if (!clean_copy(err->text, sizeof err->text, text)) cut = true;
    if (!cut) return;
    const size_t room = sizeof err->text - sizeof "...";
    const size_t length = strlen(err->text);
    const size_t keep = length > room ? utf8_cut(err->text, length, room) : length;
    memcpy(err->text + keep, "...", sizeof "...");
}

axl_status error_set(axl_error *err, axl_status code, const char *fmt, ...) {
    if (!err) return code;
    char scratch[SCRATCH]; // the arguments may point into err->text
    bool cut = false;
    va_list args;
    va_start(args, fmt);
    string_vformat(scratch, sizeof scratch, &cut, fmt, args);
    va_end(args);
    err->code = code;
    store(err, scratch, cut);
    return code;
}

axl_status error_no_memory(axl_error *err, const char *what, size_t bytes) {
    char size[STRING_SIZE_MAX];
    return error_set(err, AXL_NO_MEMORY, "not enough memory for %s: %s (%zu bytes)", what,
                     string_size(size, bytes), bytes);
}

axl_status error_context(axl_error *err, axl_status code, const char *fmt, ...) {
    if (!err) return code;
    char scratch[SCRATCH];
    bool cut = false;
    va_list args;
    va_start(args, fmt);
    size_t used = string_vformat(scratch, sizeof scratch - sizeof err->text - 2, &cut, fmt, args);
    va_end(args);
    string_format(scratch + used, sizeof scratch - used, NULL, "%s: %s", cut ? "..." : "",
                  err->text);
    err->code = code;
    store(err, scratch, false);
    return code;
}

void error_clear(axl_error *err) {
    if (!err) return;
    err->code = AXL_OK;
    err->text[0] = '\0';
}
