#include "api/data_parts.h"

#include "base/error.h"
#include "base/strings.h"
#include "data/text_filter.h"
#include "os/clock.h"

#include <string.h>

void axl_data_filter_defaults(axl_data_filter_options *options) {
    *options = (axl_data_filter_options){.min_lines = 1,
                                         .max_lines = 100000,
                                         .max_line = 1000,
                                         .mean_line = 100,
                                         .min_alnum = 0.25,
                                         .near = 0.7};
}

// One run of the filter, with everything that it holds.
typedef struct filtering {
    const axl_data_filter_options *o;
    data_reading reading;
    pool *threads;
    overlap *against;
    filter *filter;
    outlet *out;
} filtering;

// ---- reading and writing ----

static axl_status take(void *ctx, const record *r, axl_error *err) {
    filtering *f = ctx;
    data_reading_step(&f->reading);
    return filter_put(f->filter, r, err);
}

static void leave_out(void *ctx, const char *path, uint64_t line, drop_reason reason) {
    filtering *f = ctx;
    (void)path;
    (void)line;
    filter_left_out(f->filter, reason);
}

static axl_status put(void *ctx, const record *r, axl_error *err) {
    return outlet_put(ctx, r, err);
}

// ---- the manifest ----

// Kinds of one name are one: several forms may be of one service.
static size_t count_secrets(axl_data_secret out[AXL_DATA_SECRETS_MAX], const secrets_count *c) {
    size_t count = 0;
    for (size_t i = 0; i < secrets_kinds(); i++) {
        if (c->kind[i] == 0) continue;
        const char *name = secrets_kind_name(i);
        size_t at = 0;
        while (at < count && strcmp(out[at].name, name) != 0) at++;
        if (at == count) out[count++] = (axl_data_secret){.name = name};
        out[at].count += c->kind[i];
    }
    return count;
}

static void put_rules(json_out *j, const axl_data_filter_options *o) {
    static const char *const licences[] = {"keep", "strip", "drop"};
    json_out_object(j, "rules");
    json_out_count(j, "min_lines", o->min_lines);
    json_out_count(j, "max_lines", o->max_lines);
    json_out_count(j, "max_line", o->max_line);
    json_out_count(j, "mean_line", o->mean_line);
    json_out_number(j, "min_alnum", o->min_alnum);
    json_out_text(j, "licence", licences[o->licence]);
    json_out_bool(j, "keep_generated", o->keep_generated);
    json_out_bool(j, "keep_secrets", o->keep_secrets);
    json_out_bool(j, "valid_syntax", o->valid_syntax);
    json_out_number(j, "near", o->near);
    json_out_array(j, "against");
    for (size_t i = 0; i < o->against_count; i++) json_out_text(j, NULL, o->against[i]);
    json_out_end(j);
    json_out_end(j);
}

static axl_status write_manifest(filtering *f, const outlet_sum *sum, buf *path, axl_error *err) {
    const filter_tally *t = filter_tallied(f->filter);
    axl_data_secret secrets[AXL_DATA_SECRETS_MAX];
    const size_t count = count_secrets(secrets, &t->secrets);
    buf text = {0};
    json_out j = {.to = &text};
    data_manifest_begin(&j, "axl data filter", &f->o->source);
    put_rules(&j, f->o);
    json_out_count(&j, "documents", t->documents);
    json_out_count(&j, "bytes", t->bytes);
    data_manifest_reasons(&j, t->dropped);
    json_out_object(&j, "masked");
    for (size_t i = 0; i < count; i++) json_out_count(&j, secrets[i].name, secrets[i].count);
    json_out_end(&j);
    data_manifest_sum(&j, sum);
    json_out_end(&j);
    const axl_status status = outlet_manifest(f->out, &text, path, err);
    buf_free(&text);
    return status;
}

// ---- all of it ----

static axl_status add_benchmarks(filtering *f, axl_error *err) {
    if (f->o->against_count == 0) return AXL_OK;
    FORWARD(overlap_open(&f->against, err));
    for (size_t i = 0; i < f->o->against_count; i++)
        FORWARD(overlap_add_file(f->against, f->o->against[i], err));
    return overlap_finish(f->against, err);
}

static filter_rules rules_of(const filtering *f) {
    const axl_data_filter_options *o = f->o;
    return (filter_rules){.min_lines = o->min_lines,
                          .max_lines = o->max_lines,
                          .max_line = o->max_line,
                          .mean_line = o->mean_line,
                          .min_alnum = o->min_alnum,
                          .licence = (filter_licence)o->licence,
                          .generated = !o->keep_generated,
                          .secrets = !o->keep_secrets,
                          .valid_python = o->valid_syntax,
                          .near = o->near,
                          .against = f->against};
}

static axl_status run(filtering *f, axl_data_filter_result *result, axl_error *err) {
    const uint64_t start = os_clock_ns();
    FORWARD(data_reading_begin(&f->reading, &f->o->source, err));
    FORWARD(pool_create(&f->threads, f->o->source.threads, err));
    FORWARD(add_benchmarks(f, err));
    const filter_rules rules = rules_of(f);
    FORWARD(filter_open(&f->filter, &rules, f->threads, err));
    FORWARD(outlet_open(&f->out, f->o->target.out, f->o->target.force, err));
    FORWARD(data_reading_own(&f->reading, f->o->target.out, f->out, err));
    filter_to(f->filter, put, f->out);
    const intake_sink sink = {take, leave_out, f};
    FORWARD(intake_read(&f->reading.spec, &sink, err));
    FORWARD(filter_end(f->filter, err));
    outlet_sum sum;
    buf path = {0};
    FORWARD(outlet_finish(f->out, &sum, err));
    const axl_status status = write_manifest(f, &sum, &path, err);
    const filter_tally *t = filter_tallied(f->filter);
    *result = (axl_data_filter_result){.documents = t->documents,
                                       .bytes = t->bytes,
                                       .masked = t->masked,
                                       .licences = t->licences,
                                       .stripped_bytes = t->stripped_bytes,
                                       .memory = t->memory};
    data_written(&result->written, &sum, buf_string(&path));
    buf_free(&path);
    result->reason_count = data_reasons(result->reasons, t->dropped);
    result->secret_count = count_secrets(result->secrets, &t->secrets);
    result->benchmark_texts = f->against ? overlap_texts(f->against) : 0;
    result->seconds = (double)(os_clock_ns() - start) * 1e-9;
    return status;
}

static axl_status check(const axl_data_filter_options *o, axl_error *err) {
    RETURN_IF(!o || !o->target.out, err, AXL_BAD_ARGUMENT,
              "axl_data_filter: paths and out must be given");
    RETURN_IF(!(o->min_alnum >= 0 && o->min_alnum <= 1), err, AXL_BAD_ARGUMENT,
              "the share of letters and digits must be 0 to 1");
    FORWARD(data_check_near(o->near, err));
    RETURN_IF(o->licence < AXL_DATA_LICENCE_KEEP || o->licence > AXL_DATA_LICENCE_DROP, err,
              AXL_BAD_ARGUMENT, "there is no such way with licences");
    return AXL_OK;
}

axl_status axl_data_filter(const axl_data_filter_options *options, axl_data_filter_result *result,
                           axl_error *err) {
    axl_data_filter_result unseen;
    FORWARD(check(options, err));
    filtering f = {.o = options};
    const axl_status status = run(&f, result ? result : &unseen, err);
    outlet_close(f.out);
    data_reading_end(&f.reading);
    filter_close(f.filter);
    overlap_close(f.against);
    pool_free(f.threads);
    return status;
}
