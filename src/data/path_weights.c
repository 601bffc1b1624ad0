#include "data/path_weights.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/corpus.h"
#include "os/listing.h"

#include <string.h>

// Decimal digits with at most one point: what a person writes, in any locale. 0 for all else.
static double parse_number(const char *text) {
    double value = 0, unit = 1;
    size_t digits = 0;
    bool point = false;
    for (; *text; text++) {
        if (*text == '.' && !point) {
            point = true;
        } else if (*text >= '0' && *text <= '9' && digits++ < 15) {
            value = value * 10 + (*text - '0');
            if (point) unit *= 10;
        } else {
            return 0;
        }
    }
    return digits > 0 ? value / unit : 0;
}

// Cuts the weight off the path.
static axl_status parse_one(path_weights *w, char *path, axl_error *err) {
    w->path[w->count] = path;
    w->weight[w->count] = 1;
    char *colon = strrchr(path, ':');
    const double weight = colon ? parse_number(colon + 1) : 0;
    os_kind kind = OS_KIND_NONE;
    if (weight > 0) FORWARD(os_kind_of(path, &kind, err));
    if (weight > 0 && kind == OS_KIND_NONE) {
        *colon = '\0';
        w->weight[w->count] = weight;
        w->weighted = true;
    }
    w->count++;
    RETURN_IF(*path == '\0', err, AXL_BAD_ARGUMENT, "a path is empty");
    return AXL_OK;
}

static axl_status check_shares(const path_weights *w, axl_error *err) {
    RETURN_IF(w->weighted && w->count > CORPUS_GROUPS, err, AXL_BAD_ARGUMENT,
              "more than %d paths with weights", CORPUS_GROUPS);
    double sum = 0;
    for (size_t i = 0; i < w->count; i++) sum += w->weight[i];
    for (size_t i = 0; w->weighted && i < w->count; i++)
        RETURN_IF(w->weight[i] < WEIGHTS_SHARE_MIN * sum, err, AXL_BAD_ARGUMENT,
                  "the weight of %s is less than 1/1024 of all weights", w->path[i]);
    return AXL_OK;
}

axl_status path_weights_parse(path_weights *out, const char *const *path, size_t count,
                              axl_error *err) {
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) bytes += strlen(path[i]) + 1;
    *out = (path_weights){.path = mem_alloc_array(count, sizeof *out->path),
                          .weight = mem_alloc_array(count, sizeof *out->weight),
                          .text = mem_alloc(bytes)};
    if (!out->path || !out->weight || !out->text)
        return error_no_memory(err, "the paths", bytes + count * sizeof *out->path);
    char *text = out->text;
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(path[i]) + 1;
        memcpy(text, path[i], length);
        FORWARD(parse_one(out, text, err));
        text += length;
    }
    return check_shares(out, err);
}

void path_weights_free(path_weights *w) {
    mem_free(w->path);
    mem_free(w->weight);
    mem_free(w->text);
    *w = (path_weights){0};
}
