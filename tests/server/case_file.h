// Golden transcripts of the dialects: what comes in, what goes out.
//
//   # comment, only before a case
//   > POST /v1/completions
//   {"prompt": "def f("}          the body; a line "@repeat N TEXT" is N times TEXT, and lines are
//                                 joined without anything between them; "\xNN" is a byte
//   @ text 0 hello                events, see case_events.c
//   < 200                         from here on what is expected: status, request, answer
//
// Run with --write, the program writes what it finds instead of comparing.
#ifndef SERVER_CASE_FILE_H
#define SERVER_CASE_FILE_H

#include "base/buf.h"
#include "server/catalog_body.h"

#include <stdio.h>

typedef struct dialect_case {
    buf before; // comment lines and the case as it is written, up to what is expected
    char method[8], path[128];
    buf body, events; // a line each
    buf expected;
} dialect_case;

// The next case; false at the end of the file. Fails the test on what is no case.
bool case_read(FILE *from, dialect_case *c);
void case_free(dialect_case *c);

// Bytes of a text in which "\xNN", "\n" and "\\" are escapes.
void case_unescape(buf *to, const char *text);

// What the server of the transcripts has, and what comes of a case.
extern const catalog case_catalog;
void case_run(const dialect_case *c, buf *out);
void case_dump(const request *r, buf *out);

// Appends what the events make of a request; "" are none.
void case_events(const request *r, const char *events, buf *out);

#endif
