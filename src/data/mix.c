#include "data/mix.h"

#include <math.h>
#include <stdlib.h>

mix_document mix_document_of(uint64_t seed, digest hash, uint64_t project) {
    const uint64_t words[] = {seed, hash.word[0], hash.word[1]};
    const digest drawn = digest_of(words, sizeof words);
    return (mix_document){.key = drawn.word[0], .order = drawn.word[1], .project = project};
}

static int compare(uint64_t a, uint64_t b) {
    return a < b ? -1 : a > b;
}

// Documents that are the same do not come twice, so that keys hardly ever are equal; places are
// not.
static int by_key(const mix_document *x, const mix_document *y) {
    const int c = compare(x->key, y->key);
    return c != 0 ? c : compare(x->at, y->at);
}

static int by_project(const void *a, const void *b) {
    const mix_document *x = a, *y = b;
    if (x->part != y->part) return x->part < y->part ? -1 : 1;
    if (x->project != y->project) return x->project < y->project ? -1 : 1;
    return by_key(x, y);
}

static int by_part(const void *a, const void *b) {
    const mix_document *x = a, *y = b;
    return x->part != y->part ? (x->part < y->part ? -1 : 1) : by_key(x, y);
}

static int by_order(const void *a, const void *b) {
    const mix_document *x = a, *y = b;
    if (x->out != y->out) return x->out ? 1 : -1;
    const int c = compare(x->order, y->order);
    return c != 0 ? c : by_key(x, y);
}

// Takes out what is over the cap of its project. The list is by project.
static void cut_projects(const mix *m, uint64_t cap) {
    uint64_t taken = 0;
    for (size_t i = 0; i < m->count; i++) {
        mix_document *d = &m->list[i];
        const bool same = i > 0 && d->part == d[-1].part && d->project == d[-1].project;
        if (!same) taken = 0;
        d->out = cap > 0 && d->bytes > cap - taken;
        taken += d->out ? 0 : d->bytes;
        mix_part *p = &m->parts[d->part];
        p->found_documents++;
        p->found_bytes += d->bytes;
        p->capped_documents += d->out;
        p->capped_bytes += d->out ? d->bytes : 0;
    }
}

static double bytes_of(const mix_part *p) {
    return (double)(p->found_bytes - p->capped_bytes);
}

// Shares of the parts, and bytes of all of them. The roots of a low temperature are larger than any
// number: their logarithms are not, beside that of the largest part, which is 0 at any temperature.
static double share_out(const mix *m, const mix_rules *rules) {
    double sum = 0, total = INFINITY, largest = 0, most = -INFINITY;
    for (size_t i = 0; i < m->part_count; i++) largest = fmax(largest, bytes_of(&m->parts[i]));
    for (size_t i = 0; i < m->part_count; i++) {
        mix_part *p = &m->parts[i];
        const double bytes = bytes_of(p);
        p->share =
            bytes > 0 ? log(p->weight) + log(bytes / largest) / rules->temperature : -INFINITY;
        most = fmax(most, p->share);
    }
    for (size_t i = 0; i < m->part_count && largest > 0; i++) {
        mix_part *p = &m->parts[i];
        p->share = exp(p->share - most);
        sum += p->share;
    }
    for (size_t i = 0; i < m->part_count; i++) {
        mix_part *p = &m->parts[i];
        p->share = largest > 0 ? p->share / sum : 0;
        if (p->share > 0) total = fmin(total, bytes_of(p) / p->share);
    }
    return rules->bytes > 0 ? (double)rules->bytes : total;
}

size_t mix_choose(const mix *m, const mix_rules *rules) {
    size_t kept = 0;
    if (m->count == 0) return 0;
    qsort(m->list, m->count, sizeof *m->list, by_project);
    cut_projects(m, rules->cap);
    const double total = share_out(m, rules);
    qsort(m->list, m->count, sizeof *m->list, by_part);
    for (size_t i = 0; i < m->count; i++) {
        mix_document *d = &m->list[i];
        mix_part *p = &m->parts[d->part];
        // The last document may go over what was asked for; half a byte is lost to rounding.
        d->out = d->out || (double)p->bytes + 0.5 >= p->share * total;
        if (d->out) continue;
        p->documents++;
        p->bytes += d->bytes;
        kept++;
    }
    qsort(m->list, m->count, sizeof *m->list, by_order);
    return kept;
}
