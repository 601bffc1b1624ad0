// What the files that build and read a corpus share. Private to data/.
#ifndef DATA_CORPUS_PARTS_H
#define DATA_CORPUS_PARTS_H

#include "data/corpus.h"
#include "os/reader.h"
#include "os/spool.h"
#include "os/thread.h"

// Descriptors kept open for plain files.
#define CORPUS_OPEN_FILES 16

// Where a document lies: `bytes` bytes from `offset` on of a plain file, or of the spool.
typedef struct document {
    digest hash;
    uint64_t offset, bytes;
    uint64_t prompt; // bytes that are given; 0 without corpus_spec's answers_only
    uint32_t file;
    bool held;
} document;

typedef struct data_file {
    uint64_t name; // where its path begins in `names`
    os_version version;
    uint32_t unit;
    bool spooled;
} data_file;

// What goes to one set as a whole. Its name is the start of the path of its first file.
typedef struct data_unit {
    uint64_t name;
    uint32_t length; // bytes of the name
    uint32_t base;   // bytes of it that name the folder that the user named, with its slash
    uint32_t files, documents;
    uint64_t bytes; // of the documents
    uint16_t group;
    bool held;
    bool near;    // a near copy of training text: not to be held out
    bool settled; // near copies or not: nothing else of its group could be held out
    uint8_t sets; // bit of each set that has documents of it: both only where a tail is held out
} data_unit;

// The documents of one set and group. start[i] is the position of the BOS of document[i].
typedef struct data_text {
    uint32_t *document; // [count], owned
    uint64_t *start;    // [count], owned
    size_t count;
    uint64_t length;
} data_text;

typedef struct open_file {
    uint32_t file;
    int fd;        // -1: free
    uint64_t used; // when, by a counter
} open_file;

struct corpus {
    buf names; // paths, a zero byte behind each
    data_file *file;
    size_t files;
    data_unit *unit;
    size_t units;
    document *document;
    size_t documents;
    os_spool *spool;  // NULL until it is needed
    data_text *train; // [summary.groups]
    double *weight;   // [summary.groups]
    data_text held;
    corpus_summary summary;
    uint64_t seed;
    double held_fraction;
    os_mutex lock; // guards what follows
    bool locks;    // the lock was made
    open_file open[CORPUS_OPEN_FILES];
    uint64_t clock;
};

const char *corpus_file_name(const corpus *c, const data_file *f);

// Bytes of a document, all of which must be inside. Takes the lock.
axl_status corpus_read(const corpus *c, const document *d, os_piece *piece, axl_error *err);

// The digest of a document's bytes.
axl_status corpus_hash(const corpus *c, const document *d, digest *out, axl_error *err);

#endif
