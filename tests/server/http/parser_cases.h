// Requests as data: what is taken, and what is refused with which status.
#ifndef HTTP_PARSER_CASES_H
#define HTTP_PARSER_CASES_H

#include "server/http/http.h"

#include <stddef.h>

typedef struct bad_case {
    const char *name;
    int status;
    const char *bytes;
    size_t size;
} bad_case;

typedef struct good_case {
    const char *name;
    const char *bytes;
    size_t size;
    http_method method;
    const char *path, *query, *host, *body;
    bool keep;
} good_case;

extern const bad_case bad_cases[];
extern const size_t bad_case_count;
extern const good_case good_cases[];
extern const size_t good_case_count;

#endif
