#include "api/generate_parts.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "infer/generation.h"
#include "os/clock.h"

#include <string.h>

_Static_assert(AXL_TOP_MAX == CHOOSER_TOP_MAX, "as many symbols can be reported as are offered");
_Static_assert(AXL_END_STOP == (int)GENERATION_STOP && AXL_END_EOS == (int)GENERATION_EOS &&
                   AXL_END_LENGTH == (int)GENERATION_BYTES && AXL_END_TIME == (int)GENERATION_TIME,
               "ends have the same numbers");

#define REPEAT_LAST 64 // symbols that penalties look back over, as in llama.cpp

void axl_generate_defaults(const axl_engine *e, axl_generate_options *out) {
    const generation_settings *s = &e->settings;
    *out = (axl_generate_options){.max_bytes = s->max_new_tokens,
                                  .temperature = s->do_sample ? s->temperature : 0,
                                  .top_k = (size_t)s->top_k,
                                  .top_p = s->top_p,
                                  .min_p = s->min_p,
                                  .repeat_penalty = s->repetition_penalty,
                                  .repeat_last = REPEAT_LAST,
                                  .seed = AXL_SEED_ANY};
}

const char *axl_generate_end_name(axl_generate_end end) {
    return end < AXL_END_STOP || end > AXL_END_TIME ? "" : generation_end_name((generation_end)end);
}

// ---- a generation ----

typedef struct job {
    axl_session *session;
    const axl_generate_options *o;
    const axl_generate_events *events; // may be NULL
    axl_generate_result *result;
    chooser_bias *bias; // [o->bias_count]
    stop_string *stop;  // [o->stop_count]
    generation g;
    size_t told; // bytes that the caller knows
} job;

static axl_status translate(job *j, generation_options *out, axl_error *err) {
    const axl_generate_options *o = j->o;
    j->bias = mem_alloc_array(o->bias_count, sizeof *j->bias);
    j->stop = mem_alloc_array(o->stop_count, sizeof *j->stop);
    if (!j->bias || !j->stop)
        return error_no_memory(err, "options", o->bias_count * sizeof *j->bias);
    for (size_t i = 0; i < o->bias_count; i++) {
        RETURN_IF(o->bias[i].symbol >= MODEL_VOCAB_MAX, err, AXL_BAD_ARGUMENT,
                  "a bias for symbol %u, there is none", o->bias[i].symbol);
        j->bias[i] = (chooser_bias){(uint16_t)o->bias[i].symbol, o->bias[i].bias};
    }
    for (size_t i = 0; i < o->stop_count; i++)
        j->stop[i] = (stop_string){o->stop[i].bytes, o->stop[i].size};
    *out = (generation_options){.chooser = {.temperature = o->temperature,
                                            .top_k = o->top_k,
                                            .top_p = o->top_p,
                                            .min_p = o->min_p,
                                            .repeat = o->repeat_penalty,
                                            .presence = o->presence_penalty,
                                            .frequency = o->frequency_penalty,
                                            .repeat_last = o->repeat_last,
                                            .ignore_eos = o->ignore_end,
                                            .top = o->top,
                                            .key = rng_key(j->result->seed, o->variant),
                                            .bias = j->bias,
                                            .bias_count = o->bias_count},
                                .most_bytes = o->max_bytes,
                                .most_seconds = o->max_seconds,
                                .stop = j->stop,
                                .stop_count = o->stop_count,
                                .keep_choices = o->probabilities};
    return AXL_OK;
}

// Gives the caller what is certain by now.
static axl_status tell(job *j, axl_error *err) {
    const size_t from = j->told;
    j->told = j->g.shown;
    if (!j->events || !j->events->text || from == j->told) return AXL_OK;
    const int stop = j->events->text(j->events->ctx, j->g.text.data + from, j->told - from);
    RETURN_IF(stop != 0, err, AXL_INTERRUPTED, "interrupted");
    return AXL_OK;
}

static axl_status step(job *j, uint64_t unread, axl_error *err) {
    const axl_generate_events *e = j->events;
    RETURN_IF(e && e->step && e->step(e->ctx, unread) != 0, err, AXL_INTERRUPTED, "interrupted");
    return session_ready(j->session->s) ? AXL_OK : engine_pass(j->session, err);
}

// Reads the prompt; between its pieces generation_take looks at the time.
static axl_status read_prompt(job *j, axl_error *err) {
    session *s = j->session->s;
    axl_status status = AXL_OK;
    while (!j->g.end && !session_ready(s) && status == AXL_OK) {
        status = step(j, session_unread(s), err);
        if (status == AXL_OK && !session_ready(s)) status = generation_take(&j->g, err);
    }
    return status;
}

