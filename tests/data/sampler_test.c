#include "data/sampler.h"

#include "data/data_case.h"
#include "data/fim.h"
#include "os/scratch.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void whole_text(const corpus *c, size_t group, uint16_t *out) {
    const corpus_range all = {CORPUS_TRAIN, group, 0,
                              (size_t)corpus_length(c, CORPUS_TRAIN, group)};
    assert_int_equal(corpus_symbols(c, all, out, NULL), AXL_OK);
}

static sampler make(const corpus *c, size_t length, uint64_t seed, double fim_rate) {
    sampler s;
    const sampler_options o = {length, seed, fim_rate};
    assert_int_equal(sampler_init(&s, c, &o, NULL), AXL_OK);
    return s;
}

// Some epochs: every crop once, and every symbol predicted once, or twice where it does not divide.
static void an_epoch_sees_everything_once(void **state) {
    (void)state;
    data_file_words("a", 1, 7);
    data_file_words("b", 2, 5);
    const corpus_spec spec = data_spec();
    corpus *c = data_build(&spec);
    const size_t total = (size_t)corpus_length(c, CORPUS_TRAIN, 0);
    uint16_t text[2000], ids[512], target[512];
    assert_true(total < 2000);
    whole_text(c, 0, text);
    for (size_t length = 1; length < 300; length = length * 2 + 1) {
        const sampler s = make(c, length, 3, 0);
        const uint64_t crops = sampler_crops(&s, 0);
        assert_int_equal(crops, (total + length - 1) / length);
        for (uint64_t epoch = 0; epoch < 3; epoch++) {
            unsigned char seen[2000] = {0}, predicted[2000] = {0};
            for (uint64_t i = 0; i < crops; i++) {
                const uint64_t n = epoch * crops + i;
                const sample_place p = sampler_place(&s, n);
                assert_int_equal(p.epoch, epoch);
                assert_int_equal(seen[p.crop]++, 0);
                assert_int_equal(sampler_sample(&s, n, ids, target, NULL), AXL_OK);
                for (size_t k = 0; k < length; k++) {
                    const size_t at = (size_t)(p.start + k) % total;
                    const uint16_t next = text[(at + 1) % total];
                    predicted[(at + 1) % total]++;
                    assert_int_equal(ids[k], text[at]);
                    assert_int_equal(target[k], next == CORPUS_BOS ? SAMPLER_IGNORE : next);
                }
            }
            size_t twice = 0;
            for (size_t i = 0; i < total; i++) {
                assert_true(predicted[i] == 1 || predicted[i] == 2);
                twice += predicted[i] == 2;
            }
            assert_int_equal(twice, crops * length - total);
        }
    }
    corpus_free(c);
}

static void orders_and_places_differ(void **state) {
    (void)state;
    data_file_words("a", 1, 2000);
    const corpus_spec spec = data_spec();
    corpus *c = data_build(&spec);
    const sampler s = make(c, 64, 3, 0), other = make(c, 64, 4, 0);
    const uint64_t crops = sampler_crops(&s, 0);
    size_t same_seed = 0, same_epoch = 0, phase[4] = {0};
    for (uint64_t n = 0; n < crops; n++) {
        const sample_place p = sampler_place(&s, n);
        same_seed += p.start == sampler_place(&other, n).start;
        same_epoch += p.crop == sampler_place(&s, n + crops).crop;
    }
    assert_true(same_seed <= 6 && same_epoch <= 6);
    // Crops start anywhere, also against groups of 4.
    for (uint64_t epoch = 0; epoch < 400; epoch++)
        phase[sampler_place(&s, epoch * crops).start % 4]++;
    for (int i = 0; i < 4; i++) assert_true(phase[i] > 60 && phase[i] < 140);
    corpus_free(c);
}

// A text that is shorter than a sample is read round and round.
static void short_texts_repeat(void **state) {
    (void)state;
    data_file_text("a", "ab");
    const corpus_spec spec = data_spec();
    corpus *c = data_build(&spec);
    const sampler s = make(c, 9, 1, 0);
    uint16_t ids[9], target[9];
    static const uint16_t text[] = {CORPUS_BOS, 'a', 'b', CORPUS_EOS};
    assert_int_equal(sampler_crops(&s, 0), 1);
    for (uint64_t n = 0; n < 20; n++) {
        const uint64_t start = sampler_place(&s, n).start;
        assert_int_equal(sampler_sample(&s, n, ids, target, NULL), AXL_OK);
        for (size_t i = 0; i < 9; i++) {
            assert_int_equal(ids[i], text[(start + i) % 4]);
            const uint16_t next = text[(start + i + 1) % 4];
            assert_int_equal(target[i], next == CORPUS_BOS ? SAMPLER_IGNORE : next);
        }
    }
    corpus_free(c);
}

