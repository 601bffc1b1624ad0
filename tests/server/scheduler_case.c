#include "scheduler_case.h"

#include "base/alloc.h"
#include "store/model_dir.h"

#include <stdlib.h>
#include <string.h>

// ---- models -------------------------------------------------------------------------------------

void served_case_write(const served_case *c, const char *name, uint64_t seed) {
    axl_error err;
    case_model m;
    model_config config = case_config();
    config.d_model = 20;
    config.n_heads = 2;
    config.d_ff = 17;
    config.max_seq_len = CASE_CONTEXT;
    case_model_make(&m, &config, seed);
    const kernels k = case_kernels();
    const model_image image = {.table = &m.table, .block = m.w, .type = DTYPE_F32};
    case_ok(model_dir_write(scratch_path(&c->box, name), &image, &k, &err), &err);
    case_model_free(&m);
}

void served_case_start(served_case *c) {
    axl_error err;
    case_ok(scheduler_create(&c->s, &c->spec, &err), &err);
}

void served_case_make(served_case *c, size_t running, size_t queue) {
    axl_error err;
    memset(c, 0, sizeof *c);
    scratch_make(&c->box);
    case_ok(registry_create(&c->models, &err), &err);
    for (size_t i = 0; i < 2; i++) {
        const char *name = i ? "two" : "one";
        served_case_write(c, name, 23 + i);
        case_ok(registry_add(c->models, scratch_path(&c->box, name), NULL, &err), &err);
    }
    c->spec = (scheduler_spec){.models = c->models,
                               .threads = 2,
                               .running = running,
                               .queue = queue,
                               .cache_bytes = (size_t)64 << 20};
    served_case_start(c);
}

void served_case_end(served_case *c) {
    scheduler_stop(c->s, UINT64_MAX);
    scheduler_free(c->s);
    c->s = NULL;
}

void served_case_free(served_case *c) {
    if (c->s) served_case_end(c);
    registry_free(c->models);
    scratch_remove(&c->box);
}

const model_facts *served_model_of(const served_case *c, const char *name) {
    const model_facts *m = catalog_find(registry_catalog(c->models), name);
    assert_non_null(m);
    return m;
}

// ---- requests -----------------------------------------------------------------------------------

void case_add_prompt(request *r, const char *text) {
    const size_t size = strlen(text);
    r->prompts = mem_resize_array(r->prompts, r->prompt_count + 1, sizeof *r->prompts);
    assert_non_null(r->prompts);
    request_prompt *p = &r->prompts[r->prompt_count++];
    *p = (request_prompt){.count = size + 1, .own = 1};
    p->symbols = mem_alloc_array(p->count, sizeof *p->symbols);
    assert_non_null(p->symbols);
    p->symbols[0] = MODEL_BOS;
    for (size_t i = 0; i < size; i++) p->symbols[i + 1] = (uint8_t)text[i];
}

void case_add_stop(request *r, const char *word) {
    r->stop = mem_resize_array(r->stop, r->stop_count + 1, sizeof *r->stop);
    assert_non_null(r->stop);
    char *bytes = mem_alloc(strlen(word));
    assert_non_null(bytes);
    memcpy(bytes, word, strlen(word));
    r->stop[r->stop_count++] = (stop_string){bytes, strlen(word)};
}

void case_seed(request *r, uint64_t seed) {
    r->chooser.temperature = 1;
    r->seed = seed;
    r->seeded = true;
}

request case_request(const served_case *c, const char *model, const char *text) {
    request r = {.route = ROUTE_COMPLETIONS,
                 .model = served_model_of(c, model),
                 .chooser = chooser_greedy,
                 .most_bytes = 40,
                 .choices = 1,
                 .candidates = 1,
                 .stream = true,
                 .cache = true};
    r.chooser.ignore_eos = true;
    case_add_prompt(&r, text);
    return r;
}

void case_text(char *out, size_t size, uint64_t seed) {
    for (size_t i = 0; i + 1 < size; i++)
        out[i] = (char)('a' + (i == 0 ? seed % 26 : rng_below(rng_key(seed, 0), i, 26)));
    out[size - 1] = '\0';
}

