// The flow of data as the reference implementation finds it: one edge for each use of a name, to
// the places that its value may come from. Its ways are kept, also where they are odd: literals and
// operators are names, loops are gone through twice, and a statement that it cannot read leaves the
// whole program without edges.
#include "eval/codebleu.h"

#include "base/alloc.h"
#include "base/error.h"
#include "eval/codebleu_edges.h"

#include <string.h>

// Steps of following a program. Loops inside each other double them, so there must be an end.
#define STEPS_MAX 2000000

typedef struct follower {
    const python_tree *t;
    flow *f;
    uint32_t *leaf; // [count]: token of a node, or PYTHON_NONE; owned
    uint64_t steps;
    bool lost;    // the reference implementation fails here
    bool endless; // more than STEPS_MAX
    bool failed;  // no memory
} follower;

static void follow(follower *w, uint32_t n, flow_state *s);

static bool is_leaf(const python_tree *t, uint32_t n) {
    const python_node *node = &t->node[n];
    if (node->kind == PYTHON_COMMENT) return false;
    return node->past == n + 1 || node->kind == PYTHON_STRING;
}

// The token of a leaf in *token; false where it is none that counts: where the grammar's word for
// it is its own text, as for "return" and "+". Parts of strings are no tokens: one that is unpacked
// is where the reference implementation fails.
static bool names_value(follower *w, uint32_t n, uint32_t *token) {
    *token = w->leaf[n];
    if (*token == PYTHON_NONE) {
        w->lost = true;
        return false;
    }
    return strcmp(python_word(&w->t->node[n]), flow_text(w->f, w->f->token[*token])) != 0;
}

// ---- lists of nodes ----

// The tokens below a node that are no signs, as places of edges.
static void variables(follower *w, uint32_t n, flow_list *out) {
    if (n == PYTHON_NONE) {
        w->lost = true;
        return;
    }
    const python_tree *t = w->t;
    for (uint32_t i = n; i < t->node[n].past;) {
        if (is_leaf(t, i)) {
            uint32_t token;
            if (names_value(w, i, &token) && !flow_list_add(out, token)) w->failed = true;
            i = t->node[i].past;
        } else {
            i++;
        }
    }
}

// The children that are no commas; the node itself where it has none.
static void pieces(follower *w, uint32_t n, flow_list *out) {
    out->count = 0;
    for (uint32_t c = python_first(w->t, n); c != PYTHON_NONE; c = python_next(w->t, c))
        if (!python_reads(w->t, c, ",") && !flow_list_add(out, c)) w->failed = true;
}

// ---- edges ----

static void add_edge(follower *w, uint32_t token, flow_relation relation, const flow_list *from) {
    if (!flow_add(w->f, token, relation, from)) w->failed = true;
}

static void set_state(follower *w, flow_state *s, uint32_t token) {
    if (!flow_state_set(s, w->f->token[token], token)) w->failed = true;
}

static void follow_leaf(follower *w, uint32_t n, flow_state *s) {
    uint32_t token;
    if (!names_value(w, n, &token)) return;
    const flow_list *known = flow_state_get(s, w->f->token[token]);
    if (known) {
        if (!flow_add_known(w->f, token, known)) w->failed = true;
        return;
    }
    if (w->t->node[n].kind == PYTHON_IDENTIFIER) set_state(w, s, token);
    add_edge(w, token, FLOW_COMES_FROM, NULL);
}

static void follow_default(follower *w, uint32_t n, flow_state *s) {
    const uint32_t value = python_child(w->t, n, PYTHON_FIELD_VALUE);
    flow_list names = {0}, values = {0};
    variables(w, python_child(w->t, n, PYTHON_FIELD_NAME), &names);
    if (value != PYTHON_NONE) {
        variables(w, value, &values);
        follow(w, value, s);
    }
    for (size_t i = 0; i < names.count; i++) {
        if (value == PYTHON_NONE) add_edge(w, names.item[i], FLOW_COMES_FROM, NULL);
        for (size_t k = 0; k < values.count; k++) {
            const flow_list one = {.item = &values.item[k], .count = 1};
            add_edge(w, names.item[i], FLOW_COMES_FROM, &one);
        }
        set_state(w, s, names.item[i]);
    }
    flow_list_free(&names);
    flow_list_free(&values);
}