static void weights_are_exact_in_each_block(void **state) {
    (void)state;
    data_file_words("a", 1, 100);
    data_file_words("b", 2, 40);
    data_file_words("c", 3, 5);
    char a[600], b[600];
    snprintf(a, sizeof a, "%s:0.5", data_box_path("data/a"));
    snprintf(b, sizeof b, "%s:0.2", data_box_path("data/b"));
    const char *const paths[] = {a, b, data_box_path("data/c")}; // 0.5, 0.2 and 1 of 1.7
    corpus_spec spec = data_spec();
    spec.path = paths;
    spec.paths = 3;
    corpus *c = data_build(&spec);
    const sampler s = make(c, 32, 9, 0);
    // 301.18, 120.47 and 602.35: the one that is missing goes to the largest remainder.
    static const size_t expected[] = {301, 121, 602};
    uint64_t index[3] = {0};
    size_t runs = 0, last = 3;
    for (uint64_t block = 0; block < 5; block++) {
        size_t count[3] = {0};
        // Within a block the samples of a group are any of its next ones, each once.
        unsigned char seen[3][SAMPLER_BLOCK] = {{0}};
        for (uint64_t i = 0; i < SAMPLER_BLOCK; i++) {
            const sample_place p = sampler_place(&s, block * SAMPLER_BLOCK + i);
            const uint64_t crops = sampler_crops(&s, p.group);
            count[p.group]++;
            runs += p.group != last;
            last = p.group;
            bool found = false;
            for (uint64_t k = index[p.group]; k < index[p.group] + expected[p.group]; k++) {
                // The place is one of those of the group's epoch that are due.
                if (k / crops == p.epoch && !seen[p.group][k - index[p.group]] && !found) {
                    seen[p.group][k - index[p.group]] = 1;
                    found = true;
                }
            }
            assert_true(found);
        }
        for (int g = 0; g < 3; g++) {
            assert_int_equal(count[g], expected[g]);
            index[g] += expected[g];
        }
    }
    assert_true(runs > 5 * SAMPLER_BLOCK / 3); // mixed, not one group after the other
    corpus_free(c);
}

static void each_group_has_its_own_epochs(void **state) {
    (void)state;
    data_file_words("a", 1, 60);
    data_file_words("b", 2, 3);
    char a[600], b[600];
    snprintf(a, sizeof a, "%s:3", data_box_path("data/a"));
    snprintf(b, sizeof b, "%s:1", data_box_path("data/b"));
    const char *const paths[] = {a, b};
    corpus_spec spec = data_spec();
    spec.path = paths;
    spec.paths = 2;
    corpus *c = data_build(&spec);
    const sampler s = make(c, 16, 2, 0);
    size_t seen[2][300] = {{0}};
    const uint64_t crops[2] = {sampler_crops(&s, 0), sampler_crops(&s, 1)};
    assert_true(crops[0] < 300 && crops[1] < 300);
    // Samples of whole blocks: group 1 gets 256 a block, so epoch e is done after all of it.
    for (uint64_t n = 0; n < 3 * SAMPLER_BLOCK; n++) {
        const sample_place p = sampler_place(&s, n);
        if (p.epoch == 0) seen[p.group][p.crop]++;
    }
    for (size_t g = 0; g < 2; g++)
        for (uint64_t i = 0; i < crops[g]; i++) assert_int_equal(seen[g][i], 1);
    corpus_free(c);
}

static void options_are_checked(void **state) {
    (void)state;
    data_file_text("a", "text");
    const corpus_spec spec = data_spec();
    corpus *c = data_build(&spec);
    static const sampler_options bad[] = {
        {0, 1, 0},    {SAMPLER_LENGTH_MAX + 1, 1, 0},  {64, 1, -0.1},
        {64, 1, 1.1}, {SAMPLER_FIM_LEAST - 1, 1, 0.5},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        sampler s;
        axl_error err = {0};
        assert_int_equal(sampler_init(&s, c, &bad[i], &err), AXL_BAD_ARGUMENT);
        assert_true(err.text[0]);
    }
    corpus_free(c);
}