static axl_status run(job *j, axl_error *err) {
    axl_session *text = j->session;
    const uint64_t start = os_clock_ns(), fed = session_count(text->s).fed;
    axl_status status = read_prompt(j, err);
    const uint64_t first = os_clock_ns();
    text->read_bytes += session_count(text->s).fed - fed;
    text->read_seconds += (double)(first - start) * 1e-9;
    while (!j->g.end && status == AXL_OK) {
        status = step(j, 0, err);
        if (status == AXL_OK) status = generation_take(&j->g, err);
        if (status == AXL_OK) status = tell(j, err);
    }
    j->result->seconds = (double)(os_clock_ns() - first) * 1e-9;
    return status;
}

// ---- the result ----

static axl_status take_probabilities(job *j, axl_error *err) {
    axl_generate_result *r = j->result;
    if (!j->o->probabilities) return AXL_OK;
    r->probabilities = mem_zalloc_array(r->bytes, sizeof *r->probabilities);
    if (!r->probabilities)
        return error_no_memory(err, "probabilities", r->bytes * sizeof *r->probabilities);
    for (size_t i = 0; i < r->bytes; i++) {
        const chooser_choice *from = &j->g.choices[i];
        axl_probability *to = &r->probabilities[i];
        to->logprob = from->logprob;
        to->top_count = from->top_count;
        for (size_t k = 0; k < from->top_count; k++)
            to->top[k] = (axl_top){from->top[k].symbol, from->top[k].logprob};
    }
    return AXL_OK;
}

static axl_status finish(job *j, const session_counts *before, axl_error *err) {
    axl_generate_result *r = j->result;
    const session_counts now = session_count(j->session->s);
    r->end = (axl_generate_end)j->g.end;
    r->read_bytes = size_min((size_t)j->session->read_bytes, (size_t)r->prompt_bytes); // not BOS
    r->read_seconds = j->session->read_seconds;
    j->session->read_bytes = 0;
    j->session->read_seconds = 0;
    r->passes = now.passes - before->passes;
    r->drafted = now.drafted - before->drafted;
    r->used = now.agreed - before->agreed;
    r->bytes = j->g.end ? j->g.text.size : j->g.shown;
    buf_truncate(&j->g.text, r->bytes);
    r->bytes_per_s = r->seconds > 0 ? (double)r->bytes / r->seconds : 0;
    // Stop strings, and what was held back as it might be one, are no part of the session's text.
    size_t length;
    session_text(j->session->s, &length);
    const size_t wanted = (size_t)r->prompt_bytes + j->session->marks + r->bytes;
    if (wanted < length) FORWARD(session_truncate(j->session->s, wanted, err));
    FORWARD(take_probabilities(j, err));
    r->text = buf_take(&j->g.text, NULL);
    return r->text ? AXL_OK : error_no_memory(err, "generated text", r->bytes + 1);
}

static axl_status generate(job *j, axl_error *err) {
    generation_options options;
    FORWARD(translate(j, &options, err));
    session *s = j->session->s;
    const session_counts before = session_count(s);
    session_set_drafts(s, !j->o->no_draft);
    FORWARD(generation_begin(&j->g, s, &options, err));
    const axl_status status = run(j, err);
    if (status != AXL_OK && status != AXL_INTERRUPTED) return status;
    axl_error later;
    const axl_status finished = finish(j, &before, &later);
    if (finished == AXL_OK) return status;
    if (err) *err = later;
    return finished;
}

axl_status axl_generate(axl_session *text, const axl_generate_options *options,
                        const axl_generate_events *events, axl_generate_result *result,
                        axl_error *err) {
    RETURN_IF(!text || !options || !result, err, AXL_BAD_ARGUMENT,
              "axl_generate: a session, options and a place for the result must be given");
    RETURN_IF((!options->bias && options->bias_count) || (!options->stop && options->stop_count),
              err, AXL_BAD_ARGUMENT, "axl_generate: lists must be given with their lengths");
    *result = (axl_generate_result){.prompt_bytes = axl_session_size(text), .seed = options->seed};
    if (options->seed == AXL_SEED_ANY) // 53 bits, which every reader of JSON keeps
        result->seed = rng_below(rng_key(os_wall_ns(), os_clock_ns()), 0, (uint64_t)1 << 53);
    job j = {.session = text, .o = options, .events = events, .result = result};
    const axl_status status = generate(&j, err);
    generation_free(&j.g);
    mem_free(j.bias);
    mem_free(j.stop);
    if (status != AXL_OK && status != AXL_INTERRUPTED) axl_generate_result_free(result);
    return status;
}

void axl_generate_result_free(axl_generate_result *result) {
    if (!result) return;
    mem_free(result->text);
    mem_free(result->probabilities);
    *result = (axl_generate_result){0};
}