// left = right, piece by piece where both have as many. in_clause: "for left in right" of a
// comprehension, where they are one piece each.
static void follow_pairs(follower *w, const uint32_t side[2], bool in_clause, flow_state *s) {
    flow_list left = {0}, right = {0}, names = {0}, values = {0};
    if (!in_clause) {
        pieces(w, side[0], &left);
        pieces(w, side[1], &right);
    }
    if (left.count != right.count || left.count == 0) {
        left.count = right.count = 0;
        if (!flow_list_add(&left, side[0]) || !flow_list_add(&right, side[1])) w->failed = true;
    }
    for (size_t i = 0; i < right.count && !w->failed; i++) follow(w, right.item[i], s);
    for (size_t i = 0; i < left.count && !w->failed; i++) {
        names.count = values.count = 0;
        variables(w, left.item[i], &names);
        variables(w, right.item[i], &values);
        for (size_t k = 0; k < names.count; k++) {
            add_edge(w, names.item[k], FLOW_COMPUTED_FROM, &values);
            set_state(w, s, names.item[k]);
        }
    }
    flow_list_free(&left);
    flow_list_free(&right);
    flow_list_free(&names);
    flow_list_free(&values);
}

static uint32_t last_child(const python_tree *t, uint32_t n) {
    uint32_t last = PYTHON_NONE;
    for (uint32_t c = python_first(t, n); c != PYTHON_NONE; c = python_next(t, c)) last = c;
    return last;
}

static void follow_assignment(follower *w, uint32_t n, flow_state *s) {
    const bool in_clause = w->t->node[n].kind == PYTHON_FOR_IN;
    uint32_t side[2] = {python_child(w->t, n, PYTHON_FIELD_LEFT),
                        python_child(w->t, n, PYTHON_FIELD_RIGHT)};
    if (in_clause)
        side[1] = last_child(w->t, n);
    else if (side[1] == PYTHON_NONE)
        return; // a type without a value
    if (side[0] == PYTHON_NONE || side[1] == PYTHON_NONE)
        w->lost = true;
    else
        follow_pairs(w, side, in_clause, s);
}

// Behind it a name may come from any of the branches, or from before where there is no else.
static void follow_if(follower *w, uint32_t n, flow_state *s) {
    const python_tree *t = w->t;
    flow_state now = {0}, branch = {0}, all = {0};
    bool otherwise = false;
    if (!flow_state_copy(&now, s)) w->failed = true;
    for (uint32_t c = python_first(t, n); c != PYTHON_NONE && !w->failed; c = python_next(t, c)) {
        otherwise |= strstr(python_word(&t->node[c]), "else") != NULL;
        if (t->node[c].kind != PYTHON_ELIF && t->node[c].kind != PYTHON_ELSE) {
            follow(w, c, &now);
            continue;
        }
        if (!flow_state_copy(&branch, s)) w->failed = true;
        follow(w, c, &branch);
        if (!flow_state_join(&all, &branch)) w->failed = true;
    }
    if (!flow_state_join(&all, &now)) w->failed = true;
    if (!otherwise && !flow_state_join(&all, s)) w->failed = true;
    flow_state_free(&now);
    flow_state_free(&branch);
    flow_state_free(s);
    *s = all;
}

