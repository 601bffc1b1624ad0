#include "store/param_blocks.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"

#include <string.h>

#define NAME_ROOM (PARAM_NAME + PARAM_PREFIX)

// The text of an error is short; more than this of a list is only counted.
#define FAULTS_SHOWN ((size_t)100)

// A row of the table in one of the blocks.
typedef struct place {
    char name[NAME_ROOM]; // in the file
    const param *row;
    float *data; // where it goes; NULL: nowhere
} place;

typedef struct places {
    place *list; // [count], by block, then by row; owned
    size_t count;
} places;

static axl_status list_places(places *out, const param_blocks *b, axl_error *err) {
    *out = (places){0};
    if (!size_mul(b->table->count, b->count, &out->count)) out->count = SIZE_MAX;
    out->list = mem_alloc_array(out->count, sizeof *out->list);
    if (!out->list) return error_no_memory(err, "names of tensors", out->count);
    place *p = out->list;
    for (size_t i = 0; i < b->count; i++)
        for (size_t j = 0; j < b->table->count; j++, p++) {
            p->row = &b->table->list[j];
            p->data = b->block[i].data ? b->block[i].data + p->row->offset : NULL;
            string_format(p->name, sizeof p->name, NULL, "%s%s", b->block[i].prefix, p->row->name);
        }
    return AXL_OK;
}

// What the names and shapes of a file are compared with, and what was found wrong.
typedef struct matching {
    const safetensors_file *f;
    places wanted;
    bool *claimed; // [tensors of the file]: it is a row of a block; owned
    buf faults;    // a line for an error text
    size_t count;  // of faults
} matching;

static void add_fault(matching *m, const char *what, const char *name) {
    m->count++;
    if (m->faults.size < FAULTS_SHOWN)
        buf_format(&m->faults, "%s%s %s", m->count > 1 ? "; " : "", what, name);
}

static bool same_shape(const safetensor *t, const param *p) {
    bool same = t->dims == p->shape.dims;
    for (size_t i = 0; i < t->dims && same; i++) same = t->dim[i] == p->shape.dim[i];
    return same;
}

// Notes the tensors that no row has claimed, the first ones with the nearest name that is wanted.
static axl_status note_unknown(matching *m, axl_error *err) {
    const safetensors *s = &m->f->table;
    const size_t count = m->wanted.count;
    const char **names = mem_alloc_array(count, sizeof *names);
    if (!names) return error_no_memory(err, "names of tensors", count * sizeof *names);
    for (size_t i = 0; i < count; i++) names[i] = m->wanted.list[i].name;
    for (size_t i = 0; i < s->count; i++) {
        if (m->claimed[i]) continue;
        add_fault(m, "unknown", s->list[i].name);
        if (m->faults.size >= FAULTS_SHOWN) continue;
        const size_t nearest = string_nearest(s->list[i].name, names, count);
        if (nearest != SIZE_MAX) buf_format(&m->faults, " (%s?)", names[nearest]);
    }
    mem_free((void *)names);
    return AXL_OK;
}

// Notes the rows whose tensor is missing or has another shape or type.
static void note_unfit(matching *m) {
    for (size_t i = 0; i < m->wanted.count; i++) {
        const place *p = &m->wanted.list[i];
        const safetensor *t = safetensors_find(&m->f->table, p->name);
        if (!t) {
            add_fault(m, "missing", p->name);
        } else if (!dtype_of(t->type)->to_f32 || !same_shape(t, p->row)) {
            char have[SAFETENSOR_TEXT], want[SHAPE_TEXT];
            const bool shown = m->faults.size < FAULTS_SHOWN;
            add_fault(m, "wrong", p->name);
            if (shown)
                buf_format(&m->faults, " is %s, not F32, BF16 or F16 %s", safetensor_text(t, have),
                           shape_text(&p->row->shape, want));
        }
    }
}

static axl_status match(matching *m, axl_error *err) {
    for (size_t i = 0; i < m->wanted.count; i++) {
        const safetensor *t = safetensors_find(&m->f->table, m->wanted.list[i].name);
        if (t) m->claimed[t - m->f->table.list] = true;
    }
    FORWARD(note_unknown(m, err));
    note_unfit(m);
    if (m->count == 0) return AXL_OK;
    if (!buf_ok(&m->faults)) return error_no_memory(err, "an error text", FAULTS_SHOWN);
    return error_set(err, AXL_BAD_FILE, "%s: %zu faults against config.json: %s", m->f->what,
                     m->count, buf_string(&m->faults));
}

axl_status param_blocks_match(const safetensors_file *f, const param_blocks *b, axl_error *err) {
    matching m = {.f = f};
    FORWARD(list_places(&m.wanted, b, err));
    m.claimed = mem_zalloc_array(f->table.count, sizeof *m.claimed);
    const axl_status status =
        m.claimed ? match(&m, err) : error_no_memory(err, f->what, f->table.count);
    buf_free(&m.faults);
    mem_free(m.claimed);
    mem_free(m.wanted.list);
    return status;
}

static axl_status load_places(const safetensors_file *f, const places *all, const kernels *k,
                              axl_error *err) {
    const safetensors *s = &f->table;
    safetensors_target *target = mem_zalloc_array(s->count, sizeof *target);
    if (!target) return error_no_memory(err, f->what, s->count * sizeof *target);
    for (size_t i = 0; i < all->count; i++) {
        const safetensor *t = safetensors_find(s, all->list[i].name);
        target[t - s->list] = (safetensors_target){all->list[i].data, true};
    }
    const axl_status status = safetensors_load(f, k, target, err);
    mem_free(target);
    return status;
}

axl_status param_blocks_load(const safetensors_file *f, const param_blocks *b, const kernels *k,
                             axl_error *err) {
    places all;
    FORWARD(list_places(&all, b, err));
    const axl_status status = load_places(f, &all, k, err);
    mem_free(all.list);
    return status;
}

static axl_status write_places(const char *path, const places *all, const param_format *how,
                               const kernels *k, axl_error *err) {
    safetensors_item *item = mem_zalloc_array(all->count, sizeof *item);
    if (!item) return error_no_memory(err, path, all->count * sizeof *item);
    for (size_t i = 0; i < all->count; i++) {
        const place *p = &all->list[i];
        item[i] = (safetensors_item){.name = p->name,
                                     .type = how->type,
                                     .dims = p->row->shape.dims,
                                     .data = p->data,
                                     .from_f32 = true};
        memcpy(item[i].dim, p->row->shape.dim, p->row->shape.dims * sizeof *item[i].dim);
    }
    const safetensors_content content = {
        .item = item, .items = all->count, .note = how->note, .notes = how->count};
    const axl_status status = safetensors_write(path, &content, k, err);
    mem_free(item);
    return status;
}

axl_status param_blocks_write(const char *path, const param_blocks *b, const param_format *how,
                              const kernels *k, axl_error *err) {
    places all;
    FORWARD(list_places(&all, b, err));
    const axl_status status = write_places(path, &all, how, k, err);
    mem_free(all.list);
    return status;
}
