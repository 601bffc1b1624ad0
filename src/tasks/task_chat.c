// Chat: questions about a function and their answers, both read off its tree. No dialogue: where
// the answer is not in the code it says so.
//
// The last way to ask each question is kept for held-out projects.
#include "base/strings.h"
#include "tasks/task_unit.h"

#include <string.h>

#define HEAD_BYTES 200 // of the question and the answer
#define LISTED_MAX 6
#define WAYS 4

typedef struct talk {
    task_file *f;
    const task_unit *u;
    python_span name;
} talk;

// Appends the answer; false where the question makes no sense for this function. *about is what
// the question asks about, if that is not the function.
typedef bool answer(talk *k, buf *to, python_span *about);

static void put_quoted(buf *to, python_span s) {
    buf_byte(to, '`');
    task_put(to, s);
    buf_byte(to, '`');
}

// "`a`, `b` and `c`"
static void put_list(buf *to, const python_tree *t, const uint32_t *node, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buf_text(to, i + 1 == count ? " and " : ", ");
        put_quoted(to, python_span_of(t, node[i]));
    }
}

// Adds a node whose text is not in the list; false where the list is full.
static bool add_new(const python_tree *t, uint32_t *node, size_t *count, uint32_t n) {
    for (size_t i = 0; i < *count; i++)
        if (python_same(t, node[i], n)) return true;
    if (*count == LISTED_MAX) return false;
    node[(*count)++] = n;
    return true;
}

static bool what_it_takes(talk *k, buf *to, python_span *about) {
    (void)about;
    const python_tree *t = &k->u->tree;
    uint32_t name[LISTED_MAX + 1];
    const size_t count = python_parameter_names(t, k->u->def.parameters, name, LISTED_MAX + 1);
    if (count > LISTED_MAX) return false;
    if (count == 0) {
        buf_text(to, "It takes no arguments.");
    } else {
        buf_text(to, "It takes ");
        put_list(to, t, name, count);
        buf_byte(to, '.');
    }
    return true;
}

static bool what_it_returns(talk *k, buf *to, python_span *about) {
    (void)about;
    const python_tree *t = &k->u->tree;
    uint32_t value[LISTED_MAX];
    size_t count = 0;
    for (uint32_t n = k->u->def.body; n < t->node[k->u->def.body].past; n++) {
        const python_kind kind = python_kind_of(t, n);
        if (kind == PYTHON_FUNCTION || kind == PYTHON_LAMBDA || kind == PYTHON_YIELD) return false;
        if (kind != PYTHON_RETURN || python_parts(t, n) == 0) continue;
        const uint32_t part = python_part(t, n, 0);
        const python_span text = python_span_of(t, part);
        if (text.bytes > 60 || memchr(text.text, '\n', text.bytes)) return false;
        if (!add_new(t, value, &count, part) || count > 3) return false;
    }
    if (count == 0) {
        buf_text(to, "It returns nothing.");
    } else {
        buf_text(to, "It returns ");
        for (size_t i = 0; i < count; i++) {
            if (i > 0) buf_text(to, " or ");
            put_quoted(to, python_span_of(t, value[i]));
        }
        buf_byte(to, '.');
    }
    return true;
}

static bool what_it_raises(talk *k, buf *to, python_span *about) {
    (void)about;
    const python_tree *t = &k->u->tree;
    uint32_t name[LISTED_MAX];
    size_t count = 0;
    for (uint32_t n = k->u->def.body; n < t->node[k->u->def.body].past; n++) {
        if (t->node[n].kind != PYTHON_RAISE) continue;
        uint32_t what = python_part(t, n, 0);
        if (python_kind_of(t, what) == PYTHON_CALL)
            what = python_child(t, what, PYTHON_FIELD_FUNCTION);
        if (python_kind_of(t, what) != PYTHON_IDENTIFIER || !add_new(t, name, &count, what))
            return false;
    }
    if (count == 0) {
        buf_text(to, "It raises nothing itself.");
    } else {
        buf_text(to, "It raises ");
        put_list(to, t, name, count);
        buf_byte(to, '.');
    }
    return true;
}

