#include "eval_case.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

void eval_case_open(eval_case *c, size_t context) {
    axl_error err;
    model_config config = case_config();
    config.max_seq_len = context;
    c->k = case_kernels();
    case_model_make(&c->m, &config, 5);
    case_ok(frozen_of_block(&c->f, &c->m.table, &(frozen_source){c->m.w, c->m.w, DTYPE_F32}, &err),
            &err);
    c->machine = (step_machine){.k = &c->k, .limit = PLAN_NO_LIMIT};
}

void eval_case_close(eval_case *c) {
    frozen_free(&c->f);
    case_model_free(&c->m);
}

void eval_case_documents(eval_document *out, const size_t *bytes, size_t count, uint64_t seed) {
    static uint8_t text[CASE_BYTES];
    static const char *const names[CASE_DOCUMENTS] = {"a", "b", "c", "d", "e", "f",
                                                      "g", "h", "i", "j", "k", "l"};
    size_t at = 0;
    assert_true(count <= CASE_DOCUMENTS);
    for (size_t i = 0; i < count; i++) {
        assert_true(at + bytes[i] <= CASE_BYTES);
        out[i] = (eval_document){.name = names[i], .data = text + at, .bytes = bytes[i]};
        for (size_t j = 0; j < bytes[i]; j++)
            text[at++] = (uint8_t)(rng_below(rng_key(seed, i), j, 40) * 6 + 1);
    }
}

eval_bpb eval_case_of(const eval_case *c, const eval_document *list, size_t count) {
    return (eval_bpb){
        .model = &c->f, .weights = c->m.w, .machine = &c->machine, .list = list, .count = count};
}

eval_case_scores eval_case_run(const eval_bpb *a) {
    axl_error err;
    eval_case_scores out;
    memset(&out, 0, sizeof out);
    case_ok(eval_bpb_run(a, out.each, &out.total, &err), &err);
    return out;
}

void eval_case_equal(const eval_case_scores *a, const eval_case_scores *b, size_t count) {
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(a->each[i].bytes, b->each[i].bytes);
        assert_memory_equal(&a->each[i].bits, &b->each[i].bits, sizeof a->each[i].bits);
    }
    assert_int_equal(a->total.bytes, b->total.bytes);
    assert_memory_equal(&a->total.bits, &b->total.bits, sizeof a->total.bits);
}

double eval_case_bits(const float *logits, size_t n, size_t target) {
    long double sum = 0;
    for (size_t i = n; i-- > 0;) sum += expl((long double)logits[i]);
    return (double)((logl(sum) - (long double)logits[target]) / logl(2));
}
