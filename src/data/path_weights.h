// "PATH:WEIGHT" taken apart.
#ifndef DATA_PATH_WEIGHTS_H
#define DATA_PATH_WEIGHTS_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>

// Smallest share of a path: one sample in the sampler's block of 1024.
#define WEIGHTS_SHARE_MIN (1.0 / 1024)

typedef struct path_weights {
    const char **path; // [count], in text
    double *weight;    // [count], 1 where none was given
    size_t count;
    bool weighted; // at least one was given
    char *text;    // private
} path_weights;

// What follows the last colon of a path is its weight if it is a positive number and the path is
// not there with the colon in its name. The caller frees *out with path_weights_free, also on
// failure.
axl_status path_weights_parse(path_weights *out, const char *const *path, size_t count,
                              axl_error *err);
void path_weights_free(path_weights *w);

#endif
