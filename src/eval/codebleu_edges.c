#include "eval/codebleu_edges.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

bool flow_list_add(flow_list *l, uint32_t item) {
    if (l->count == l->capacity) {
        const size_t capacity = l->capacity ? l->capacity * 2 : 8;
        uint32_t *grown = mem_resize_array(l->item, capacity, sizeof *grown);
        if (!grown) return false;
        l->item = grown;
        l->capacity = capacity;
    }
    l->item[l->count++] = item;
    return true;
}

void flow_list_free(flow_list *l) {
    mem_free(l->item);
    *l = (flow_list){0};
}

static int compare_numbers(const void *a, const void *b) {
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static bool add_all(flow_list *to, const flow_list *from) {
    for (size_t i = 0; i < from->count; i++)
        if (!flow_list_add(to, from->item[i])) return false;
    return true;
}

static void sort_once(flow_list *l) {
    if (l->count > 1) qsort(l->item, l->count, sizeof *l->item, compare_numbers);
    size_t kept = 0;
    for (size_t i = 0; i < l->count; i++)
        if (i == 0 || l->item[i] != l->item[i - 1]) l->item[kept++] = l->item[i];
    l->count = kept;
}

// ---- names and tokens ----

const char *flow_text(const flow *f, uint32_t name) {
    return f->text.data + f->name_at.item[name];
}

static bool find_or_add(flow *f, const buf *word, uint32_t *out) {
    for (uint32_t i = 0; i < f->name_at.count; i++)
        if (strcmp(flow_text(f, i), buf_string(word)) == 0) {
            *out = i;
            return true;
        }
    *out = (uint32_t)f->name_at.count;
    return flow_list_add(&f->name_at, (uint32_t)f->text.size) &&
           buf_append(&f->text, buf_string(word), strlen(buf_string(word)) + 1);
}

bool flow_token(flow *f, python_span text) {
    buf word = {0};
    for (size_t i = 0; i < text.bytes; i++)
        if (text.text[i] != '\n') buf_byte(&word, (uint8_t)text.text[i]);
    uint32_t name = 0;
    bool ok = buf_ok(&word) && find_or_add(f, &word, &name);
    buf_free(&word);
    if (ok && f->tokens == f->token_capacity) {
        const size_t capacity = f->token_capacity ? f->token_capacity * 2 : 64;
        uint32_t *grown = mem_resize_array(f->token, capacity, sizeof *grown);
        ok = grown != NULL;
        if (ok) {
            f->token = grown;
            f->token_capacity = capacity;
        }
    }
    if (ok) f->token[f->tokens++] = name;
    return ok;
}

// ---- edges ----

static void edge_free(flow_edge *e) {
    flow_list_free(&e->names);
    flow_list_free(&e->places);
}

void flow_free(flow *f) {
    for (size_t i = 0; i < f->capacity; i++) edge_free(&f->edge[i]);
    mem_free(f->edge);
    mem_free(f->token);
    flow_list_free(&f->name_at);
    buf_free(&f->text);
    *f = (flow){.count = 0};
}

// Invariant: edge[count] and beyond hold lists that are unused or none, which flow_free frees too.
static flow_edge *next_edge(flow *f, uint32_t token, flow_relation relation) {
    if (f->count == f->capacity) {
        const size_t capacity = f->capacity ? f->capacity * 2 : 64;
        flow_edge *grown = mem_resize_array(f->edge, capacity, sizeof *grown);
        if (!grown) return NULL;
        memset(grown + f->capacity, 0, (capacity - f->capacity) * sizeof *grown);
        f->edge = grown;
        f->capacity = capacity;
    }
    flow_edge *e = &f->edge[f->count++];
    e->token = token;
    e->relation = relation;
    e->names.count = e->places.count = 0;
    return e;
}

bool flow_add(flow *f, uint32_t token, flow_relation relation, const flow_list *from) {
    flow_edge *e = next_edge(f, token, relation);
    if (!e) return false;
    for (size_t i = 0; from && i < from->count; i++)
        if (!flow_list_add(&e->places, from->item[i]) ||
            !flow_list_add(&e->names, f->token[from->item[i]]))
            return false;
    return true;
}

bool flow_add_known(flow *f, uint32_t token, const flow_list *places) {
    flow_edge *e = next_edge(f, token, FLOW_COMES_FROM);
    return e && add_all(&e->places, places) && flow_list_add(&e->names, f->token[token]);
}

// The lists of e become part of those of to, each entry once.
static bool unite(const flow *f, flow_edge *to, const flow_edge *e) {
    if (!add_all(&to->names, &e->names) || !add_all(&to->places, &e->places)) return false;
    sort_once(&to->places);
    return flow_order_names(f, &to->names);
}

// Moves edge i to place k, whose lists go where i was.
static void move_edge(flow *f, size_t k, size_t i) {
    if (k == i) return;
    const flow_edge other = f->edge[k];
    f->edge[k] = f->edge[i];
    f->edge[i] = other;
}

bool flow_merge(flow *f, size_t from) {
    size_t kept = from;
    for (size_t i = from; i < f->count; i++) {
        size_t k = from;
        while (k < kept &&
               (f->edge[k].token != f->edge[i].token || f->edge[k].relation != f->edge[i].relation))
            k++;
        if (k == kept)
            move_edge(f, kept++, i);
        else if (!unite(f, &f->edge[k], &f->edge[i]))
            return false;
    }
    f->count = kept;
    return true;
}

// By token; edges of one token stay in their order.
static void sort_edges(flow *f) {
    for (size_t i = 1; i < f->count; i++) {
        const flow_edge e = f->edge[i];
        size_t k = i;
        for (; k > 0 && f->edge[k - 1].token > e.token; k--) f->edge[k] = f->edge[k - 1];
        f->edge[k] = e;
    }
}

// Marks the tokens at either end of an edge.
static void mark_used(const flow *f, bool *used) {
    for (size_t i = 0; i < f->count; i++) {
        const flow_edge *e = &f->edge[i];
        if (e->places.count > 0) used[e->token] = true;
        for (size_t k = 0; k < e->places.count; k++) used[e->places.item[k]] = true;
    }
}

static bool unite_tokens(flow *f, const bool *used) {
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (!used[f->edge[i].token]) continue;
        if (kept > 0 && f->edge[kept - 1].token == f->edge[i].token) {
            f->edge[kept - 1].relation = f->edge[i].relation;
            if (!unite(f, &f->edge[kept - 1], &f->edge[i])) return false;
        } else {
            move_edge(f, kept++, i);
        }
    }
    f->count = kept;
    return true;
}

