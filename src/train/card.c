#include "train/card.h"

#include "base/decimal.h"
#include "base/error.h"
#include "base/json_out.h"
#include "base/strings.h"
#include "os/file.h"
#include "train/report_text.h"

#include <math.h>
#include <string.h>

#define FILES_SHOWN 60 // more are in results.json

// A string of YAML: those of JSON are.
static void put_quoted(buf *out, const char *text) {
    json_out_quote(out, text, strlen(text));
}

static const char *name_of(const train_summary *s) {
    return s->name != NULL && *s->name != '\0' ? s->name : "AXL model";
}

static void put_front_matter(buf *out, const train_summary *s) {
    buf_text(out, "---\nlanguage:\n- code\nlicense: ");
    put_quoted(out, s->license != NULL ? s->license : "unknown");
    buf_text(out,
             "\npipeline_tag: text-generation\ntags:\n- axl\n- byte-level\n- multi-scale\n"
             "- cpu\n");
    if (isfinite(s->figures.eval_bpb)) {
        buf_text(out, "model-index:\n- name: ");
        put_quoted(out, name_of(s));
        buf_text(out,
                 "\n  results:\n  - task:\n      type: text-generation\n    dataset:\n"
                 "      name: held-out files, named below\n      type: held-out\n"
                 "    metrics:\n    - type: bits_per_byte\n      value: ");
        decimal_put(out, s->figures.eval_bpb);
        buf_text(out, s->data.held_answers > 0 ? "\n      name: bits per byte of the answers\n"
                                               : "\n      name: bits per byte\n");
    }
    buf_text(out, "---\n\n");
}

static void put_heading(buf *out, const train_summary *s) {
    buf_text(out, "# ");
    report_markdown_name(out, name_of(s));
    buf_text(out, "\n\nA multi-scale transformer over bytes with ");
    report_count(out, s->model.parameters);
    buf_text(out, " parameters, trained from scratch on a processor with AXL");
    if (s->version != NULL) {
        buf_byte(out, ' ');
        report_markdown_name(out, s->version);
    }
    buf_text(out, ".\n\n**");
    report_verdict(out, s);
    buf_text(out, "**\n\n");
}

static void begin_row(buf *out, const char *name) {
    buf_format(out, "| %s | ", name);
}

static void end_row(buf *out) {
    buf_text(out, " |\n");
}

static void put_compressors(buf *out, const train_figures *f) {
    begin_row(out, "xz -9e, the files joined, bits per byte");
    report_bits(out, f->xz_bpb);
    end_row(out);
    begin_row(out, "gzip -9, the files joined, bits per byte");
    report_bits(out, f->gzip_bpb);
    end_row(out);
}

static void put_figures(buf *out, const train_summary *s) {
    const train_figures *f = &s->figures;
    const bool answers = s->data.held_answers > 0;
    buf_text(out, "## How good it is\n\n| held-out files, together | |\n|---|---|\n");
    begin_row(out, answers ? "bits per byte, answers only" : "bits per byte");
    report_bits(out, f->eval_bpb);
    end_row(out);
    begin_row(out, "perplexity per byte, 2^(bits per byte)");
    report_perplexity(out, f->eval_bpb);
    end_row(out);
    if (!answers) put_compressors(out, f);
    begin_row(out, "the fine exit alone, bits per byte");
    report_bits(out, f->exit_bpb);
    end_row(out);
    begin_row(out, "held-out bytes");
    report_count(out, s->data.held_bytes);
    end_row(out);
    if (answers) {
        begin_row(out, "of them answers, the prompts being given");
        report_count(out, s->data.held_answers);
        end_row(out);
    }
    begin_row(out, "held-out pieces of text found in the training data");
    report_percent(out, s->data.overlap);
    end_row(out);
    buf_text(out, "\n");
}

static void put_file(buf *out, const train_file *f) {
    char hash[SHA256_HEX_MAX];
    buf_text(out, "| ");
    report_markdown_name(out, f->path);
    buf_text(out, " | ");
    report_read(out, f);
    buf_text(out, " | ");
    report_bits(out, f->bpb);
    buf_text(out, " | ");
    report_perplexity(out, f->bpb);
    buf_text(out, " | ");
    report_bits(out, f->gzip_bpb);
    buf_text(out, " | ");
    report_bits(out, f->xz_bpb);
    buf_text(out, " | ");
    if (f->hashed) {
        buf_format(out, "`%s`", sha256_hex(hash, f->sha256));
    } else {
        buf_text(out, "not known");
    }
    buf_text(out, " |\n");
}