static void follow_for(follower *w, uint32_t n, flow_state *s) {
    const uint32_t side[2] = {python_child(w->t, n, PYTHON_FIELD_LEFT),
                              python_child(w->t, n, PYTHON_FIELD_RIGHT)};
    const uint32_t body = last_child(w->t, n);
    if (side[0] == PYTHON_NONE || side[1] == PYTHON_NONE) {
        w->lost = true;
        return;
    }
    const size_t from = w->f->count;
    for (int i = 0; i < 2; i++) {
        follow_pairs(w, side, false, s);
        if (python_kind_of(w->t, body) == PYTHON_BLOCK) follow(w, body, s);
    }
    if (!flow_merge(w->f, from)) w->failed = true;
}

static void follow_children(follower *w, uint32_t n, flow_state *s) {
    const python_tree *t = w->t;
    for (int clauses = 1; clauses >= 0; clauses--)
        for (uint32_t c = python_first(t, n); c != PYTHON_NONE; c = python_next(t, c))
            if ((t->node[c].kind == PYTHON_FOR_IN) == clauses) follow(w, c, s);
}

static void follow_while(follower *w, uint32_t n, flow_state *s) {
    const size_t from = w->f->count;
    for (int i = 0; i < 2; i++)
        for (uint32_t c = python_first(w->t, n); c != PYTHON_NONE; c = python_next(w->t, c))
            follow(w, c, s);
    if (!flow_merge(w->f, from)) w->failed = true;
}

// The depth is that of the tree, which the parser limits.
static void follow(follower *w, uint32_t n, flow_state *s) {
    if (++w->steps > STEPS_MAX) w->endless = true;
    if (w->lost || w->endless || w->failed) return;
    if (is_leaf(w->t, n)) {
        follow_leaf(w, n, s);
        return;
    }
    switch (w->t->node[n].kind) {
    case PYTHON_DEFAULT_PARAMETER:
        follow_default(w, n, s);
        break;
    case PYTHON_ASSIGNMENT:
    case PYTHON_AUGMENTED_ASSIGNMENT:
    case PYTHON_FOR_IN:
        follow_assignment(w, n, s);
        break;
    case PYTHON_IF:
        follow_if(w, n, s);
        break;
    case PYTHON_FOR:
        follow_for(w, n, s);
        break;
    case PYTHON_WHILE:
        follow_while(w, n, s);
        break;
    default:
        follow_children(w, n, s);
    }
}

static axl_status edges_of(const python_tree *t, flow *f, axl_error *err) {
    follower w = {.t = t, .f = f};
    flow_state state = {0};
    w.leaf = mem_alloc_array(t->count, sizeof *w.leaf);
    w.failed = !w.leaf;
    for (uint32_t i = 0; i < t->count && !w.failed; i++) w.leaf[i] = PYTHON_NONE;
    for (uint32_t i = 0; i < t->count && !w.failed;) {
        const bool leaf = is_leaf(t, i);
        if (leaf) w.leaf[i] = (uint32_t)f->tokens;
        if (leaf && !flow_token(f, python_span_of(t, i))) w.failed = true;
        i = leaf ? t->node[i].past : i + 1;
    }
    if (!w.failed) follow(&w, 0, &state);
    if (w.lost) f->count = 0;
    if (!w.failed && !flow_finish(f)) w.failed = true;
    flow_state_free(&state);
    mem_free(w.leaf);
    if (w.failed) return error_no_memory(err, "the flow of data", t->count * sizeof *w.leaf);
    RETURN_IF(w.endless, err, AXL_TOO_LARGE, "loops nested too deep to follow the data");
    return AXL_OK;
}

axl_status codebleu_dataflow(codebleu *c, const python_tree *reference,
                             const python_tree *prediction, axl_error *err) {
    flow r = {0}, p = {0};
    axl_status status = edges_of(reference, &r, err);
    if (status == AXL_OK) status = edges_of(prediction, &p, err);
    if (status == AXL_OK) {
        c->flow_total += r.count;
        c->flow_match += flow_matches(&r, &p);
    }
    flow_free(&r);
    flow_free(&p);
    return status;
}
