#include "tensor/plan.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

static void *default_alloc(size_t bytes) {
    void *block = mem_alloc_aligned(bytes, PLAN_ALIGN);
    if (block) memset(block, 0, bytes);
    return block;
}

void plan_init(plan *p, const char *purpose, const plan_memory *memory) {
    const plan_memory base = {default_alloc, mem_free_aligned, NULL};
    *p = (plan){.purpose = purpose, .memory = memory ? *memory : base};
}

static axl_status grow(plan *p, axl_error *err) {
    if (p->count < p->capacity) return AXL_OK;
    const size_t capacity = p->capacity > 0 ? 2 * p->capacity : 32;
    plan_region *regions = mem_resize_array(p->regions, capacity, sizeof *regions);
    if (!regions) return error_no_memory(err, "the memory plan", capacity * sizeof *regions);
    p->regions = regions;
    p->capacity = capacity;
    return AXL_OK;
}

axl_status plan_add_steps(plan *p, const plan_request *wanted, size_t *id, axl_error *err) {
    RETURN_IF(p->block, err, AXL_INTERNAL, "%s: %s was planned after the allocation", p->purpose,
              wanted->name);
    RETURN_IF(wanted->from > wanted->to, err, AXL_BAD_ARGUMENT, "%s: %s lives from %zu to %zu",
              p->purpose, wanted->name, wanted->from, wanted->to);
    size_t occupied;
    RETURN_IF(!size_align_up(wanted->bytes, PLAN_ALIGN, &occupied), err, AXL_TOO_LARGE,
              "%s: %s of %zu bytes is too large", p->purpose, wanted->name, wanted->bytes);
    FORWARD(grow(p, err));
    plan_region *r = &p->regions[p->count];
    *r = (plan_region){.bytes = wanted->bytes, .from = wanted->from, .to = wanted->to};
    string_copy(r->name, sizeof r->name, wanted->name);
    if (id) *id = p->count;
    p->count++;
    p->laid_out = false;
    return AXL_OK;
}

axl_status plan_add(plan *p, const char *name, size_t bytes, size_t *id, axl_error *err) {
    const plan_request always = {name, bytes, 0, SIZE_MAX};
    return plan_add_steps(p, &always, id, err);
}

static size_t occupied_bytes(const plan_region *r) {
    return (r->bytes + PLAN_ALIGN - 1) & ~(PLAN_ALIGN - 1); // checked when it was added
}

// Largest first, then in the order of adding: big regions find room before small ones break it up.
static int by_size(const void *a, const void *b) {
    const plan_region *x = *(plan_region *const *)a, *y = *(plan_region *const *)b;
    if (x->bytes != y->bytes) return x->bytes > y->bytes ? -1 : 1;
    return x < y ? -1 : x > y;
}

// Places r at the lowest offset that no placed region of the same time occupies. placed is sorted
// by offset, so one pass finds the first gap, and r is inserted where it belongs.
static bool place(plan_region **placed, size_t count, plan_region *r, size_t *end) {
    const size_t bytes = occupied_bytes(r);
    size_t offset = 0;
    for (size_t i = 0; i < count; i++) {
        const plan_region *q = placed[i];
        if (q->to < r->from || r->to < q->from) continue;
        if (q->offset >= offset && q->offset - offset >= bytes) break;
        offset = size_max(offset, q->offset + occupied_bytes(q));
    }
    if (!size_add(offset, bytes, end)) return false;
    r->offset = offset;
    size_t at = count;
    while (at > 0 && placed[at - 1]->offset > offset) at--;
    memmove(placed + at + 1, placed + at, (count - at) * sizeof(plan_region *));
    placed[at] = r;
    return true;
}

axl_status plan_layout(plan *p, axl_error *err) {
    if (p->laid_out) return AXL_OK;
    plan_region **order = mem_alloc_array(p->count, 2 * sizeof(plan_region *));
    if (!order) {
        return error_no_memory(err, "the memory plan", 2 * p->count * sizeof(plan_region *));
    }
    plan_region **placed = order + p->count;
    for (size_t i = 0; i < p->count; i++) order[i] = &p->regions[i];
    if (p->count > 1) qsort(order, p->count, sizeof(plan_region *), by_size);
    size_t total = 0, end = 0;
    axl_status status = AXL_OK;
    for (size_t i = 0; i < p->count && status == AXL_OK; i++) {
        if (place(placed, i, order[i], &end)) {
            total = size_max(total, end);
        } else {
            status = error_set(err, AXL_TOO_LARGE, "%s: the plan has too many bytes", p->purpose);
        }
    }
    mem_free(order);
    if (status != AXL_OK) return status;
    p->bytes = total;
    p->laid_out = true;
    return AXL_OK;
}

axl_status plan_allocate(plan *p, size_t limit, axl_error *err) {
    RETURN_IF(p->block, err, AXL_INTERNAL, "%s: the plan was allocated twice", p->purpose);
    FORWARD(plan_layout(p, err));
    char need[STRING_SIZE_MAX], have[STRING_SIZE_MAX];
    string_size(need, p->bytes);
    RETURN_IF(p->bytes > limit, err, AXL_TOO_LARGE,
              "%s: %s (%zu bytes) needed, the limit is %s (%zu bytes)", p->purpose, need, p->bytes,
              string_size(have, limit), limit);
    const uint64_t available = p->memory.available ? p->memory.available() : UINT64_MAX;
    RETURN_IF(p->bytes > available, err, AXL_NO_MEMORY,
              "%s: %s (%zu bytes) needed, %s (%llu bytes) available", p->purpose, need, p->bytes,
              string_size(have, available), (unsigned long long)available);
    p->block = p->memory.alloc(size_max(p->bytes, 1));
    if (!p->block) return error_no_memory(err, p->purpose, p->bytes);
    return AXL_OK;
}

void *plan_pointer(const plan *p, size_t id) {
    return p->block && id < p->count ? p->block + p->regions[id].offset : NULL;
}

bool plan_print(const plan *p, buf *out) {
    char size[STRING_SIZE_MAX];
    buf_format(out, "%-*s %12s %14s  %s\n", PLAN_NAME - 1, p->purpose, "size", "offset", "steps");
    for (size_t i = 0; i < p->count; i++) {
        const plan_region *r = &p->regions[i];
        buf_format(out, "%-*s %12s %14zu  ", PLAN_NAME - 1, r->name, string_size(size, r->bytes),
                   r->offset);
        if (r->from == 0 && r->to == SIZE_MAX) {
            buf_text(out, "always\n");
        } else {
            buf_format(out, "%zu-%zu\n", r->from, r->to);
        }
    }
    buf_format(out, "%-*s %12s %14zu bytes\n", PLAN_NAME - 1, "total", string_size(size, p->bytes),
               p->bytes);
    return buf_ok(out);
}

void plan_free(plan *p) {
    if (!p) return;
    if (p->block) p->memory.free(p->block);
    mem_free(p->regions);
    const plan_memory memory = p->memory;
    plan_init(p, p->purpose, &memory);
}
