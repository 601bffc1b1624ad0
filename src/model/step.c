#include "model/step.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "model/step_parts.h"

#include <string.h>

axl_status step_create(stepper **out, const frozen *m, const step_spec *spec,
                       const step_machine *machine, axl_error *err) {
    *out = NULL;
    RETURN_IF(spec->sequences == 0 || spec->bytes == 0, err, AXL_BAD_ARGUMENT,
              "a step of %zu sequences and %zu bytes is empty", spec->sequences, spec->bytes);
    stepper *s = mem_zalloc(sizeof *s);
    if (!s) return error_no_memory(err, "a step", sizeof *s);
    s->m = m;
    s->spec = *spec;
    s->ex = (exec){.k = machine->k, .p = machine->p};
    axl_status status = step_memory_plan(s, machine->memory, err);
    if (status == AXL_OK) status = step_memory_take(s, machine->limit, err);
    if (status != AXL_OK) {
        step_free(s);
        return status;
    }
    s->product.ex = &s->ex;
    *out = s;
    return AXL_OK;
}

void step_free(stepper *s) {
    if (!s) return;
    plan_free(&s->plan);
    mem_free(s);
}

const rope_table *step_rope(const stepper *s) {
    return &s->rope;
}

const exec *step_exec(const stepper *s) {
    return &s->ex;
}

void step_observe(stepper *s, step_observe_fn *fn, void *ctx) {
    s->observe = fn;
    s->observe_ctx = ctx;
}

static axl_status check(const stepper *s, const step_item *items, size_t count, axl_error *err) {
    RETURN_IF(count > s->spec.sequences, err, AXL_BAD_ARGUMENT,
              "%zu sequences, the step has room for %zu", count, s->spec.sequences);
    size_t bytes = 0;
    const size_t v = s->m->table->config.vocab_size;
    for (size_t i = 0; i < count; i++) {
        const step_item *a = &items[i];
        RETURN_IF(a->count == 0 || a->count > cache_room(a->cache), err, AXL_BAD_ARGUMENT,
                  "sequence %zu: %zu symbols, its window has room for %zu", i, a->count,
                  cache_room(a->cache));
        RETURN_IF(a->wanted > a->count || (a->wanted > 0 && !a->logits), err, AXL_BAD_ARGUMENT,
                  "sequence %zu: logits of %zu of %zu symbols", i, a->wanted, a->count);
        bytes += a->count;
        RETURN_IF(bytes > s->spec.bytes, err, AXL_BAD_ARGUMENT,
                  "more than the %zu symbols that the step has room for", s->spec.bytes);
        for (size_t t = 0; t < a->count; t++)
            RETURN_IF(a->ids[t] >= v, err, AXL_BAD_ARGUMENT,
                      "symbol %u at place %zu of sequence %zu: the model knows %zu",
                      (unsigned)a->ids[t], t, i, v);
    }
    return AXL_OK;
}

// Which states are born, when, and what they see.
static void make_rows(stepper *s) {
    for (size_t a = 0; a < MODEL_SCALES; a++) {
        step_scale *scale = &s->scale[a];
        scale->rows = 0;
        for (size_t i = 0; i < s->count; i++) {
            const size_t length = s->items[i].cache->length, k = model_factor(a);
            step_sequence *q = &s->sequences[i];
            q->first[a] = scale->rows;
            q->before[a] = length / k;
            q->count[a] = (length + s->items[i].count) / k - q->before[a];
            for (size_t j = 0; j < q->count[a]; j++, scale->rows++) {
                const size_t end = timeline_end(a, q->before[a] + j);
                scale->position[scale->rows] = (uint32_t)end;
                for (size_t b = 0; b < MODEL_SCALES; b++)
                    scale->visible[b][scale->rows] = (uint32_t)timeline_born(b, end);
            }
        }
    }
}

axl_status step_run(stepper *s, const step_item *items, size_t count, axl_error *err) {
    FORWARD(check(s, items, count, err));
    s->items = items;
    s->count = count;
    make_rows(s);
    for (size_t i = 0; i < count; i++) // beyond the length: not counted yet
        memcpy(items[i].cache->ids + items[i].cache->length, items[i].ids,
               items[i].count * sizeof *items[i].ids);
    FORWARD(step_stacks(s, err));
    FORWARD(step_rounds(s, err));
    FORWARD(step_finish(s, err));
    for (size_t i = 0; i < count; i++) items[i].cache->length += items[i].count;
    return AXL_OK;
}

// Lets the results of a part go where those of the whole are, from row `row` on.
static void aim(const stepper *s, step_item *part, const step_item *whole, size_t row) {
    const model_config *c = &s->m->table->config;
    part->logits = whole->logits + row * c->vocab_size;
    if (whole->gates) part->gates = whole->gates + row * MODEL_SCALES;
    if (whole->states) part->states = whole->states + row * c->d_model;
}

axl_status step_feed(stepper *s, cache *c, const step_item *item, axl_error *err) {
    for (size_t done = 0; done < item->count;) {
        FORWARD(cache_slide(c, &s->ex, &s->rope, err));
        const size_t left = item->count - done;
        const size_t part = size_min(size_min(left, s->spec.bytes), cache_room(c));
        // The wanted ones are the last of all; some of them may be in this part.
        const size_t after = left - part;
        step_item a = {.cache = c, .ids = item->ids + done, .count = part};
        if (item->wanted > after) {
            a.wanted = size_min(item->wanted - after, part);
            aim(s, &a, item, item->wanted - after - a.wanted);
        }
        FORWARD(step_run(s, &a, 1, err));
        done += part;
    }
    return AXL_OK;
}
