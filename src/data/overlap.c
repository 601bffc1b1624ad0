#include "data/overlap.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/words.h"

#include <stdlib.h>
#include <string.h>

// A run of a text; a run that several texts have is there for each.
typedef struct entry {
    uint64_t run;
    uint32_t text;
} entry;

struct overlap {
    entry *entry; // [count]; after overlap_finish by run, then by text
    size_t count, room;
    uint32_t *runs_of; // [texts]: different runs of each
    size_t texts, text_room;
    uint32_t *first; // [slots]: 1 + the first entry of a run; 0 is free
    size_t slots;    // a power of two
};

struct overlap_asker {
    const overlap *o;
    uint32_t *stamp;   // [o->count]: the question that had the first entry of a run last
    uint32_t *hits;    // [o->texts]
    uint32_t *touched; // [o->texts]: those with hits
    uint32_t question;
};

axl_status overlap_open(overlap **out, axl_error *err) {
    *out = mem_zalloc(sizeof **out);
    return *out ? AXL_OK : error_no_memory(err, "benchmarks", sizeof **out);
}

void overlap_close(overlap *o) {
    if (!o) return;
    mem_free(o->entry);
    mem_free(o->runs_of);
    mem_free(o->first);
    mem_free(o);
}

size_t overlap_texts(const overlap *o) {
    return o->texts;
}

uint64_t overlap_memory(const overlap *o) {
    return sizeof *o + o->room * sizeof *o->entry + o->text_room * sizeof *o->runs_of +
           o->slots * sizeof *o->first;
}

// ---- adding ----

static axl_status make_room(void **array, size_t count, size_t *room, size_t size, axl_error *err) {
    if (count < *room) return AXL_OK;
    RETURN_IF(count >= UINT32_MAX - 1, err, AXL_TOO_LARGE, "benchmarks of more than 2^32 words");
    const size_t wanted = *room < 64 ? 64 : *room + *room / 2;
    void *grown = mem_resize_array(*array, wanted, size);
    if (!grown) return error_no_memory(err, "benchmarks", wanted * size);
    *array = grown;
    *room = wanted;
    return AXL_OK;
}

static axl_status add_run(overlap *o, uint64_t run, axl_error *err) {
    void *array = o->entry;
    const axl_status status = make_room(&array, o->count, &o->room, sizeof *o->entry, err);
    o->entry = array;
    FORWARD(status);
    o->entry[o->count++] = (entry){run, (uint32_t)o->texts};
    return AXL_OK;
}

static axl_status end_part(overlap *o, axl_error *err) {
    void *array = o->runs_of;
    const axl_status status = make_room(&array, o->texts, &o->text_room, sizeof *o->runs_of, err);
    o->runs_of = array;
    FORWARD(status);
    o->runs_of[o->texts++] = 0; // counted in the end, each run once
    return AXL_OK;
}

static size_t count_words(const char *text, size_t bytes) {
    words w = {(const uint8_t *)text, (const uint8_t *)text + bytes};
    size_t count = 0;
    for (uint64_t word; words_next_name(&w, &word);) count++;
    return count;
}

// Parts of equal length, as near to OVERLAP_PART words as that allows.
axl_status overlap_add_text(overlap *o, const char *text, size_t bytes, axl_error *err) {
    const size_t count = count_words(text, bytes);
    if (count < OVERLAP_LEAST) return AXL_OK;
    const size_t parts = (count + OVERLAP_PART / 2) / OVERLAP_PART;
    const size_t length = parts > 1 ? (count + parts - 1) / parts : count;
    words w = {(const uint8_t *)text, (const uint8_t *)text + bytes};
    runs r = runs_begin(OVERLAP_RUN);
    size_t seen = 0, open = 0; // words; runs of the part
    for (uint64_t word, run; words_next_name(&w, &word);) {
        seen++;
        if (runs_add(&r, word, &run)) {
            FORWARD(add_run(o, run, err));
            open++;
        }
        if (seen % length != 0 || open == 0) continue;
        FORWARD(end_part(o, err));
        open = 0;
    }
    return open > 0 ? end_part(o, err) : AXL_OK;
}

