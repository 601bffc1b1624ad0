#include "train/report_html.h"

#include "base/error.h"
#include "base/strings.h"
#include "os/file.h"
#include "train/report_style.h"
#include "train/report_svg.h"
#include "train/report_text.h"

#include <math.h>
#include <string.h>

// What the page shows of long lists. Names are cut at REPORT_NAME_MAX and a byte becomes at most
// five, so at their worst the files take 36 kB and 15 kB for what stands around the names, sources
// and reasons 24 kB, facts 72 kB, samples 48 kB, curves about 60 kB, the rest 20 kB.
#define FILES_SHOWN 60
#define LIST_SHOWN 20
#define FACTS_SHOWN 30 // of the model, and of the settings
#define SAMPLES_SHOWN 8
#define PROMPT_SHOWN 400
#define COMPLETION_SHOWN 800

static void begin_section(buf *out, const char *title) {
    buf_format(out, "<section>\n<h2>%s</h2>\n", title);
}

static void end_section(buf *out) {
    buf_text(out, "</section>\n");
}

// A row of a table of names and values. The value comes between the two.
static void begin_fact(buf *out, const char *name) {
    buf_text(out, "<tr><th>");
    report_html_name(out, name);
    buf_text(out, "</th><td>");
}

static void end_fact(buf *out) {
    buf_text(out, "</td></tr>\n");
}

static void fact_text(buf *out, const char *name, const char *text) {
    begin_fact(out, name);
    report_html_name(out, text);
    end_fact(out);
}

static void fact_count(buf *out, const char *name, uint64_t value) {
    begin_fact(out, name);
    report_count(out, value);
    end_fact(out);
}

static void put_facts(buf *out, const train_fact *facts, size_t count) {
    for (size_t i = 0; i < count && i < FACTS_SHOWN; i++) {
        buf value = {0};
        report_fact(&value, &facts[i]);
        fact_text(out, facts[i].name, buf_string(&value));
        if (!buf_ok(&value)) out->failed = true;
        buf_free(&value);
    }
    if (count > FACTS_SHOWN) {
        begin_fact(out, "more, in results.json");
        report_count(out, count - FACTS_SHOWN);
        end_fact(out);
    }
}

static void put_more(buf *out, size_t count, size_t shown) {
    if (count <= shown) return;
    buf_text(out, "<p class=\"quiet\">and ");
    report_count(out, count - shown);
    buf_text(out, " more: see results.json</p>\n");
}

static void begin_tile(buf *out, const char *label) {
    buf_format(out, "<div class=\"tile\"><span>%s</span><b>", label);
}

static void end_tile(buf *out) {
    buf_text(out, "</b></div>\n");
}

static void put_tiles(buf *out, const train_summary *s) {
    buf_text(out, "<div class=\"tiles\">\n");
    begin_tile(out, "held-out bits/byte");
    report_bits(out, s->figures.eval_bpb);
    end_tile(out);
    begin_tile(out, "perplexity/byte");
    report_perplexity(out, s->figures.eval_bpb);
    end_tile(out);
    begin_tile(out, "xz -9e, bits/byte");
    report_bits(out, s->figures.xz_bpb);
    end_tile(out);
    begin_tile(out, "gzip -9, bits/byte");
    report_bits(out, s->figures.gzip_bpb);
    end_tile(out);
    begin_tile(out, "parameters");
    report_count(out, s->model.parameters);
    end_tile(out);
    begin_tile(out, "text seen");
    report_amount(out, (double)s->bytes);
    end_tile(out);
    begin_tile(out, "time");
    report_duration(out, s->seconds);
    end_tile(out);
    buf_text(out, "</div>\n");
}