// ---- listening ----------------------------------------------------------------------------------

static void *grown(void *list, size_t old, size_t count, size_t size, const void *from) {
    list = realloc(list, (old + count) * size);
    assert_non_null(list);
    memcpy((char *)list + old * size, from, count * size);
    return list;
}

static void on_prompt(void *ctx, size_t choice, const chooser_choice *tokens,
                      const float (*gates)[3]) {
    heard *h = ctx;
    assert_true(choice < CASE_CHOICES);
    heard_choice *c = &h->choice[choice];
    const request_prompt *p = &h->r->prompts[choice / h->r->choices];
    assert_true(h->r->echo);
    c->prompt_count = p->count - p->own;
    if (tokens) c->prompt = grown(NULL, 0, c->prompt_count, sizeof *tokens, tokens);
    if (gates) c->prompt_gates = grown(NULL, 0, c->prompt_count, sizeof *gates, gates);
    assert_true(buf_byte(&c->events, 'p'));
}

static void on_text(void *ctx, const answer_piece *piece) {
    heard *h = ctx;
    assert_true(piece->choice < CASE_CHOICES && piece->size > 0);
    heard_choice *c = &h->choice[piece->choice];
    assert_int_equal(piece->tokens != NULL, h->r->probabilities);
    assert_int_equal(piece->gates != NULL, h->r->gates);
    if (piece->tokens)
        c->tokens =
            grown(c->tokens, c->text.size, piece->size, sizeof *piece->tokens, piece->tokens);
    if (piece->gates)
        c->gates = grown(c->gates, c->text.size, piece->size, sizeof *piece->gates, piece->gates);
    assert_true(buf_append(&c->text, piece->bytes, piece->size));
    assert_true(buf_byte(&c->events, 't'));
    os_mutex_lock(&h->lock);
    h->bytes += piece->size;
    os_cond_broadcast(&h->changed);
    os_mutex_unlock(&h->lock);
}

static void on_end(void *ctx, size_t choice, generation_end end, const stop_string *word) {
    heard *h = ctx;
    assert_true(choice < CASE_CHOICES);
    heard_choice *c = &h->choice[choice];
    c->end = end;
    assert_int_equal(word != NULL, end == GENERATION_STOP);
    if (word) memcpy(c->word, word->bytes, word->size);
    assert_true(buf_byte(&c->events, 'e'));
}

static void set_end(heard *h, heard_end end) {
    os_mutex_lock(&h->lock);
    assert_int_equal(h->end, HEARD_NOTHING); // the last event comes once
    h->end = end;
    os_cond_broadcast(&h->changed);
    os_mutex_unlock(&h->lock);
}

static void on_finish(void *ctx, const answer_counts *counts, const float *vectors) {
    heard *h = ctx;
    h->counts = *counts;
    h->numbers = h->r->prompt_count * h->r->model->channels;
    if (vectors) h->vectors = grown(NULL, 0, h->numbers, sizeof *vectors, vectors);
    set_end(h, HEARD_FINISH);
}

static void on_fail(void *ctx, const refusal *why) {
    heard *h = ctx;
    h->why = *why;
    set_end(h, HEARD_FAIL);
}

static void on_drop(void *ctx) {
    set_end(ctx, HEARD_DROP);
}

static bool on_gone(void *ctx) {
    heard *h = ctx;
    os_mutex_lock(&h->lock);
    h->asked = true;
    os_cond_broadcast(&h->changed);
    while (h->blocked) os_cond_wait(&h->changed, &h->lock);
    const bool gone = h->bytes >= h->leave;
    os_mutex_unlock(&h->lock);
    return gone;
}