// ---- finishing ----

static int by_run(const void *a, const void *b) {
    const entry *x = a, *y = b;
    if (x->run != y->run) return x->run < y->run ? -1 : 1;
    return x->text < y->text ? -1 : x->text > y->text;
}

// The slot of a run, or the free one where it belongs.
static size_t find(const overlap *o, uint64_t run) {
    size_t i = (size_t)run & (o->slots - 1);
    while (o->first[i] != 0 && o->entry[o->first[i] - 1].run != run) i = (i + 1) & (o->slots - 1);
    return i;
}

axl_status overlap_finish(overlap *o, axl_error *err) {
    if (o->count > 0) qsort(o->entry, o->count, sizeof *o->entry, by_run);
    size_t kept = 0;
    for (size_t i = 0; i < o->count; i++)
        if (i == 0 || by_run(&o->entry[i], &o->entry[i - 1]) != 0) o->entry[kept++] = o->entry[i];
    o->count = kept;
    for (o->slots = 64; o->slots < kept * 2;) o->slots *= 2;
    o->first = mem_zalloc_array(o->slots, sizeof *o->first);
    if (!o->first) return error_no_memory(err, "benchmarks", o->slots * sizeof *o->first);
    for (size_t i = 0; i < kept; i++) {
        o->runs_of[o->entry[i].text]++;
        const size_t slot = find(o, o->entry[i].run);
        if (o->first[slot] == 0) o->first[slot] = (uint32_t)i + 1;
    }
    return AXL_OK;
}

// ---- asking ----

axl_status overlap_asker_open(overlap_asker **out, const overlap *o, axl_error *err) {
    *out = NULL;
    overlap_asker *a = mem_zalloc(sizeof *a);
    if (!a) return error_no_memory(err, "benchmarks", sizeof *a);
    a->o = o;
    a->stamp = mem_zalloc_array(o->count, sizeof *a->stamp);
    a->hits = mem_zalloc_array(o->texts, sizeof *a->hits);
    a->touched = mem_alloc_array(o->texts, sizeof *a->touched);
    if (a->stamp && a->hits && a->touched) {
        *out = a;
        return AXL_OK;
    }
    overlap_asker_close(a);
    return error_no_memory(err, "benchmarks", o->count * sizeof *a->stamp);
}

void overlap_asker_close(overlap_asker *a) {
    if (!a) return;
    mem_free(a->stamp);
    mem_free(a->hits);
    mem_free(a->touched);
    mem_free(a);
}

// Counts a run for the texts that have it, once a question; true where one has enough.
static bool count_run(overlap_asker *a, uint64_t run, size_t *touched) {
    const overlap *o = a->o;
    const uint32_t first = o->first[find(o, run)];
    if (first == 0 || a->stamp[first - 1] == a->question) return false;
    a->stamp[first - 1] = a->question;
    bool enough = false;
    for (size_t i = first - 1; i < o->count && o->entry[i].run == run; i++) {
        const uint32_t text = o->entry[i].text;
        if (a->hits[text]++ == 0) a->touched[(*touched)++] = text;
        enough = enough || a->hits[text] >= OVERLAP_SHARE * o->runs_of[text];
    }
    return enough;
}

bool overlap_found(overlap_asker *a, const char *text, size_t bytes) {
    if (a->o->count == 0) return false;
    if (++a->question == 0) { // after 2^32 questions every stamp would be old
        memset(a->stamp, 0, a->o->count * sizeof *a->stamp);
        a->question = 1;
    }
    words w = {(const uint8_t *)text, (const uint8_t *)text + bytes};
    runs r = runs_begin(OVERLAP_RUN);
    size_t touched = 0;
    bool found = false;
    for (uint64_t word, run; !found && words_next_name(&w, &word);)
        found = runs_add(&r, word, &run) && count_run(a, run, &touched);
    while (touched > 0) a->hits[a->touched[--touched]] = 0;
    return found;
}