// Numbers names by where they appear first, those that a value comes from before its own.
static void renumber(flow *f, uint32_t *number) {
    uint32_t next = 0;
    for (size_t i = 0; i < f->name_at.count; i++) number[i] = UINT32_MAX;
    for (size_t i = 0; i < f->count; i++) {
        flow_edge *e = &f->edge[i];
        for (size_t k = 0; k < e->names.count; k++) {
            uint32_t *to = &number[e->names.item[k]];
            if (*to == UINT32_MAX) *to = next++;
            e->names.item[k] = *to;
        }
        uint32_t *own = &number[f->token[e->token]];
        if (*own == UINT32_MAX) *own = next++;
        e->token = *own;
    }
}

bool flow_finish(flow *f) {
    bool *used = mem_zalloc_array(f->tokens + 1, sizeof *used);
    uint32_t *number = mem_alloc_array(f->name_at.count + 1, sizeof *number);
    bool ok = used && number;
    if (ok) {
        sort_edges(f);
        mark_used(f, used);
        ok = unite_tokens(f, used);
    }
    if (ok) renumber(f, number);
    mem_free(used);
    mem_free(number);
    return ok;
}

static int compare_edges(const void *a, const void *b) {
    const flow_edge *x = *(flow_edge *const *)a, *y = *(flow_edge *const *)b;
    if (x->token != y->token) return x->token < y->token ? -1 : 1;
    if (x->relation != y->relation) return x->relation < y->relation ? -1 : 1;
    if (x->names.count != y->names.count) return x->names.count < y->names.count ? -1 : 1;
    for (size_t i = 0; i < x->names.count; i++)
        if (x->names.item[i] != y->names.item[i])
            return x->names.item[i] < y->names.item[i] ? -1 : 1;
    return 0;
}

size_t flow_matches(const flow *r, const flow *p) {
    size_t matches = 0;
    bool *taken = mem_zalloc_array(p->count + 1, sizeof *taken);
    for (size_t i = 0; taken && i < r->count; i++) {
        const flow_edge *want = &r->edge[i];
        for (size_t k = 0; k < p->count; k++) {
            const flow_edge *have = &p->edge[k];
            if (taken[k] || compare_edges(&want, &have) != 0) continue;
            taken[k] = true;
            matches++;
            break;
        }
    }
    mem_free(taken);
    return matches;
}

// ---- states ----

static bool make_room(flow_state *s, size_t count) {
    if (count <= s->count) return true;
    flow_list *grown = mem_resize_array(s->of, count, sizeof *grown);
    if (!grown) return false;
    memset(grown + s->count, 0, (count - s->count) * sizeof *grown);
    s->of = grown;
    s->count = count;
    return true;
}

bool flow_state_set(flow_state *s, uint32_t name, uint32_t place) {
    if (!make_room(s, (size_t)name + 1)) return false;
    s->of[name].count = 0;
    return flow_list_add(&s->of[name], place);
}

const flow_list *flow_state_get(const flow_state *s, uint32_t name) {
    return name < s->count && s->of[name].count > 0 ? &s->of[name] : NULL;
}

bool flow_state_join(flow_state *to, const flow_state *from) {
    if (!make_room(to, from->count)) return false;
    for (size_t i = 0; i < from->count; i++) {
        if (!add_all(&to->of[i], &from->of[i])) return false;
        sort_once(&to->of[i]);
    }
    return true;
}

bool flow_state_copy(flow_state *to, const flow_state *from) {
    for (size_t i = 0; i < to->count; i++) to->of[i].count = 0;
    return flow_state_join(to, from);
}

void flow_state_free(flow_state *s) {
    for (size_t i = 0; i < s->count; i++) flow_list_free(&s->of[i]);
    mem_free(s->of);
    *s = (flow_state){.count = 0};
}
