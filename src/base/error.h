// Error values: a status code plus one line of text in the caller's axl_error.
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <axl/status.h>

#include <stddef.h>

// Writes code and formatted text into err (which may be NULL) and returns code, so that
// `return error_set(err, AXL_IO, ...)` is the whole failure path. The text is cut at a character
// boundary when it is too long (it then ends in "..."), and bytes that are not valid UTF-8 or are
// control characters become '?', because they usually come from a file name or a hostile file.
// Arguments may point into err->text.
axl_status error_set(axl_error *err, axl_status code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

// AXL_NO_MEMORY with the bytes in the message: "not enough memory for WHAT: 1.5 GiB (N bytes)".
axl_status error_no_memory(axl_error *err, const char *what, size_t bytes);

// Puts "CONTEXT: " before the text that a failed callee left in err (which may be NULL), makes
// err->code code and returns it.
axl_status error_context(axl_error *err, axl_status code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

// Makes err AXL_OK with an empty text. err may be NULL.
void error_clear(axl_error *err);

// Leaves the function with code and text when cond holds: RETURN_IF(n > max, err, AXL_BAD_FILE,
// "%zu rows", n). Only for functions that own nothing yet; others go through a cleanup label.
#define RETURN_IF(cond, err, code, ...)                                                            \
    do {                                                                                           \
        if (cond) return error_set((err), (code), __VA_ARGS__);                                    \
    } while (0)

// Leaves the function with the status of expr unless it is AXL_OK; the callee wrote the text.
#define FORWARD(expr)                                                                              \
    do {                                                                                           \
        const axl_status forward_status = (expr);                                                  \
        if (forward_status != AXL_OK) return forward_status;                                       \
    } while (0)

#endif
