// Why a request is refused, as a client is told: every dialect renders it in its own form.
#ifndef SERVER_REFUSAL_H
#define SERVER_REFUSAL_H

#include <axl/status.h>

#include <stdbool.h>
#include <stdint.h>

// X(name, HTTP status, type, code). OpenAI's SDKs try 408, 409, 429 and everything from 500 on
// again, so that a mistake of the client is never one of them.
#define REFUSAL_MAP(X)                                                                             \
    X(NONE, 200, "", NULL)                                                                         \
    X(JSON, 400, "invalid_request_error", "invalid_json")                                          \
    X(TYPE, 400, "invalid_request_error", "invalid_type")                                          \
    X(VALUE, 400, "invalid_request_error", "invalid_value")                                        \
    X(MISSING, 400, "invalid_request_error", "missing_required_parameter")                         \
    X(UNSUPPORTED, 400, "invalid_request_error", "unsupported_parameter")                          \
    X(CONTEXT, 400, "exceed_context_size_error", "context_length_exceeded")                        \
    X(MALFORMED, 400, "invalid_request_error", "malformed_request")                                \
    X(KEY, 401, "authentication_error", "invalid_api_key")                                         \
    X(ORIGIN, 403, "permission_error", "origin_not_allowed")                                       \
    X(MODEL, 404, "not_found_error", "model_not_found")                                            \
    X(ROUTE, 404, "not_found_error", "unknown_url")                                                \
    X(METHOD, 405, "invalid_request_error", "method_not_allowed")                                  \
    X(LATE, 408, "invalid_request_error", "request_timeout")                                       \
    X(LARGE, 413, "invalid_request_error", "request_too_large")                                    \
    X(TARGET, 414, "invalid_request_error", "url_too_long")                                        \
    X(MEDIA, 415, "invalid_request_error", "unsupported_media_type")                               \
    X(UNMET, 417, "invalid_request_error", "expectation_failed")                                   \
    X(MANY, 429, "rate_limit_error", "rate_limit_exceeded")                                        \
    X(FIELDS, 431, "invalid_request_error", "headers_too_large")                                   \
    X(FAILED, 500, "server_error", "internal_error")                                               \
    X(ABSENT, 501, "not_supported_error", "not_implemented")                                       \
    X(VERSION, 505, "not_supported_error", "http_version_not_supported")                           \
    X(BUSY, 503, "unavailable_error", "overloaded")                                                \
    X(LOADING, 503, "unavailable_error", "model_loading")

typedef enum refusal_kind {
#define REFUSAL_ENUM(name, http, type, code) REFUSAL_##name,
    REFUSAL_MAP(REFUSAL_ENUM)
#undef REFUSAL_ENUM
} refusal_kind;

// The kind that stands for an HTTP status, as the transport refuses by itself.
refusal_kind refusal_of_http(int status);

// {0} refuses nothing.
typedef struct refusal {
    refusal_kind kind;
    char message[256];        // one line
    char param[64];           // the field; empty: none
    uint64_t prompt, context; // of REFUSAL_CONTEXT: bytes that there are, and that there may be
} refusal;

int refusal_http(const refusal *r);
const char *refusal_type(const refusal *r);
const char *refusal_code(const refusal *r); // may be NULL

// Seconds of a Retry-After; 0: trying again is of no use.
unsigned refusal_retry(const refusal *r);

// Fills *r in and returns false, so that `return refuse(...)` is the whole failure path. The first
// refusal stays. param may be NULL; a long one is cut.
bool refuse(refusal *r, refusal_kind kind, const char *param, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

// That the work failed after the request was taken.
bool refuse_error(refusal *r, const axl_error *err);

// That memory ran out.
bool refuse_memory(refusal *r);

#endif
