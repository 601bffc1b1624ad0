// Any bytes as a .pt file. What is accepted keeps its promises: every tensor lies in its storage
// and can be copied, and the same tensors, written again by name, are the same.
#include "formats/torch_pt.h"
#include "fuzz_target.h"

#include <string.h>

static void check_tensor(const torch_pt *t, const torch_tensor *tensor) {
    const size_t size = dtype_of(tensor->type)->block_bytes;
    size_t elements = 1, last = tensor->offset;
    FUZZ_CHECK(tensor->dims <= TORCH_DIMS && torch_pt_find(t, tensor->name) == tensor);
    for (size_t i = 0; i < tensor->dims; i++) elements *= tensor->dim[i];
    FUZZ_CHECK(elements == tensor->elements && elements * size == tensor->bytes);
    for (size_t i = 0; i < tensor->dims && elements > 0; i++)
        last += (tensor->dim[i] - 1) * tensor->stride[i];
    FUZZ_CHECK(elements == 0 || (last + 1) * size <= tensor->entry->bytes);
    FUZZ_CHECK(tensor->entry->begin + tensor->entry->bytes <= t->from.bytes);
    uint8_t *copy = malloc(tensor->bytes + 1);
    FUZZ_CHECK(copy);
    FUZZ_CHECK(torch_pt_copy(t, tensor, copy, NULL) == AXL_OK);
    free(copy);
}

// Walks everything, with a limit, since values may hold themselves.
static size_t walk(const pickle_value *v, size_t depth) {
    if (depth == 0) return 0;
    size_t seen = 1;
    const pickle_cell *cell = v->count > 0 ? v->of.last : NULL;
    if (v->kind == PICKLE_TEXT) FUZZ_CHECK(strlen(v->of.text) == v->count);
    if (v->kind == PICKLE_LIST || v->kind == PICKLE_DICT)
        for (uint32_t i = 0; i < v->count && i < 100; i++) {
            cell = cell->next;
            FUZZ_CHECK((cell->key != NULL) == (v->kind == PICKLE_DICT));
            seen += walk(cell->value, depth - 1);
        }
    if (v->kind == PICKLE_TUPLE)
        for (size_t i = 0; i < v->count && i < 100; i++) seen += walk(pickle_item(v, i), depth - 1);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    torch_pt t;
    axl_error err = {0};
    const byte_source from = byte_source_of_memory(data, size, "input");
    const axl_status status = torch_pt_read(&t, &from, &err);
    FUZZ_CHECK(status == AXL_OK || status == AXL_BAD_FILE);
    FUZZ_CHECK(status == AXL_OK || strncmp(err.text, "input:", 6) == 0);
    if (status == AXL_OK) {
        for (size_t i = 0; i < t.count; i++) check_tensor(&t, &t.list[i]);
        FUZZ_CHECK(walk(t.root, 3) > 0);
        const axl_status sums = torch_pt_check(&t, &err);
        FUZZ_CHECK(sums == AXL_OK || sums == AXL_BAD_FILE);
    }
    torch_pt_free(&t);
    return 0;
}
