// A text that grows key by key: its prompt keeps its beginning for many keys, so that a session
// which has read the last one need not read it again, and little room is given away for that.
#include "server/dialects/prompts.h"
#include "support/unit.h"

#include <string.h>

#define CONTEXT ((size_t)1024)
#define STEP (CONTEXT / 8)
#define WRITTEN ((size_t)100)

static const model_facts model = {
    .name = "m", .vocab = INFILL_VOCAB, .context = CONTEXT, .infill = true};

static request new_request(route where) {
    return (request){.route = where, .model = &model, .most_bytes = WRITTEN};
}

static void make_text(char *out, size_t size) {
    for (size_t i = 0; i < size; i++) out[i] = (char)('a' + rng_below(rng_key(1, 0), i, 26));
}

// What a prompt shares with the one before it.
typedef struct typed {
    uint16_t last[CONTEXT];
    size_t count;
    size_t moved; // keys that changed more than the end
    // The last one as it was foreseen to begin after `keys` more; next_count 0: nothing was.
    uint16_t next[CONTEXT];
    size_t next_count, keys, foreseen;
} typed;

static void look_ahead(typed *t, const request_prompt *p) {
    t->next_count = 0;
    if (p->next_cut == 0) return;
    for (size_t i = 0; i < p->count; i++)
        if (i < p->next_at || i >= p->next_at + p->next_cut)
            t->next[t->next_count++] = p->symbols[i];
    t->keys = p->next_in;
}

// A beginning moves when and as it was foreseen.
static void check_foreseen(typed *t, const request_prompt *p, bool moved) {
    if (t->next_count == 0) return;
    assert_int_equal(moved, --t->keys == 0);
    if (!moved) return;
    t->foreseen++;
    assert_memory_equal(p->symbols, t->next, (t->next_count - 1) * sizeof *t->next);
    assert_true(p->count >= t->next_count);
}

static void press(typed *t, const request *r) {
    const request_prompt *p = &r->prompts[0];
    size_t same = 0;
    assert_int_equal(r->prompt_count, 1);
    assert_true(p->count <= CONTEXT - WRITTEN);
    while (same < t->count && same < p->count && t->last[same] == p->symbols[same]) same++;
    const bool moved = same + 2 < p->count; // the key itself and the mark of the middle
    t->moved += moved;
    check_foreseen(t, p, moved);
    look_ahead(t, p);
    memcpy(t->last, p->symbols, p->count * sizeof *p->symbols);
    t->count = p->count;
}

#define KEYS ((size_t)4000)

static void test_text(void **state) {
    (void)state;
    char text[KEYS];
    typed t = {.count = 0};
    make_text(text, sizeof text);
    for (size_t size = 0; size <= KEYS; size++) {
        refusal why = {0};
        request r = new_request(ROUTE_COMPLETIONS);
        assert_true(prompt_add_text(&r, text, size, &why));
        const request_prompt *p = &r.prompts[0];
        press(&t, &r);
        assert_int_equal(p->count - 1 + p->cut, size);
        assert_int_equal(p->cut % STEP, 0);
        if (p->cut > 0) assert_true(p->count > CONTEXT - WRITTEN - STEP);
        for (size_t i = 1; i < p->count; i++) assert_int_equal(p->symbols[i], text[p->cut + i - 1]);
        request_free(&r);
    }
    assert_true(t.moved <= 1 + KEYS / STEP);
    assert_true(t.foreseen + 1 >= t.moved && t.foreseen > KEYS / STEP / 2);
}

// Where the prompt has its suffix and its prefix.
typedef struct parts {
    size_t suffix, prefix;
} parts;

static parts parts_of(const request_prompt *p) {
    parts out = {0, 0};
    assert_int_equal(p->symbols[1], INFILL_SUFFIX);
    while (p->symbols[2 + out.suffix] != INFILL_PREFIX) out.suffix++;
    while (p->symbols[3 + out.suffix + out.prefix] != INFILL_MIDDLE) out.prefix++;
    return out;
}

static void check_gap(size_t suffix_size) {
    char text[KEYS], suffix[KEYS];
    typed t = {.count = 0};
    make_text(text, sizeof text);
    make_text(suffix, sizeof suffix);
    const size_t room = CONTEXT - WRITTEN - INFILL_MARKS;
    for (size_t size = 0; size <= KEYS; size++) {
        refusal why = {0};
        request r = new_request(ROUTE_INFILL);
        const infill gap = {(const uint8_t *)text, (const uint8_t *)suffix, size, suffix_size};
        assert_true(prompt_add_gap(&r, &gap, "prompt", &why));
        const request_prompt *p = &r.prompts[0];
        press(&t, &r);
        const parts have = parts_of(p);
        assert_int_equal(have.suffix + have.prefix + p->cut, size + suffix_size);
        // What is next to the gap stays, and a quarter of the room is the suffix's.
        assert_int_equal(p->symbols[2], suffix_size ? (uint8_t)suffix[0] : INFILL_PREFIX);
        if (size > 0) assert_int_equal(p->symbols[p->count - 2], text[size - 1]);
        assert_true(have.suffix == suffix_size || have.suffix >= room / 4);
        assert_true(have.prefix == size || have.prefix + STEP > room * 3 / 4);
        if (p->cut > 0) assert_true(have.prefix + have.suffix + STEP > room);
        request_free(&r);
    }
    assert_true(t.moved <= 3 + (KEYS + suffix_size) / STEP);
}

static void test_gap(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 100, 231, 500, 900, KEYS};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) check_gap(sizes[i]);
}

// What is measured is not cut more than it must be.
static void test_measured(void **state) {
    (void)state;
    char text[KEYS];
    refusal why = {0};
    request r = new_request(ROUTE_EMBEDDINGS);
    make_text(text, sizeof text);
    assert_true(prompt_add_text(&r, text, sizeof text, &why));
    assert_int_equal(r.prompts[0].count, CONTEXT - WRITTEN);
    request_free(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_gap),
        cmocka_unit_test(test_measured),
    };
    return cmocka_run_group_tests_name("prompts", tests, NULL, NULL);
}