static void put_head(buf *out, const train_summary *s) {
    const char *name = s->name != NULL ? s->name : "a model";
    buf_text(out,
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
             "<title>Training of ");
    report_html_name(out, name);
    buf_text(out, "</title>\n<style>\n");
    buf_text(out, report_style);
    buf_text(out, "</style>\n</head>\n<body>\n<main>\n<header>\n<h1>");
    report_html_name(out, name);
    buf_text(out, "</h1>\n<p class=\"quiet\">Trained with AXL");
    if (s->version != NULL) {
        buf_byte(out, ' ');
        report_html_name(out, s->version);
    }
    buf_text(out, ", ended ");
    report_date(out, s->time);
    buf_text(out, "</p>\n");
    put_tiles(out, s);
    buf verdict = {0};
    report_verdict(&verdict, s);
    buf_text(out, "<p class=\"verdict\">");
    report_html(out, (train_text){buf_string(&verdict), verdict.size}, SIZE_MAX);
    buf_text(out, "</p>\n</header>\n");
    if (!buf_ok(&verdict)) out->failed = true;
    buf_free(&verdict);
}

// Bits per byte along bytes or seconds.
static chart bits_chart(const train_summary *s, const char *title) {
    return (chart){
        .title = title,
        .lines = {{"training text", "c-train", "train_bpb", false},
                  {"held-out text", "c-eval", "eval_bpb", true},
                  {"fine exit", "c-exit", "exit_bpb", false}},
        .line_count = 3,
        .levels = {{"gzip -9", "c-gzip", s->figures.gzip_bpb},
                   {"xz -9e", "c-xz", s->figures.xz_bpb}},
        .level_count = 2,
        .rows = s->rows,
        .row_count = s->row_count,
    };
}

static void put_curves(buf *out, const train_summary *s) {
    chart bits = bits_chart(s, "Bits per byte, by text seen");
    bits.x_column = "bytes";
    bits.x_label = "text seen";
    bits.x_unit = CHART_BYTES;
    begin_section(out, "Curves");
    buf_text(out, "<div class=\"charts\">\n");
    report_chart(out, &bits);
    bits.title = "Bits per byte, by time";
    bits.x_column = "seconds";
    bits.x_label = "time of training";
    bits.x_unit = CHART_SECONDS;
    report_chart(out, &bits);
    chart other = {.title = "Learning rate",
                   .x_column = "bytes",
                   .x_label = "text seen",
                   .x_unit = CHART_BYTES,
                   .from_zero = true,
                   .lines = {{"learning rate", "c-rate", "learning_rate", false}},
                   .line_count = 1,
                   .rows = s->rows,
                   .row_count = s->row_count};
    report_chart(out, &other);
    other.title = "Text a second";
    other.x_column = "seconds";
    other.x_label = "time of training";
    other.x_unit = CHART_SECONDS;
    other.y_unit = CHART_BYTES;
    other.lines[0] = (chart_line){"bytes a second", "c-speed", "bytes_per_s", false};
    report_chart(out, &other);
    buf_text(out,
             "</div>\n<p class=\"quiet\">The training curve is the mean between two rows of"
             " the log, on text that the model then learns from. The first twentieth of a run"
             " may leave the picture above. The compressors' lines are for the held-out files"
             " joined.</p>\n");
    end_section(out);
}

static void put_sample(buf *out, const train_sample *t) {
    buf_text(out, "<h3>Step ");
    report_count(out, t->step);
    buf_text(out, ", ");
    report_amount(out, (double)t->bytes);
    buf_text(out, " seen</h3>\n<pre>");
    report_html(out, t->prompt, PROMPT_SHOWN / 2);
    buf_text(out, "<ins>");
    report_html(out, t->completion, COMPLETION_SHOWN);
    buf_text(out, "</ins>");
    report_html(out, t->suffix, PROMPT_SHOWN / 2);
    buf_text(out, "</pre>\n");
}

