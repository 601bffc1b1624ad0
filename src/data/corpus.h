// A corpus: documents from files, in two sets that share no document, as text that can be read at
// any place, however large it is.
//
// Sources. A file is one document; .jsonl gives one a line; .gz of either is decoded. Plain files
// are read in place, all others are decoded once into a temporary file. Folders are walked in the
// order of names, with their .gitignore files; .git and links to folders are left out. Bytes stay
// as they are. Exact duplicates are dropped, and what is no text is left out and counted.
//
// Sets. Without held paths, whole units go to the held-out set, never parts of one. A unit is what
// lies directly below a folder that was named, or a file that was named. Where there is only one,
// its tail is held out: whole documents, or the end of a single one from the start of a line.
// A unit that is a near copy of training text (audit.h) goes to training instead, and another one
// is held out for it, as long as there are others.
//
// Text. The documents of a set and group form one text of symbols: BOS, the bytes, EOS, for each.
// All training text is one group, unless a path has a weight: then each path is one.
//
// A corpus does not change after it was built; reading is safe from several threads.
#ifndef DATA_CORPUS_H
#define DATA_CORPUS_H

#include "base/buf.h"
#include "data/digest.h"

#include <axl/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CORPUS_BOS 256
#define CORPUS_EOS 257

// Longest line of a plain file. Prose with one paragraph a line stays far below it, program text
// too; above it are minified scripts, tables and data written as text.
#define CORPUS_LINE_MAX ((size_t)1 << 17)

// Longest line of JSONL, held in memory whole.
#define CORPUS_JSON_LINE_MAX ((size_t)1 << 24)

#define CORPUS_DEPTH 64   // folders inside each other
#define CORPUS_GROUPS 256 // paths with weights
#define CORPUS_FIELDS "text,content,source_code+target_code,prompt+completion"

// Why something was left out: X(name, text). Files, lines of JSONL and folders that .gitignore
// covers count one each.
#define CORPUS_REASON_MAP(X)                                                                       \
    X(IGNORED, "covered by .gitignore")                                                            \
    X(BINARY, "not text")                                                                          \
    X(LONG_LINE, "a line is too long")                                                             \
    X(EMPTY, "empty")                                                                              \
    X(DUPLICATE, "the same as another document")                                                   \
    X(HELD_OUT, "the same as a held-out document")                                                 \
    X(NAMED, "named as held-out text")                                                             \
    X(DENIED, "no permission to read")                                                             \
    X(GONE, "not there any more, or a link to nothing")                                            \
    X(SPECIAL, "not a regular file")                                                               \
    X(LINK, "a link to a folder")                                                                  \
    X(DEEP, "in too many folders")                                                                 \
    X(DAMAGED, "damaged gzip data")                                                                \
    X(JSON, "not a JSON object in UTF-8")                                                          \
    X(FIELD, "no such text field")

typedef enum corpus_reason {
#define CORPUS_REASON_ENUM(name, text) CORPUS_##name,
    CORPUS_REASON_MAP(CORPUS_REASON_ENUM)
#undef CORPUS_REASON_ENUM
        CORPUS_REASONS
} corpus_reason;

const char *corpus_reason_text(corpus_reason reason);

// Told of everything that is left out, as it happens. line counts from 1; 0 is the whole file.
typedef void corpus_listener(void *ctx, const char *path, uint64_t line, corpus_reason reason);

// What to build. Everything is borrowed for the call.
typedef struct corpus_spec {
    // Files, folders and patterns with * ? [a-z] **, each with ":WEIGHT" behind it or not. As soon
    // as one has a weight, those without have weight 1.
    const char *const *path;
    size_t paths;
    const char *const *held; // the held-out set, without weights; NULL: a fraction of the above
    size_t held_paths;
    double held_fraction; // of the bytes, 0 to 0.5; used without held paths
    uint64_t seed;        // decides which units are held out
    uint64_t audit_most; // up to so many bytes of text units are also compared: see below; 0: never
    const char *fields;  // of JSONL: alternatives, first match first; + joins; NULL: CORPUS_FIELDS
    const char *folder;  // for the temporary file; needed for .jsonl and .gz only
    bool answers_only;   // of JSONL documents of several fields only the last is to be learnt
    size_t line_max;     // of plain files; 0: CORPUS_LINE_MAX
    corpus_listener *listener; // NULL: none
    void *listener_ctx;
    bool (*stop)(void *ctx); // asked between pieces of the files; NULL: never
    void *stop_ctx;
} corpus_spec;

typedef enum corpus_set { CORPUS_TRAIN, CORPUS_HELD, CORPUS_SETS } corpus_set;

typedef struct corpus_count {
    uint64_t units, files, documents, bytes; // bytes of the documents, BOS and EOS not counted
    digest hash;                             // of the documents' digests in their order
} corpus_count;

typedef struct corpus_summary {
    corpus_count set[CORPUS_SETS];
    uint64_t left_out[CORPUS_REASONS];
    size_t groups;     // of training text, at least 1
    bool tail;         // the held-out set is the tail of the only unit
    bool held_by_path; // the held-out set was named
    size_t near;       // units that went to training because they are near copies of it
    uint64_t memory;   // bytes that the corpus holds in memory
    uint64_t spooled;  // bytes in the temporary file
} corpus_summary;

typedef struct corpus corpus;

// Reads everything once. No training text at all is AXL_BAD_FILE, a path that is not there
// AXL_NOT_FOUND, AXL_INTERRUPTED after stop. The caller owns *out; NULL on failure.
axl_status corpus_build(corpus **out, const corpus_spec *spec, axl_error *err);
void corpus_free(corpus *c); // NULL is allowed

const corpus_summary *corpus_summarize(const corpus *c);

// The sets, their units and the held-out files as text, in a form that is the same for the same
// corpus. False when out ran out of memory.
bool corpus_manifest(const corpus *c, buf *out);

// AXL_BAD_FILE, saying what is not the same, where a run that saw the one would not see the other.
// Names of files may differ.
axl_status corpus_manifest_compare(const char *was, const char *is, axl_error *err);

// Documents of one set, in the order of the text; those of training by group.
size_t corpus_documents(const corpus *c, corpus_set set, size_t group);

typedef struct corpus_document {
    const char *path; // of the file that it comes from; borrowed
    uint64_t bytes;
    uint64_t prompt; // so many of its first bytes are given, not to be learnt
    uint64_t start;  // position of its BOS in the text
} corpus_document;

corpus_document corpus_document_at(const corpus *c, corpus_set set, size_t group, size_t index);

// Index of the document that the position lies in; position is below the length.
size_t corpus_document_of(const corpus *c, corpus_set set, size_t group, uint64_t position);

// A part of a text; the held-out set has group 0 only.
typedef struct corpus_range {
    corpus_set set;
    size_t group;
    uint64_t start; // start + count <= length
    size_t count;
} corpus_range;

uint64_t corpus_length(const corpus *c, corpus_set set, size_t group); // symbols
double corpus_weight(const corpus *c, size_t group);                   // of training; sum is 1

// Reads symbols into out[range.count]. A file that was changed since the corpus was built is
// AXL_BAD_FILE.
axl_status corpus_symbols(const corpus *c, corpus_range range, uint16_t *out, axl_error *err);

#endif
