// Status codes and error text: how every call of the library reports what went wrong.
//
// One list, AXL_STATUS_MAP, gives each code its name, text, HTTP code and process exit code.
// Values are part of the ABI: never renumber, only append.
#ifndef AXL_STATUS_H
#define AXL_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

// Marks the symbols that the shared library exports; everything else is hidden.
#ifndef AXL_API
#if defined(__GNUC__)
#define AXL_API __attribute__((visibility("default")))
#else
#define AXL_API
#endif
#endif

// X(name, value, text, http, exit). Exit codes: 0 ok, 1 failure, 2 bad input file or usage, 4 I/O,
// 5 numeric failure, 130 interrupted. NOT_FOUND exits 2: what the user named is not there, which is
// a fault of the command line, not of a device.
#define AXL_STATUS_MAP(X)                                                                          \
    X(OK, 0, "ok", 200, 0)                                                                         \
    X(BAD_ARGUMENT, -1, "bad argument", 400, 2)                                                    \
    X(BAD_FILE, -2, "bad input file", 400, 2)                                                      \
    X(NO_MEMORY, -3, "not enough memory", 503, 1)                                                  \
    X(IO, -4, "input/output error", 500, 4)                                                        \
    X(NOT_FOUND, -5, "not found", 404, 2)                                                          \
    X(UNSUPPORTED, -6, "not supported by this build or machine", 501, 1)                           \
    X(NUMERIC, -7, "numeric failure", 500, 5)                                                      \
    X(INTERRUPTED, -8, "interrupted", 503, 130)                                                    \
    X(INTERNAL, -9, "internal error", 500, 1)                                                      \
    X(TOO_LARGE, -10, "over a limit", 413, 2)                                                      \
    X(BUSY, -11, "busy", 503, 1)

typedef enum axl_status {
#define AXL_STATUS_ENUM(name, value, text, http, exit_code) AXL_##name = value,
    AXL_STATUS_MAP(AXL_STATUS_ENUM)
#undef AXL_STATUS_ENUM
} axl_status;

// Where a call leaves its reason. The caller owns it and may pass NULL where an axl_error * is
// asked for. text is always terminated, valid UTF-8 and one line; it is meaningful only after a
// call that returned something other than AXL_OK.
typedef struct axl_error {
    axl_status code;
    char text[256];
} axl_error;

// The four columns of the list. All accept any value: an unknown one reads "UNKNOWN",
// "unknown status", 500 and 1. The strings are constants; never free them. Thread safe.
AXL_API const char *axl_status_name(axl_status status);
AXL_API const char *axl_status_text(axl_status status);
AXL_API int axl_status_http(axl_status status);
AXL_API int axl_status_exit_code(axl_status status);

#ifdef __cplusplus
}
#endif

#endif