// The first, the last, and some between them.
static void put_samples(buf *out, const train_summary *s) {
    if (s->sample_count == 0) return;
    const size_t shown = s->sample_count < SAMPLES_SHOWN ? s->sample_count : SAMPLES_SHOWN;
    begin_section(out, "What it wrote");
    buf_text(out, "<p class=\"quiet\">Coloured: written by the model. The rest was given.</p>\n");
    for (size_t i = 0; i < shown; i++) {
        put_sample(out, &s->samples[shown == 1 ? 0 : i * (s->sample_count - 1) / (shown - 1)]);
    }
    put_more(out, s->sample_count, shown);
    end_section(out);
}

static void put_held_file(buf *out, const train_file *f) {
    char hash[SHA256_HEX_MAX];
    buf_text(out, "<tr><td class=\"name\">");
    report_html_name(out, f->path);
    buf_text(out, "</td><td>");
    report_read(out, f);
    buf_text(out, "</td><td>");
    report_bits(out, f->bpb);
    buf_text(out, "</td><td>");
    report_bits(out, f->gzip_bpb);
    buf_text(out, "</td><td>");
    report_bits(out, f->xz_bpb);
    // The first digits; the whole hash stands in the title.
    buf_format(out, "</td><td class=\"name\"><code title=\"%s\">%.12s</code></td></tr>\n",
               f->hashed ? sha256_hex(hash, f->sha256) : "", f->hashed ? hash : "not known");
}

static void put_held(buf *out, const train_summary *s) {
    if (s->held_count == 0) return;
    begin_section(out, "Held-out files");
    buf_text(out,
             "<p class=\"quiet\">Bits per byte of each file alone. The model reads each from"
             " its first byte on, knowing nothing of the others.</p>\n"
             "<div class=\"wide\"><table class=\"list\">\n<tr><th>file</th><th>bytes</th>"
             "<th>model</th><th>gzip -9</th><th>xz -9e</th><th class=\"name\">sha256</th></tr>\n");
    size_t shown = 0;
    for (size_t i = 0; i < s->held_count && shown < FILES_SHOWN; i++) {
        if (s->held[i].read == 0) continue;
        put_held_file(out, &s->held[i]);
        shown++;
    }
    buf_text(out, "</table></div>\n");
    put_more(out, s->held_count, shown);
    end_section(out);
}

static void put_sources(buf *out, const train_data *d) {
    if (d->source_count > 0) {
        buf_text(out,
                 "<table class=\"list\">\n<tr><th>from</th><th>files</th><th>bytes</th>"
                 "<th>weight</th></tr>\n");
        for (size_t i = 0; i < d->source_count && i < LIST_SHOWN; i++) {
            buf_text(out, "<tr><td class=\"name\">");
            report_html_name(out, d->sources[i].path);
            buf_text(out, "</td><td>");
            report_count(out, d->sources[i].files);
            buf_text(out, "</td><td>");
            report_count(out, d->sources[i].bytes);
            buf_text(out, "</td><td>");
            report_places(out, d->sources[i].weight, 2);
            buf_text(out, "</td></tr>\n");
        }
        buf_text(out, "</table>\n");
        put_more(out, d->source_count, LIST_SHOWN);
    }
    if (d->left_out_count == 0) return;
    buf_text(out, "<table class=\"list\">\n<tr><th>left out</th><th>files or lines</th></tr>\n");
    for (size_t i = 0; i < d->left_out_count && i < LIST_SHOWN; i++) {
        buf_text(out, "<tr><td class=\"name\">");
        report_html_name(out, d->left_out[i].reason);
        buf_text(out, "</td><td>");
        report_count(out, d->left_out[i].count);
        buf_text(out, "</td></tr>\n");
    }
    buf_text(out, "</table>\n");
    put_more(out, d->left_out_count, LIST_SHOWN);
}