static void put_files(buf *out, const train_summary *s) {
    if (s->held_count == 0) return;
    buf_text(out,
             "Each held-out file alone, read from its first byte on with nothing known of the"
             " others:\n\n"
             "| file | bytes | bits per byte | perplexity | gzip -9 | xz -9e | sha256 |\n"
             "|---|---:|---:|---:|---:|---:|---|\n");
    size_t shown = 0;
    for (size_t i = 0; i < s->held_count && shown < FILES_SHOWN; i++) {
        if (s->held[i].read == 0) continue;
        put_file(out, &s->held[i]);
        shown++;
    }
    if (s->held_count > shown) {
        buf_text(out, "\nand ");
        report_count(out, s->held_count - shown);
        buf_text(out, " more, in `results.json`.\n");
    }
    buf_text(out, "\n");
}

static void put_training(buf *out, const train_summary *s) {
    const train_data *d = &s->data;
    buf_text(out, "## How it was trained\n\n| | |\n|---|---|\n");
    begin_row(out, "training text");
    report_count(out, d->bytes);
    buf_text(out, " bytes in ");
    report_count(out, d->documents);
    buf_text(out, " documents");
    end_row(out);
    begin_row(out, "hash of the training set, murmur3-128");
    report_markdown_name(out, d->digest);
    end_row(out);
    begin_row(out, "how the held-out files were chosen");
    report_markdown_name(out, d->split);
    end_row(out);
    begin_row(out, "bytes seen");
    report_count(out, s->bytes);
    end_row(out);
    begin_row(out, "passes over the training text");
    report_places(out, s->passes, 2);
    end_row(out);
    begin_row(out, "steps, of which skipped");
    report_count(out, s->steps);
    buf_text(out, ", ");
    report_count(out, s->skipped);
    end_row(out);
    begin_row(out, "time");
    report_duration(out, s->seconds);
    end_row(out);
    begin_row(out, "energy of processor and memory");
    report_energy(out, s->joules);
    end_row(out);
    buf_format(out, "| seed | %llu |\n", (unsigned long long)s->seed);
}

static void put_machine(buf *out, const train_summary *s) {
    char memory[STRING_SIZE_MAX];
    begin_row(out, "machine");
    report_markdown_name(out, s->machine.processor);
    buf_text(out, ", ");
    report_count(out, s->machine.threads);
    buf_text(out, " threads");
    if (s->machine.memory > 0) buf_format(out, ", %s", string_size(memory, s->machine.memory));
    end_row(out);
    begin_row(out, "preset, and type of the numbers");
    report_markdown_name(out, s->model.preset != NULL ? s->model.preset : "none");
    buf_text(out, ", ");
    report_markdown_name(out, s->model.dtype);
    end_row(out);
    if (s->model.base != NULL) {
        begin_row(out, "began with the weights of");
        report_markdown_name(out, s->model.base);
        end_row(out);
    }
    if (s->command != NULL) {
        begin_row(out, "command");
        report_markdown_name(out, s->command);
        end_row(out);
    }
    buf_text(out,
             "\nEvery figure in full is in `results.json`, the curves are in `report.html`.\n\n");
}

static void put_limits(buf *out, const train_summary *s) {
    buf_text(out, "## What it is not\n\n* It sees at most ");
    report_count(out, s->model.context);
    buf_text(out,
             " bytes of context and knows only what its training text shows.\n"
             "* It continues text; it was not taught to follow instructions, and what it"
             " writes must be checked like any unreviewed text. It may repeat its training"
             " text word for word.\n"
             "* Bits per byte measure how well it predicts the files named above, no more:"
             " not whether programs that it writes are right.\n");
    if (s->data.held_answers == 0)
        buf_text(out,
                 "* The compressors start with no knowledge, on all held-out files in one stream;"
                 " the model was trained on other text before and reads each file alone.\n");
    if (s->license == NULL) {
        buf_text(out,
                 "* Its license is unknown: that of the training text decides what may be done"
                 " with it.\n");
    }
}

void card_render(buf *out, const train_summary *s) {
    put_front_matter(out, s);
    put_heading(out, s);
    put_figures(out, s);
    put_files(out, s);
    put_training(out, s);
    put_machine(out, s);
    put_limits(out, s);
}

axl_status card_write(const train_summary *s, const char *path, axl_error *err) {
    buf text = {0};
    card_render(&text, s);
    const axl_status status = buf_ok(&text) ? os_file_replace(path, text.data, text.size, err)
                                            : error_no_memory(err, "the model card", text.size);
    buf_free(&text);
    return status;
}
