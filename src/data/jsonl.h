// Documents from JSONL: one a line, made of the text fields of its object.
#ifndef DATA_JSONL_H
#define DATA_JSONL_H

#include "base/buf.h"
#include "data/corpus.h"
#include "data/json_line.h"

#define JSONL_FIELDS 32 // names in all alternatives

// Alternatives in their order, each one or more names: the first whose fields are all there, as
// strings, is the document.
typedef struct jsonl_fields {
    char *text; // owned; the names point into it
    json_wanted wanted[JSONL_FIELDS];
    size_t choice[JSONL_FIELDS]; // which alternative each belongs to, never falling
    size_t count;
    size_t notes; // members that are read as well, behind wanted[count]: see jsonl_fields_note
} jsonl_fields;

// "a,b+c": alternatives, and fields joined with a plus. A name may have neither sign in it.
axl_status jsonl_fields_parse(jsonl_fields *out, const char *text, axl_error *err);
void jsonl_fields_free(jsonl_fields *f);

// Has one more member read, which is no text of the document. While a document is given it is
// wanted[*index], its text NULL where the line has none. name is borrowed.
axl_status jsonl_fields_note(jsonl_fields *f, const char *name, size_t *index, axl_error *err);

// Whether a file of that name is JSONL, compressed or not.
bool jsonl_named(const char *path);

// What becomes of the lines. Both are told the line's number, from 1.
typedef struct jsonl_sink {
    // The pieces of one document, borrowed, to be put together as they are.
    axl_status (*document)(void *ctx, uint64_t line, const json_wanted *piece, size_t pieces,
                           axl_error *err);
    void (*left_out)(void *ctx, uint64_t line, corpus_reason reason);
    void *ctx;
} jsonl_sink;

// Fields and sink are borrowed; {.fields, .sink, .line_max} is a reader at the start of a file.
typedef struct jsonl_reader {
    jsonl_fields *fields;
    const jsonl_sink *sink;
    size_t line_max;
    buf line;     // the start of an unfinished line; owned
    bool passing; // the line is too long; its rest is passed over
    uint64_t lines;
} jsonl_reader;

axl_status jsonl_feed(jsonl_reader *r, const char *data, size_t bytes, axl_error *err);

// The last line, if the file does not end with a newline.
axl_status jsonl_end(jsonl_reader *r, axl_error *err);
void jsonl_close(jsonl_reader *r);

#endif