static bool what_it_calls(talk *k, buf *to, python_span *about) {
    (void)about;
    const python_tree *t = &k->u->tree;
    uint32_t name[LISTED_MAX];
    size_t count = 0;
    for (uint32_t n = k->u->def.body; n < t->node[k->u->def.body].past; n++) {
        if (t->node[n].kind != PYTHON_CALL) continue;
        const uint32_t what = python_child(t, n, PYTHON_FIELD_FUNCTION);
        const python_span text = python_span_of(t, what);
        if (text.bytes > 40 || memchr(text.text, '(', text.bytes) ||
            !add_new(t, name, &count, what))
            return false;
    }
    if (count == 0) {
        buf_text(to, "It calls nothing.");
    } else {
        buf_text(to, "It calls ");
        put_list(to, t, name, count);
        buf_byte(to, '.');
    }
    return true;
}

static bool the_default(talk *k, buf *to, python_span *about) {
    const python_tree *t = &k->u->tree;
    uint64_t seen = 0;
    uint32_t chosen = PYTHON_NONE;
    for (uint32_t c = python_first(t, k->u->def.parameters); c != PYTHON_NONE;
         c = python_next(t, c)) {
        const python_kind kind = python_kind_of(t, c);
        if (kind != PYTHON_DEFAULT_PARAMETER && kind != PYTHON_TYPED_DEFAULT_PARAMETER) continue;
        if (task_roll(&k->f->dice, ++seen) == 0) chosen = c;
    }
    if (chosen == PYTHON_NONE) return false;
    *about = python_span_of(t, python_child(t, chosen, PYTHON_FIELD_NAME));
    buf_text(to, "It is ");
    put_quoted(to, python_span_of(t, python_child(t, chosen, PYTHON_FIELD_VALUE)));
    buf_byte(to, '.');
    return true;
}

// Whether an identifier gets a value in another way than by standing alone left of "=": as a
// parameter, in a tuple, by for, with, except, import, walrus and such.
static bool is_bound_otherwise(const python_tree *t, uint32_t n) {
    const uint32_t parent = python_parent(t, n);
    const python_kind kind = python_kind_of(t, parent);
    if (t->node[n].field == PYTHON_FIELD_LEFT && kind == PYTHON_ASSIGNMENT) return false;
    if (kind == PYTHON_NAMED_EXPRESSION || kind == PYTHON_ALIASED_IMPORT ||
        kind == PYTHON_DOTTED_NAME || kind == PYTHON_AUGMENTED_ASSIGNMENT)
        return t->node[n].field != PYTHON_FIELD_RIGHT && t->node[n].field != PYTHON_FIELD_VALUE;
    for (uint32_t up = n; up != PYTHON_NONE; up = python_parent(t, up)) {
        const uint8_t field = t->node[up].field;
        const char *word = python_word(&t->node[up]);
        const python_kind above = python_kind_of(t, python_parent(t, up));
        if (strcmp(word, "as_pattern_target") == 0 || strcmp(word, "case_pattern") == 0)
            return true;
        if (field == PYTHON_FIELD_PARAMETERS) return true;
        if (field == PYTHON_FIELD_LEFT &&
            (above == PYTHON_ASSIGNMENT || above == PYTHON_FOR || above == PYTHON_FOR_IN))
            return true;
        if (python_is_statement(t, up)) return false;
    }
    return false;
}

// Adds the names that are set by plain assignments alone: only of these the first one is where the
// name gets its value.
static size_t plain_names(const python_tree *t, uint32_t function, uint32_t name[LISTED_MAX]) {
    size_t count = 0;
    for (uint32_t n = function; n < t->node[function].past; n++) {
        if (t->node[n].kind != PYTHON_IDENTIFIER || t->node[n].field != PYTHON_FIELD_LEFT ||
            python_kind_of(t, python_parent(t, n)) != PYTHON_ASSIGNMENT)
            continue;
        bool plain = true;
        for (uint32_t i = function; i < t->node[function].past && plain; i++)
            plain = t->node[i].kind != PYTHON_IDENTIFIER || !python_same(t, i, n) ||
                    !is_bound_otherwise(t, i);
        if (plain) (void)add_new(t, name, &count, n);
    }
    return count;
}