static void put_data(buf *out, const train_summary *s) {
    const train_data *d = &s->data;
    begin_section(out, "Data");
    buf_text(out, "<table class=\"facts\">\n");
    fact_count(out, "training documents", d->documents);
    fact_count(out, "training bytes", d->bytes);
    fact_count(out, "held-out documents", d->held_documents);
    fact_count(out, "held-out bytes", d->held_bytes);
    fact_count(out, "duplicates dropped", d->duplicates);
    fact_count(out, "near copies left to training", d->near_copies);
    fact_text(out, "split", d->split);
    begin_fact(out, "held-out text found in training");
    report_percent(out, d->overlap);
    end_fact(out);
    begin_fact(out, "murmur3-128 of the training set");
    buf_text(out, "<code>");
    report_html_name(out, d->digest);
    buf_text(out, "</code>");
    end_fact(out);
    buf_text(out, "</table>\n");
    put_sources(out, d);
    end_section(out);
}

static void put_model(buf *out, const train_summary *s) {
    begin_section(out, "Model");
    buf_text(out, "<table class=\"facts\">\n");
    fact_text(out, "preset", s->model.preset != NULL ? s->model.preset : "none");
    if (s->model.base != NULL) fact_text(out, "began with the weights of", s->model.base);
    fact_count(out, "parameters", s->model.parameters);
    fact_count(out, "context in bytes", s->model.context);
    fact_text(out, "trained in", s->model.dtype);
    put_facts(out, s->model.fields, s->model.field_count);
    buf_text(out, "</table>\n");
    end_section(out);
}

static void put_run(buf *out, const train_summary *s) {
    begin_section(out, "Run");
    buf_text(out, "<table class=\"facts\">\n");
    fact_count(out, "steps", s->steps);
    fact_count(out, "steps skipped", s->skipped);
    fact_count(out, "bytes seen", s->bytes);
    begin_fact(out, "passes over the data");
    report_places(out, s->passes, 2);
    end_fact(out);
    begin_fact(out, "energy");
    report_energy(out, s->joules);
    end_fact(out);
    buf_format(out, "<tr><th>seed</th><td>%llu</td></tr>\n", (unsigned long long)s->seed);
    begin_fact(out, "bits per byte of the fine exit");
    report_bits(out, s->figures.exit_bpb);
    end_fact(out);
    if (s->figures.best_step > 0) fact_count(out, "saved is step", s->figures.best_step);
    if (s->command != NULL) fact_text(out, "command", s->command);
    buf_text(out, "</table>\n");
    if (s->setting_count > 0) {
        buf_text(out, "<h3>Settings</h3>\n<table class=\"facts\">\n");
        put_facts(out, s->settings, s->setting_count);
        buf_text(out, "</table>\n");
    }
    end_section(out);
}

static void put_machine(buf *out, const train_summary *s) {
    const train_machine *m = &s->machine;
    char memory[STRING_SIZE_MAX];
    begin_section(out, "Machine");
    buf_text(out, "<table class=\"facts\">\n");
    fact_text(out, "processor", m->processor);
    fact_text(out, "system", m->system);
    fact_text(out, "kernels", m->level);
    fact_count(out, "threads", m->threads);
    fact_text(out, "memory", m->memory > 0 ? string_size(memory, m->memory) : NULL);
    begin_fact(out, "peak, GFLOP/s");
    report_places(out, m->peak_gflops, 0);
    end_fact(out);
    buf_text(out, "</table>\n");
    end_section(out);
}

void report_html_render(buf *out, const train_summary *s) {
    put_head(out, s);
    put_curves(out, s);
    put_samples(out, s);
    put_held(out, s);
    buf_text(out, "<div class=\"columns\">\n");
    put_data(out, s);
    put_model(out, s);
    put_run(out, s);
    put_machine(out, s);
    buf_text(out, "</div>\n</main>\n</body>\n</html>\n");
}

axl_status report_html_write(const train_summary *s, const char *path, axl_error *err) {
    buf page = {0};
    report_html_render(&page, s);
    const axl_status status = buf_ok(&page) ? os_file_replace(path, page.data, page.size, err)
                                            : error_no_memory(err, "the report", page.size);
    buf_free(&page);
    return status;
}