void heard_make(heard *h) {
    axl_error err;
    memset(h, 0, sizeof *h);
    h->leave = SIZE_MAX;
    // Listening must not fail where memory is made to run out.
    for (size_t i = 0; i < CASE_CHOICES; i++)
        assert_true(buf_reserve(&h->choice[i].text, 4096) &&
                    buf_reserve(&h->choice[i].events, 4096));
    case_ok(os_mutex_init(&h->lock, &err), &err);
    case_ok(os_cond_init(&h->changed, &err), &err);
}

void heard_free(heard *h) {
    for (size_t i = 0; i < CASE_CHOICES; i++) {
        heard_choice *c = &h->choice[i];
        buf_free(&c->text);
        buf_free(&c->events);
        free(c->tokens);
        free(c->prompt);
        free(c->gates);
        free(c->prompt_gates);
    }
    free(h->vectors);
    os_cond_free(&h->changed);
    os_mutex_free(&h->lock);
}

job_events heard_events(heard *h) {
    return (job_events){on_prompt, on_text, on_end, on_finish, on_fail, on_drop, on_gone, h};
}

void heard_submit(heard *h, const served_case *c, const request *r) {
    refusal why = {0};
    const job_events e = heard_events(h);
    h->r = r;
    const bool ok = scheduler_submit(c->s, r, &e, &why);
    assert_string_equal(why.message, "");
    assert_true(ok);
}

heard_end heard_wait(heard *h) {
    os_mutex_lock(&h->lock);
    while (h->end == HEARD_NOTHING) os_cond_wait(&h->changed, &h->lock);
    const heard_end end = h->end;
    os_mutex_unlock(&h->lock);
    return end;
}

void heard_wait_bytes(heard *h, size_t bytes) {
    os_mutex_lock(&h->lock);
    while (h->bytes < bytes && h->end == HEARD_NOTHING) os_cond_wait(&h->changed, &h->lock);
    assert_true(h->bytes >= bytes);
    os_mutex_unlock(&h->lock);
}

void heard_wait_asked(heard *h) {
    os_mutex_lock(&h->lock);
    while (!h->asked) os_cond_wait(&h->changed, &h->lock);
    os_mutex_unlock(&h->lock);
}

void heard_unblock(heard *h) {
    os_mutex_lock(&h->lock);
    h->blocked = false;
    os_cond_broadcast(&h->changed);
    os_mutex_unlock(&h->lock);
}

void heard_ask(heard *h, const served_case *c, const request *r) {
    heard_make(h);
    heard_submit(h, c, r);
    const heard_end end = heard_wait(h);
    assert_string_equal(h->why.message, "");
    assert_int_equal(end, HEARD_FINISH);
}

// ---- references ---------------------------------------------------------------------------------

generation_end case_alone(const served_case *c, const request *r, size_t prompt, size_t candidate,
                          buf *out) {
    (void)c;
    axl_error err;
    engine e;
    batch *b;
    session *s;
    generation g;
    const kernels k = case_kernels();
    generation_options o = {.chooser = r->chooser,
                            .most_bytes = r->most_bytes,
                            .stop = r->stop,
                            .stop_count = r->stop_count};
    o.chooser.key = rng_key(r->seed, candidate);
    case_ok(engine_open(&e, r->model->path, &k, NULL, &err), &err);
    case_ok(batch_create(&b, &e, 1, &err), &err);
    case_ok(session_create(&s, &e, &err), &err);
    const request_prompt *p = &r->prompts[prompt];
    case_ok(session_restart(s, p->symbols, p->count, NULL, &err), &err);
    session_set_drafts(s, false);
    case_ok(generation_begin(&g, s, &o, &err), &err);
    while (!g.end) {
        case_ok(batch_run(b, &s, 1, &err), &err);
        case_ok(generation_take(&g, &err), &err);
    }
    const generation_end end = g.end;
    buf_clear(out);
    assert_true(buf_append(out, buf_string(&g.text), g.text.size));
    generation_free(&g);
    session_free(s);
    batch_free(b);
    engine_close(&e);
    return end;
}

void case_same_text(const buf *a, const buf *b) {
    assert_int_equal(a->size, b->size);
    assert_memory_equal(buf_string(a), buf_string(b), a->size);
}
