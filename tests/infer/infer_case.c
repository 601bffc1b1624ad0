#include "infer_case.h"

#include "base/rng.h"
#include "store/few_bits.h"

#include <string.h>

static void open_model(infer_case *c, size_t context) {
    model_config config = case_config();
    config.d_model = 20;
    config.n_heads = 2;
    config.d_ff = 17;
    config.max_seq_len = context;
    memset(c, 0, sizeof *c);
    case_model_make(&c->m, &config, 23);
    c->e.k = case_kernels();
    c->e.model = (stored_model){.table = c->m.table, .block = c->m.w, .type = DTYPE_F32};
}

void infer_case_open(infer_case *c, size_t context, size_t sessions) {
    axl_error err;
    open_model(c, context);
    const frozen_source source = {c->m.w, c->m.w, DTYPE_F32};
    case_ok(frozen_of_block(&c->e.frozen, &c->m.table, &source, &err), &err);
    case_ok(batch_create(&c->b, &c->e, sessions, &err), &err);
}

void infer_case_open_few(infer_case *c, size_t context, size_t sessions, const char *recipe) {
    axl_error err;
    few_bits few;
    open_model(c, context);
    const few_bits_source source = {
        .table = &c->m.table, .block = c->m.w, .recipe = quant_recipe_find(recipe, NULL)};
    const frozen_machine machine = {.k = &c->e.k};
    case_ok(few_bits_make(&few, &source, &c->e.k, NULL, &err), &err);
    case_ok(frozen_of_tensors(&c->e.frozen, &c->m.table, few.list, &machine, &err), &err);
    few_bits_free(&few);
    case_ok(batch_create(&c->b, &c->e, sessions, &err), &err);
}

void infer_case_close(infer_case *c) {
    batch_free(c->b);
    frozen_free(&c->e.frozen);
    case_model_free(&c->m);
}

session *infer_case_session(const infer_case *c) {
    axl_error err;
    session *s;
    case_ok(session_create(&s, &c->e, &err), &err);
    return s;
}

void infer_case_bytes(uint16_t *out, size_t count, uint64_t seed) {
    for (size_t i = 0; i < count; i++) {
        const uint64_t word = rng_below(rng_key(seed, 0), i / 9, 5);
        out[i] = (uint16_t)('a' + rng_below(rng_key(word, 1), i % 9, 26));
    }
}

void infer_case_feed(session *s, size_t count, uint64_t seed) {
    axl_error err;
    uint16_t bytes[1024];
    assert_true(count <= COUNT_OF(bytes));
    infer_case_bytes(bytes, count, seed);
    case_ok(session_feed(s, bytes, count, &err), &err);
}

void infer_case_ready(const infer_case *c, session *s) {
    axl_error err;
    while (!session_ready(s)) case_ok(batch_run(c->b, &s, 1, &err), &err);
}

void infer_case_go(const infer_case *c, session *s, const chooser *how, size_t count) {
    axl_error err;
    for (size_t i = 0; i < count; i++) {
        chooser_choice choice;
        infer_case_ready(c, s);
        case_ok(session_choose(s, how, &choice, &err), &err);
        case_ok(session_accept(s, choice.symbol, &err), &err);
    }
}

void infer_case_always_draft(session *s) {
    s->gain.more = 0;
    for (size_t i = 0; i < DRAFT_CLASSES; i++) {
        s->gain.right[i] = 1e12; // what is learned changes nothing in so much
        s->gain.wrong[i] = 0;
    }
}

void infer_case_same(session *a, session *b) {
    axl_error err;
    size_t length, other;
    const uint16_t *left = session_text(a, &length), *right = session_text(b, &other);
    assert_int_equal(length, other);
    assert_memory_equal(left, right, length * sizeof *left);
    const float *one, *two;
    case_ok(session_expect(a, &one, &err), &err);
    case_ok(session_expect(b, &two, &err), &err);
    assert_memory_equal(one, two, session_engine(a)->model.table.config.vocab_size * sizeof *one);
}

chooser infer_case_warm(double temperature, uint64_t seed) {
    return (chooser){.temperature = temperature,
                     .top_p = 1,
                     .repeat = 1,
                     .ignore_eos = true,
                     .key = rng_key(seed, 0)};
}
