// The files of one task that axl_data_make writes. Private to api/.
#ifndef API_MAKE_OUTPUT_H
#define API_MAKE_OUTPUT_H

#include "api/data_parts.h"
#include "data/digest_set.h"
#include "os/file.h"
#include "tasks/maker.h"

#include <axl/data_make.h>

enum { MAKE_TRAIN, MAKE_HELD, MAKE_SETS };

typedef struct make_kind {
    char name[TASK_KIND_MAX];
    uint64_t pairs[MAKE_SETS];
} make_kind;

#define MAKE_KINDS_MAX 64

// One task: where its pairs go, and what was seen of them.
typedef struct make_output {
    const task *task;
    os_replace *file[MAKE_SETS];
    sha256 hash[MAKE_SETS];
    uint64_t limit;      // 0: none
    digest_set seen;     // pairs of both files
    digest_set sources;  // code that pairs of the held-out file are made of
    axl_data_made *made; // borrowed
    make_kind kind[MAKE_KINDS_MAX];
    size_t kinds;
} make_output;

// Makes DIR/TASK and begins its files, in place of any that are there if force.
axl_status make_output_open(make_output *o, const char *folder, bool force, axl_error *err);

// Whether the set has all that it may have.
bool make_output_full(const make_output *o, int set);

// Where a pair comes from.
typedef struct make_source {
    const char *project, *path;
    char sha256[SHA256_HEX_MAX]; // of the file
} make_source;

// Puts a file's pairs into the set. All that is held out comes before anything for training.
axl_status make_output_put(make_output *o, int set, const task_pairs *pairs,
                           const make_source *from, axl_error *err);

// Puts both files on the disk, under names that nobody reads yet.
axl_status make_output_sync(make_output *o, axl_error *err);

// Puts both files in place and fills in *made. A manifest of what was there before must be gone.
axl_status make_output_finish(make_output *o, axl_error *err);

// Adds what there is to say of the task to a manifest.
void make_output_tell(const make_output *o, json_out *j);

void make_output_close(make_output *o); // drops what was not finished
axl_status make_output_name(buf *to, const char *folder, const char *sub, const char *name,
                            axl_error *err);

#endif