static bool where_it_is_set(talk *k, buf *to, python_span *about) {
    const python_tree *t = &k->u->tree;
    uint32_t name[LISTED_MAX];
    const size_t count = plain_names(t, k->u->def.node, name);
    if (count == 0) return false;
    const uint32_t n = name[task_roll(&k->f->dice, count)];
    *about = python_span_of(t, n);
    buf_format(to, "On line %u.", (unsigned)t->node[n].line);
    return true;
}

// A name that the code does not have: the only right answer is that it is not there.
static bool what_is_not_there(talk *k, buf *to, python_span *about) {
    static const char *const others[] = {"verify_total", "merge_tables", "draw_frame", "fetch_user",
                                         "count_votes",  "close_door",   "mix_colors", "sort_mail"};
    const char *other = others[task_roll(&k->f->dice, sizeof others / sizeof *others)];
    for (uint32_t n = 0; n < k->u->tree.count; n++)
        if (python_reads(&k->u->tree, n, other)) return false;
    *about = (python_span){other, strlen(other)};
    put_quoted(to, *about);
    buf_text(to, " is not in this code.");
    return true;
}

// % is what is asked about: the function, or what the answer says.
static const struct {
    const char *kind;
    answer *find;
    const char *way[WAYS];
} questions[] = {
    {"takes",
     what_it_takes,
     {"What does % take?", "Which arguments does % have?", "What do I pass to %?",
      "What are the parameters of %?"}},
    {"returns",
     what_it_returns,
     {"What does % return?", "What comes back from %?", "What is the result of %?",
      "What do I get from %?"}},
    {"raises",
     what_it_raises,
     {"What does % raise?", "Which errors does % raise?", "Which exceptions come from %?",
      "How can % fail?"}},
    {"calls",
     what_it_calls,
     {"What does % call?", "Which functions does % call?", "What does % use?",
      "Which calls are in %?"}},
    {"default",
     the_default,
     {"What is the default of %?", "What is % if it is not given?",
      "Which value does % have by default?", "What if I leave out %?"}},
    {"set",
     where_it_is_set,
     {"Where is % set?", "On which line is % set first?", "Where does % get its value?",
      "Where is % first assigned?"}},
    {"absent",
     what_is_not_there,
     {"What does % return?", "What does % take?", "Which errors does % raise?", "How can % fail?"}},
};
#define QUESTIONS (sizeof questions / sizeof *questions)

static void put_question(buf *to, const char *way, python_span about) {
    const char *slot = strchr(way, '%');
    buf_append(to, way, (size_t)(slot - way));
    put_quoted(to, about);
    buf_text(to, slot + 1);
}

static void ask(talk *k, size_t question) {
    buf said = {0};
    python_span about = k->name;
    if (questions[question].find(k, &said, &about)) {
        const uint64_t way = task_roll(&k->f->dice, k->f->held ? WAYS : WAYS - 1);
        char kind[TASK_KIND_MAX];
        string_format(kind, sizeof kind, NULL, "%s%s", questions[question].kind,
                      way == WAYS - 1 ? "_unseen" : "");
        buf *to = &k->f->pairs.text;
        task_begin(&k->f->pairs, kind, k->u->line);
        buf_text(to, "User: ");
        put_question(to, questions[question].way[way], about);
        buf_text(to, "\n");
        task_put(to, task_span(&k->u->text));
        buf_text(to, "Assistant:");
        task_answer(&k->f->pairs);
        buf_text(to, " ");
        task_put(to, task_span(&said));
        buf_text(to, "\n");
        task_done(&k->f->pairs);
    }
    if (!buf_ok(&said)) k->f->pairs.failed = true;
    buf_free(&said);
}

// Two questions about each function, of which one in eight has no answer.
static axl_status visit(void *ctx, task_file *f, const task_unit *u, axl_error *err) {
    (void)ctx;
    (void)err;
    talk k = {f, u, python_span_of(&u->tree, u->def.name)};
    const size_t first = (size_t)task_roll(&f->dice, QUESTIONS - 1);
    const size_t second =
        (first + 1 + (size_t)task_roll(&f->dice, QUESTIONS - 2)) % (QUESTIONS - 1);
    ask(&k, first);
    ask(&k, task_roll(&f->dice, 4) ? second : QUESTIONS - 1);
    return AXL_OK;
}

axl_status task_make_chat(task_file *f, axl_error *err) {
    return task_each_unit(f, f->pairs.longest - HEAD_BYTES, visit, NULL, err);
}