// Puts a sample back together: the text of the document, or NULL if it is no such sample.
static bool join(const uint16_t *whole, size_t count, buf *out, bool *suffix_first) {
    size_t at[3] = {0}, end[3] = {0}; // prefix, suffix, middle
    size_t i = 1;
    if (whole[0] != CORPUS_BOS) return false;
    *suffix_first = whole[1] == FIM_SUFFIX;
    for (int part = 0; part < 3; part++) {
        const uint16_t mark = whole[i++];
        if (mark < FIM_PREFIX || mark > FIM_MIDDLE) return false;
        at[mark - FIM_PREFIX] = i;
        while (i < count && whole[i] < 256) i++;
        end[mark - FIM_PREFIX] = i;
    }
    if (i == count || whole[i++] != CORPUS_EOS) return false;
    for (; i < count; i++)
        if (whole[i] != FIM_PAD) return false;
    static const int order[] = {0, 2, 1};
    for (int part = 0; part < 3; part++)
        for (size_t k = at[order[part]]; k < end[order[part]]; k++)
            buf_byte(out, (uint8_t)whole[k]);
    return true;
}

static void fill_in_the_middle_can_be_put_together(void **state) {
    (void)state;
    data_file_text("a.py", "def f(x):\n    if x:\n        return 1\n\n    return 2\n\nf(3)\n");
    data_file_words("long", 1, 30);
    data_file_text("z", "z");
    const corpus_spec spec = data_spec();
    corpus *c = data_build(&spec);
    const size_t length = 100;
    const sampler s = make(c, length, 5, 0.5);
    char text[5000];
    snprintf(text, sizeof text, "%s", data_text(c, CORPUS_TRAIN, 0));
    size_t fims = 0, first = 0, whole_long = 0;
    for (uint64_t n = 0; n < 4000; n++) {
        uint16_t ids[100], target[100], whole[101];
        const sample_place p = sampler_place(&s, n);
        assert_int_equal(sampler_sample(&s, n, ids, target, NULL), AXL_OK);
        if (!p.fim) {
            for (size_t i = 0; i < length; i++) assert_true(ids[i] < 258);
            continue;
        }
        fims++;
        memcpy(whole, ids, sizeof ids);
        // The last symbol is known from its target, unless that is ignored: then it is a mark or
        // padding.
        whole[length] = target[length - 1] == SAMPLER_IGNORE ? FIM_PAD : target[length - 1];
        buf joined = {0};
        bool suffix_first = false;
        if (!join(whole, length + 1, &joined, &suffix_first)) fail_msg("sample %d", (int)n);
        first += suffix_first;
        assert_non_null(strstr(text, buf_string(&joined)));
        // A document that fits is there whole, of a long one as much as fits.
        const size_t index = corpus_document_of(c, CORPUS_TRAIN, 0, p.start);
        const corpus_document d = corpus_document_at(c, CORPUS_TRAIN, 0, index);
        const size_t fits = length + 1 - FIM_EXTRA;
        assert_int_equal(joined.size, d.bytes < fits ? d.bytes : fits);
        whole_long += d.bytes > fits;
        for (size_t i = 0; i < length; i++) {
            const uint16_t next = i + 1 < length ? ids[i + 1] : whole[length];
            const bool mark = next >= FIM_PREFIX || next == CORPUS_BOS;
            assert_int_equal(target[i], mark ? SAMPLER_IGNORE : next);
        }
        buf_free(&joined);
    }
    assert_true(fims > 1850 && fims < 2150);
    assert_true(first > fims * 45 / 100 && first < fims * 55 / 100);
    assert_true(whole_long > 100 && whole_long < fims);
    corpus_free(c);
}

