// The subtrees of the reference that the prediction has as well. Two are the same when tree-sitter
// would write them the same way: their named nodes with their kinds and fields, without the text.
#include "eval/codebleu.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>

static bool has_children(const python_tree *t, uint32_t n) {
    return t->node[n].past > n + 1;
}

// What is written of a node without children that the parser passed over is its first character.
static uint64_t own_hash(const python_tree *t, uint32_t n) {
    const python_node *node = &t->node[n];
    uint64_t hash = codebleu_mix(node->symbol, node->missing);
    if (node->kind == PYTHON_ERROR && !has_children(t, n) && node->end > node->begin)
        hash = codebleu_mix(hash, (unsigned char)t->text[node->begin] + 1u);
    return hash;
}

// hash[n] is that of the subtree at n. Children lie behind their parent, so the list is gone
// through from its end.
static void hash_all(const python_tree *t, uint64_t *hash) {
    for (uint32_t n = (uint32_t)t->count; n-- > 0;) {
        hash[n] = own_hash(t, n);
        for (uint32_t c = python_first(t, n); c != PYTHON_NONE; c = python_next(t, c)) {
            const python_node *child = &t->node[c];
            if (child->named || child->missing)
                hash[n] = codebleu_mix(hash[n], codebleu_mix(hash[c], child->field));
        }
        hash[n] = codebleu_mix(hash[n], 1);
    }
}

static int compare(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

// The hashes of the root and of all nodes with children, sorted, at the start of hash.
static size_t subtrees(const python_tree *t, uint64_t *hash) {
    hash_all(t, hash);
    size_t count = 0;
    for (uint32_t n = 0; n < t->count; n++)
        if (n == 0 || has_children(t, n)) hash[count++] = hash[n];
    qsort(hash, count, sizeof *hash, compare);
    return count;
}

axl_status codebleu_syntax(codebleu *c, const python_tree *reference, const python_tree *prediction,
                           axl_error *err) {
    uint64_t *r = mem_alloc_array(reference->count, sizeof *r);
    uint64_t *p = mem_alloc_array(prediction->count, sizeof *p);
    axl_status status = AXL_OK;
    if (r && p) {
        const size_t r_count = subtrees(reference, r), p_count = subtrees(prediction, p);
        for (size_t i = 0; i < r_count; i++)
            c->tree_match += bsearch(&r[i], p, p_count, sizeof *p, compare) != NULL;
        c->tree_total += r_count;
    } else {
        status = error_no_memory(err, "subtrees", reference->count * sizeof *r);
    }
    mem_free(r);
    mem_free(p);
    return status;
}
