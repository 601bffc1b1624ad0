// axl eval bpb.
#include "cli/cli_amount.h"
#include "cli/cli_json.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void json_compressor(json *j, const char *name, const axl_eval_compressor *c) {
    char key[32];
    snprintf(key, sizeof key, "%s_bpb", name);
    json_number(j, key, c->joined_bpb);
    snprintf(key, sizeof key, "%s_each_bpb", name);
    json_number(j, key, c->each_bpb);
    if (!c->missing[0]) return;
    snprintf(key, sizeof key, "%s_missing", name);
    json_text(j, key, c->missing);
}

static void print_json(const axl_eval_bpb_result *r, const arguments *args) {
    json j = {0};
    json_open(&j, NULL);
    json_text(&j, "model", args->words[0]);
    json_number(&j, "bpb", r->bpb);
    json_number(&j, "ppl", r->ppl);
    json_size(&j, "bytes", r->bytes);
    json_compressor(&j, "xz", &r->xz);
    json_compressor(&j, "gzip", &r->gzip);
    json_text(&j, "window", args->strided ? "strided" : "sliding");
    json_size(&j, "context", r->context);
    json_text(&j, "level", r->level);
    json_size(&j, "threads", r->threads);
    json_number(&j, "seconds", r->seconds);
    json_number(&j, "bytes_per_s", r->bytes_per_s);
    json_open_list(&j, "files");
    for (size_t i = 0; i < r->file_count; i++) {
        const axl_eval_bpb_file *f = &r->files[i];
        json_flat_object(&j, NULL);
        json_text(&j, "path", f->path);
        json_size(&j, "bytes", f->bytes);
        json_number(&j, "bpb", f->bpb);
        json_number(&j, "xz_bpb", f->xz_bpb);
        json_number(&j, "gzip_bpb", f->gzip_bpb);
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
}

// "1.762", or "-" where there is no figure.
static const char *figure(char out[16], double bpb) {
    if (isfinite(bpb))
        snprintf(out, 16, "%.3f", bpb);
    else
        strcpy(out, "-");
    return out;
}

static void print_row(const char *name, uint64_t bytes, const double bpb[3], bool peers) {
    char amount[CLI_AMOUNT_MAX], text[3][16];
    for (size_t i = 0; i < 3; i++) figure(text[i], bpb[i]);
    cli_print("%13s  %9s", cli_amount_exact(amount, bytes), text[0]);
    if (peers) cli_print("  %8s  %8s", text[1], text[2]);
    cli_print("  %s\n", name);
}

static void print_rows(const axl_eval_bpb_result *r, bool peers) {
    cli_print_bold("%13s  %9s%s  %s\n", "BYTES", "BITS/BYTE", peers ? "   GZIP -9    XZ -9E" : "",
                   "FILE");
    for (size_t i = 0; i < r->file_count; i++) {
        const axl_eval_bpb_file *f = &r->files[i];
        print_row(f->path, f->bytes, (double[]){f->bpb, f->gzip_bpb, f->xz_bpb}, peers);
    }
    if (r->file_count == 1) return;
    char name[64];
    snprintf(name, sizeof name, "%zu files%s", r->file_count, peers ? ", one by one" : "");
    print_row(name, r->bytes, (double[]){r->bpb, r->gzip.each_bpb, r->xz.each_bpb}, peers);
    if (peers)
        print_row("joined to one before compressing", r->bytes,
                  (double[]){NAN, r->gzip.joined_bpb, r->xz.joined_bpb}, peers);
}

// How the model stands beside xz. The model forgets between files, xz that joins them does not; so
// there are two comparisons, and neither is left out.
static void print_verdict(const axl_eval_bpb_result *r) {
    const double joined = r->xz.joined_bpb, each = r->xz.each_bpb;
    const bool better = r->bpb < joined;
    char of[96];
    if (r->file_count == 1)
        snprintf(of, sizeof of, "%.3f", joined);
    else
        snprintf(of, sizeof of, "%.3f of the files joined and %.3f of each by itself", joined,
                 each);
    if (r->xz.missing[0])
        cli_print("Not compared with xz -9e: %s.\n", r->xz.missing);
    else if (better)
        cli_print("Better than xz -9e, which takes %s.\n", of);
    else if (r->bpb < each)
        cli_print(
            "Better than xz -9e of each file by itself (%.3f), worse than of them joined "
            "(%.3f).\n",
            each, joined);
    else
        cli_print("Worse than xz -9e, which takes %s.\n", of);
}

static void print_table(const axl_eval_bpb_result *r, const arguments *args) {
    char amount[CLI_AMOUNT_MAX];
    cli_print("%s, context %zu bytes%s; level %s, %zu thread%s\n\n", args->words[0], r->context,
              args->strided ? ", strided windows" : "", r->level, r->threads,
              r->threads == 1 ? "" : "s");
    print_rows(r, !args->no_peers);
    cli_print_bold("\n%.4f bits per byte", r->bpb);
    cli_print(" (perplexity %.4g a byte) on %s bytes, in %.1f s.\n", r->ppl,
              cli_amount_exact(amount, r->bytes), r->seconds);
    if (!args->no_peers) print_verdict(r);
}

int cmd_eval_bpb(const arguments *args) {
    setup s;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    if (args->word_count < 2) {
        cli_complain("%s: a model directory and files are needed; try 'axl help eval bpb'", s.path);
        return 2;
    }
    const axl_eval_bpb_options options = {.model = args->words[0],
                                          .paths = args->words + 1,
                                          .path_count = args->word_count - 1,
                                          .limit = args->limit,
                                          .strided = args->strided,
                                          .no_compressors = args->no_peers,
                                          .level = s.level,
                                          .threads = args->threads,
                                          .progress = cli_progress_step,
                                          .progress_ctx = &s.progress};
    axl_error err;
    axl_eval_bpb_result *result;
    const axl_status status = axl_eval_bpb(&options, &result, &err);
    code = cli_setup_end(&s, status, &err);
    if (code == 0 && args->json) print_json(result, args);
    if (code == 0 && !args->json) print_table(result, args);
    axl_eval_bpb_free(result);
    return code;
}