static void spans_are_what_they_say(void **state) {
    (void)state;
    static const char text[] = "a = 1\nfor x in y:\n\n    if x:\n        z()\n    w()\nlast";
    const size_t bytes = sizeof text - 1;
    const uint8_t *t = (const uint8_t *)text;
    size_t kinds[3] = {0}, longest = 0;
    for (uint64_t n = 0; n < 10000; n++) {
        const fim_cut cut = fim_choose(t, bytes, rng_key(1, 2), n);
        kinds[cut.span]++;
        assert_true(cut.begin <= cut.end && cut.end <= bytes);
        const bool at_end = cut.end == bytes || text[cut.end] == '\n';
        if (cut.span == FIM_TO_LINE_END) {
            assert_true(at_end);
            assert_null(memchr(text + cut.begin, '\n', cut.end - cut.begin));
        }
        if (cut.span == FIM_BLOCK) {
            assert_true(at_end);
            size_t start = cut.begin;
            while (start > 0 && text[start - 1] == ' ') start--;
            assert_true(start == 0 || text[start - 1] == '\n');
            if (text[cut.begin] == 'f') {
                // The loop with all that is below it, also across the blank line.
                assert_memory_equal(text + cut.end, "\nlast", 5);
                longest++;
            }
            if (text[cut.begin] == 'i') assert_memory_equal(text + cut.end, "\n    w()", 8);
            if (text[cut.begin] == 'a') assert_int_equal(cut.end, 5);
        }
    }
    assert_true(longest > 100);
    assert_true(kinds[FIM_ANY] > 4800 && kinds[FIM_ANY] < 5200);
    assert_true(kinds[FIM_TO_LINE_END] > 2800 && kinds[FIM_TO_LINE_END] < 3200);
    const fim_cut nothing = fim_choose(t, 0, rng_key(1, 2), 3);
    assert_int_equal(nothing.end, 0);
}

// With answers_only the prompt of a pair is seen and not predicted; what is no pair is all
// predicted.
static void prompts_are_not_predicted(void **state) {
    (void)state;
    data_file_text("pairs.jsonl",
                   "{\"prompt\":\"one two\",\"completion\":\"THREE\"}\n"
                   "{\"completion\":\"SIX\",\"prompt\":\"four five\"}\n"
                   "{\"text\":\"seven\"}\n");
    for (int only = 0; only < 2; only++) {
        corpus_spec spec = data_spec();
        spec.held_fraction = 0;
        spec.answers_only = only;
        corpus *c = data_build(&spec);
        const size_t total = (size_t)corpus_length(c, CORPUS_TRAIN, 0);
        char predicted[64];
        uint16_t symbols[64], ids[15], target[15];
        assert_int_equal(total, (7 + 1 + 5) + (9 + 1 + 3) + 5 + 3 * 2);
        whole_text(c, 0, symbols);
        memset(predicted, '.', sizeof predicted);
        sampler s = make(c, 15, 3, 0);
        for (uint64_t n = 0; n < sampler_crops(&s, 0); n++) {
            const sample_place p = sampler_place(&s, n);
            assert_int_equal(sampler_sample(&s, n, ids, target, NULL), AXL_OK);
            for (size_t i = 0; i < 15; i++) {
                const size_t at = (size_t)(p.start + 1 + i) % total;
                if (target[i] == SAMPLER_IGNORE) continue;
                assert_int_equal(ids[i], symbols[(p.start + i) % total]);
                assert_int_equal(target[i], symbols[at]);
                predicted[at] = target[i] == CORPUS_EOS ? '>' : (char)target[i];
            }
        }
        predicted[total] = '\0';
        // A newline joins the two.
        const char *expected = only ? ".........THREE>...........SIX>.seven>"
                                    : ".one two\nTHREE>.four five\nSIX>.seven>";
        assert_string_equal(predicted, expected);
        sampler_free(&s);
        corpus_free(c);
    }
}

enum { PAIR_LENGTH = 64 };

// Pairs of many sizes; one whose prompt alone is too long, one whose answer is, and a long text.
static void put_pairs(void) {
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
    buf text = {0};
    for (int i = 0; i < 60; i++)
        buf_format(&text, "{\"prompt\":\"%d %.*s\",\"completion\":\"%.*s\"}\n", i, i * 7 % 31,
                   letters, 1 + i * 5 % 23, letters);
    buf_format(&text, "{\"prompt\":\"%.*s\",\"completion\":\"x\"}\n", PAIR_LENGTH - 1, letters);
    buf_format(&text, "{\"prompt\":\"long\",\"completion\":\"%.150s\"}\n", letters);
    buf_format(&text, "{\"text\":\"%.140s\"}\n", letters);
    assert_true(buf_ok(&text));
    data_file_write("pairs.jsonl", text.data, text.size);
    buf_free(&text);
}

