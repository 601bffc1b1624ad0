#include "server/refusal.h"

#include "base/error.h"
#include "base/strings.h"

#include <stdarg.h>

typedef struct kind_row {
    int http;
    const char *type, *code;
} kind_row;

static const kind_row kinds[] = {
#define REFUSAL_ROW(name, http, type, code) [REFUSAL_##name] = {http, type, code},
    REFUSAL_MAP(REFUSAL_ROW)
#undef REFUSAL_ROW
};

int refusal_http(const refusal *r) {
    return kinds[r->kind].http;
}

const char *refusal_type(const refusal *r) {
    return kinds[r->kind].type;
}

const char *refusal_code(const refusal *r) {
    return kinds[r->kind].code;
}

refusal_kind refusal_of_http(int status) {
    if (status == 400) return REFUSAL_MALFORMED;
    for (size_t i = REFUSAL_NONE + 1; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].http == status) return (refusal_kind)i;
    return status < 500 ? REFUSAL_MALFORMED : REFUSAL_FAILED;
}

unsigned refusal_retry(const refusal *r) {
    if (r->kind == REFUSAL_MANY) return 1;
    return r->kind == REFUSAL_BUSY || r->kind == REFUSAL_LOADING ? 2 : 0;
}

bool refuse(refusal *r, refusal_kind kind, const char *param, const char *fmt, ...) {
    if (r->kind != REFUSAL_NONE) return false;
    // error_set makes one printable line of whatever a client sent.
    char line[sizeof r->message];
    axl_error clean;
    va_list args;
    va_start(args, fmt);
    string_vformat(line, sizeof line, NULL, fmt, args);
    va_end(args);
    error_set(&clean, AXL_BAD_ARGUMENT, "%s", line);
    string_copy(r->message, sizeof r->message, clean.text);
    error_set(&clean, AXL_BAD_ARGUMENT, "%s", param ? param : "");
    string_copy(r->param, sizeof r->param, clean.text);
    r->kind = kind;
    return false;
}

static refusal_kind kind_of(axl_status status) {
    switch (axl_status_http(status)) {
    case 400:
        return REFUSAL_VALUE;
    case 404:
        return REFUSAL_MODEL;
    case 413:
        return REFUSAL_LARGE;
    case 501:
        return REFUSAL_ABSENT;
    case 503:
        return REFUSAL_BUSY;
    default:
        return REFUSAL_FAILED;
    }
}

bool refuse_error(refusal *r, const axl_error *err) {
    return refuse(r, kind_of(err->code), NULL, "%s", err->text);
}

bool refuse_memory(refusal *r) {
    return refuse(r, REFUSAL_BUSY, NULL, "not enough memory for this request");
}