// How often a symbol of the document, the BOS being number 0, is to be predicted in an epoch.
static int expected_times(corpus_document d, uint64_t symbol) {
    if (symbol == 0) return 0;
    if (d.prompt == 0) return 1;
    if (symbol <= d.prompt) return 0;
    return d.bytes + 2 <= PAIR_LENGTH + 1 || symbol <= PAIR_LENGTH;
}

// Of a pair nothing is predicted without its whole prompt in view, and every answer that fits comes
// whole, once an epoch.
static void answers_see_their_prompts(void **state) {
    (void)state;
    put_pairs();
    corpus_spec spec = data_spec();
    spec.held_fraction = 0;
    spec.answers_only = true;
    corpus *c = data_build(&spec);
    const size_t total = (size_t)corpus_length(c, CORPUS_TRAIN, 0);
    uint16_t text[4000], ids[PAIR_LENGTH], target[PAIR_LENGTH];
    assert_true(total < COUNT_OF(text));
    whole_text(c, 0, text);
    sampler s = make(c, PAIR_LENGTH, 3, 0);
    for (uint64_t epoch = 0; epoch < 2; epoch++) {
        unsigned char predicted[COUNT_OF(text)] = {0};
        for (uint64_t i = 0; i < sampler_crops(&s, 0); i++) {
            const uint64_t n = epoch * sampler_crops(&s, 0) + i;
            const sample_place p = sampler_place(&s, n);
            assert_int_equal(p.epoch, epoch);
            assert_int_equal(sampler_sample(&s, n, ids, target, NULL), AXL_OK);
            for (size_t k = 0; k < PAIR_LENGTH; k++) {
                if (target[k] == SAMPLER_IGNORE) continue;
                const size_t at = (size_t)p.start + 1 + k;
                const corpus_document d = corpus_document_at(
                    c, CORPUS_TRAIN, 0, corpus_document_of(c, CORPUS_TRAIN, 0, at));
                assert_true(d.prompt == 0 || p.start <= d.start);
                assert_int_equal(target[k], text[at]);
                assert_memory_equal(ids, text + p.start, (k + 1) * sizeof *ids);
                predicted[at]++;
            }
        }
        for (size_t i = 0; i < corpus_documents(c, CORPUS_TRAIN, 0); i++) {
            const corpus_document d = corpus_document_at(c, CORPUS_TRAIN, 0, i);
            for (uint64_t k = 0; k < d.bytes + 2; k++)
                assert_int_equal(predicted[d.start + k], expected_times(d, k));
        }
    }
    sampler_free(&s);
    corpus_free(c);
}

// Where no pair fits with its prompt, crops of the text are taken, as of any other.
static void pairs_that_do_not_fit_are_cropped(void **state) {
    (void)state;
    data_file_text("pairs.jsonl", "{\"prompt\":\"a long prompt\",\"completion\":\"yes\"}\n");
    corpus_spec spec = data_spec();
    spec.held_fraction = 0;
    spec.answers_only = true;
    corpus *c = data_build(&spec);
    sampler s = make(c, 8, 3, 0);
    uint16_t ids[8], target[8];
    size_t predicted = 0;
    assert_int_equal(sampler_crops(&s, 0), (14 + 3 + 2 + 7) / 8);
    for (uint64_t n = 0; n < sampler_crops(&s, 0); n++) {
        assert_int_equal(sampler_sample(&s, n, ids, target, NULL), AXL_OK);
        for (size_t i = 0; i < 8; i++) predicted += target[i] != SAMPLER_IGNORE;
    }
    assert_true(predicted >= 4); // "yes" and its end
    sampler_free(&s);
    corpus_free(c);
}

int main(void) {
#define BOXED(test) cmocka_unit_test_setup_teardown(test, data_box_make, data_box_remove)
    const struct CMUnitTest tests[] = {
        BOXED(an_epoch_sees_everything_once),
        BOXED(orders_and_places_differ),
        BOXED(short_texts_repeat),
        BOXED(weights_are_exact_in_each_block),
        BOXED(each_group_has_its_own_epochs),
        BOXED(options_are_checked),
        BOXED(prompts_are_not_predicted),
        BOXED(answers_see_their_prompts),
        BOXED(pairs_that_do_not_fit_are_cropped),
        BOXED(fill_in_the_middle_can_be_put_together),
        cmocka_unit_test(spans_are_what_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
